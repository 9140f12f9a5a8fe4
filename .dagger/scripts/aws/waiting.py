"""Waits with an end, and says what for."""

import time
from collections.abc import Callable


def wait(what: str, seconds: int, look: Callable[[], str | None]) -> str | None:
    """Look until nothing is left to wait for.

    Args:
        look: what is still to come, in words; None: nothing. What it raises ends the wait.

    Returns: None, or the last words when the time is over.
    """
    end, last = time.monotonic() + seconds, ""
    pause = 1.0
    while True:
        words = look()
        if words is None:
            return None
        if words != last:
            print(f"{what}: {words}", flush=True)
            last = words
        if time.monotonic() + pause > end:
            return words
        time.sleep(pause)
        # Often at first, then as often as the API likes to be asked.
        pause = min(pause * 1.3, 6.0)
