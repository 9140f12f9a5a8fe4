"""What is in a release's way, all of it at once."""

from collections.abc import Callable, Iterable
from typing import Any

from refused import Refused

Look = Callable[[], str | None]


def found_by(looks: Iterable[Look]) -> dict[str, Any]:
    """What each of them sees or is refused, a line each; one does not hide another."""
    problems = []
    for look in looks:
        try:
            problem = look()
        except Refused as refused:
            problem = str(refused)
        if problem:
            problems.append(problem)
    return {"problems": problems}
