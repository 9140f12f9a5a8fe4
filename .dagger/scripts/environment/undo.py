"""What a deployment replaces is kept until the release is there, and comes back when it is not."""

from collections.abc import Callable

from docker.errors import DockerException
from host import Host
from refused import Refused
from spec import Container

Undo = list[Callable[[], None]]
BEFORE = "-before"


def exchange(host: Host, wanted: Container, key: bytes, undo: Undo, start: bool = True) -> None:
    """A container instead of the one of its name, which is kept until the release is there."""
    before = f"{wanted.name}{BEFORE}"
    ran = host.running(wanted.name)
    if host.container(wanted.name):
        host.remove(before)
        host.stop(wanted.name, wanted.stop_seconds)
        host.rename(wanted.name, before)
    else:
        # A deployment that was killed may have come this far.
        ran = host.container(before) is not None

    def back() -> None:
        host.remove(wanted.name)
        if host.container(before):
            host.rename(before, wanted.name)
            if ran:
                host.start(wanted.name)

    undo.append(back)
    host.create(wanted, key)
    if start:
        host.start(wanted.name)


def take_back(undo: Undo, error: BaseException) -> None:
    """As it was before, as far as the host lets us; what it does not is said too."""
    for step in reversed(undo):
        try:
            step()
        except (Refused, DockerException) as other:
            error.add_note(f"and what was there before could not be put back: {other}")


def forget(host: Host) -> None:
    """The release is there: what it replaced is not needed any more."""
    for name in list(host.containers()):
        if name.endswith(BEFORE):
            host.remove(name)
