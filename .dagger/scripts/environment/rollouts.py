"""What holds of a rollout and of the history, wherever an environment remembers them."""

import hashlib
import json
from collections.abc import Callable

from refused import Overtaken, Refused


def must_be_present(
    found: int | None, revision: int | None, document: Callable[[int], str]
) -> None:
    """Go on only for whom the rollout is as it was read; None: by hand, when none is under way.

    Args:
        found: the revision that is remembered; None: none.
        document: the rollout of that revision.

    Raises:
        Overtaken: it is not.
        Refused: one is.
    """
    if revision is None:
        if found is not None:
            _must_be_over(document(found))
    elif found != revision:
        raise overtaken(found)


def overtaken(revision: int | None) -> Overtaken:
    """Somebody else moves the rollout: to this revision."""
    return Overtaken(f"somebody else moves the rollout: it is at revision {revision} now")


def appended(project: str, lines: list[str], line: str, before: str | None) -> list[str] | None:
    """The history with a line more; None when it has that line.

    Raises:
        Refused: the last line is not the one with the digest ``before``.
    """
    if line in lines:
        return None
    last = f"sha256:{hashlib.sha256(lines[-1].encode()).hexdigest()}" if lines else None
    if last != before:
        raise Refused(f"{project}: its history goes on from {last}, not from {before}")
    return [*lines, line]


def _must_be_over(document: str) -> None:
    kept = json.loads(document)
    rollout, lease = kept["rollout"], kept["lease"]
    if rollout["phase"] not in ("done", "reverted"):
        raise Refused(
            f"the {rollout['kind']} of {rollout['release']} is {rollout['phase']}, moved by "
            f"{lease['holder']} since {lease['since']}: resume or abort it first"
        )
