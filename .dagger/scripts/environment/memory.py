"""The rollout that an environment remembers, and what was done to it before.

The rollout is a label of a container that never runs, one for each of its revisions. A host makes a
container of a name once, label and all: of two who want to write the same revision one is refused,
and nobody ever sees half of one. The history is a file beside the rest that is remembered.
"""

import hashlib
import json
import re
from typing import Any

from docker.errors import APIError
from host import Host
from spec import Container, File, Overtaken, Refused
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
        raise Overtaken(_words(found))
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
            raise Overtaken(_words(revision)) from error
        raise
    # Who was stopped for long may write a revision that was there, and has gone.
    if max(_revisions(host)) != revision:
        host.remove(wanted.name)
        raise Overtaken(_words(max(_revisions(host))))
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
    if revision is None:
        _refuse_under_way(host, found)
    elif found != revision:
        raise Overtaken(_words(found))


def _refuse_under_way(host: Host, revision: int | None) -> None:
    if revision is None:
        return
    kept = json.loads(_document(host, revision))
    rollout, lease = kept["rollout"], kept["lease"]
    if rollout["phase"] not in ("done", "reverted"):
        raise Refused(
            f"the {rollout['kind']} of {rollout['release']} is {rollout['phase']}, moved by "
            f"{lease['holder']} since {lease['since']}: resume or abort it first"
        )


def append(host: Host, state: State, line: str, before: str | None) -> dict[str, Any]:
    """Add a line to the history; the same one again changes nothing.

    Raises:
        Refused: the last line is not the one with the digest ``before``.
    """
    lines = _lines(host, state)
    if line in lines:
        return {}
    last = _digest(lines[-1]) if lines else None
    if last != before:
        raise Refused(f"{host.project}: its history goes on from {last}, not from {before}")
    text = "".join(f"{each}\n" for each in [*lines, line])
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


def _digest(line: str) -> str:
    return f"sha256:{hashlib.sha256(line.encode()).hexdigest()}"


def _words(revision: int | None) -> str:
    return f"somebody else moves the rollout: it is at revision {revision} now"
