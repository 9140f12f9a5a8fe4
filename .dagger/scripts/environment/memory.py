"""The rollout that an environment remembers, and what was done to it before.

The rollout is a label of a container that never runs, one for each of its revisions. A host makes a
container of a name once, label and all: of two who want to write the same revision one is refused,
and nobody ever sees half of one. The history is a file beside the rest that is remembered.
"""

import re
from typing import Any

from docker.errors import APIError
from host import Host
from refused import Refused
from rollouts import appended, must_be_present, overtaken
from spec import Container, File
from state import State

LABEL = "kitchen.rollout"
HISTORY = "/state/history.jsonl"


def recall(host: Host, state: State) -> dict[str, Any]:
    """What is remembered, and the time on the host."""
    newest = max(_revisions(host), default=None)
    return {
        "rollout": None if newest is None else _document(host, newest),
        "history": _lines(host, state),
        "at": host.client.info()["SystemTime"],
    }


def remember(
    host: Host, state: State, document: str, revision: int, expected: int | None
) -> dict[str, Any]:
    """Remember a rollout, when the newest revision is the expected one.

    Raises:
        Overtaken: it is another one.
    """
    found = max(_revisions(host), default=None)
    if found != expected:
        raise overtaken(found)
    place = host.container(state.name)
    if place is None:
        raise Refused(f"{host.project}: nothing was deployed there yet")
    wanted = Container(
        name=f"{host.project}-rollout-{revision}",
        image=place["Image"],
        command=["true"],
        labels={"kitchen.role": "rollout", LABEL: document},
    )
    try:
        host.create(wanted, state.key, restart=False)
    except APIError as error:
        if error.status_code == 409 or "already in use" in str(error):
            raise overtaken(revision) from error
        raise
    # Who was stopped for long may write a revision that was there, and has gone.
    if max(_revisions(host)) != revision:
        host.remove(wanted.name)
        raise overtaken(max(_revisions(host)))
    for each in _revisions(host):
        if each < revision:
            host.remove(f"{host.project}-rollout-{each}")
    return {}


def present(host: Host, revision: int | None) -> None:
    """Go on only for whom the rollout is as it was read; None: by hand, when none is under way.

    Raises:
        Overtaken: it is not.
        Refused: one is.
    """
    found = max(_revisions(host), default=None)
    must_be_present(found, revision, lambda kept: _document(host, kept))


def append(host: Host, state: State, line: str, before: str | None) -> dict[str, Any]:
    """Add a line to the history; the same one again changes nothing.

    Raises:
        Refused: the last line is not the one with the digest ``before``.
    """
    lines = appended(host.project, _lines(host, state), line, before)
    if lines is None:
        return {}
    text = "".join(f"{each}\n" for each in lines)
    host.write(state.name, (File(HISTORY, text, mode=0o400),), "/state")
    return {}


def _revisions(host: Host) -> list[int]:
    found = (re.fullmatch(r".*-rollout-(\d+)", name) for name in host.containers())
    return [int(each[1]) for each in found if each]


def _document(host: Host, revision: int) -> str:
    found = host.container(f"{host.project}-rollout-{revision}")
    if found is None:  # replaced since it was listed
        return _document(host, max(_revisions(host)))
    document: str = found["Config"]["Labels"][LABEL]
    return document


def _lines(host: Host, state: State) -> list[str]:
    if host.container(state.name) is None:
        return []
    return (host.read(state.name, HISTORY) or "").splitlines()
