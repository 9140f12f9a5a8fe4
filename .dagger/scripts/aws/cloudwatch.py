"""Numbers of CloudWatch's, which come late."""

import time
from collections.abc import Callable
from typing import Any


def settled(look: Callable[[], dict[str, Any]], end: float, step: int) -> dict[str, Any]:
    """Numbers of a window of time, once two looks agree on them.

    Metrics of a window do not come together: what is not there yet would be taken for 0.

    Args:
        look: the numbers; empty while the window's last period lacks
        end: of the window, in seconds since 1970
        step: seconds of a period. Numbers come within the next two; where nothing happened, none.
    """
    before = None
    while True:
        time.sleep(max(1.0, step / 6))
        found = look()
        if (found and found == before) or (before is not None and time.time() > end + 2 * step):
            return found
        before = found
