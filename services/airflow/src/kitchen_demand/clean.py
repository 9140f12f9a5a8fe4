"""Clean: rows that can be trusted, typed, and a count of every reason why others were dropped.

Shape of the clean frame: one row per order, sorted by time; ``order_id`` and ``channel``, ``dish``
strings, ``placed_at`` UTC time, ``quantity`` integer from 1 to 20, ``promotion`` boolean.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from kitchen_demand.raw import BadDataError

OPENING = (10, 21)
"""First and last hour of the day (UTC) in which an order can be placed."""

MAX_DROPPED = 0.10
"""Share of rows above which the export as a whole is refused: something is wrong at its source."""

MAX_QUANTITY = 20
BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The clean frame, and how many rows each reason cost (reasons without rows are absent)."""

    orders: pd.DataFrame
    dropped: Mapping[str, int]


def clean(raw: pd.DataFrame, max_dropped: float = MAX_DROPPED) -> Cleaned:
    """Drop what cannot be trusted, in the sequence of the reasons below, and type the rest.

    Raises:
        BadDataError: more than ``max_dropped`` (a share, 0-1) of the rows would go.
    """
    placed_at = pd.to_datetime(raw["placed_at"], utc=True, errors="coerce", format="ISO8601")
    quantity = pd.to_numeric(raw["quantity"], errors="coerce")
    promotion = raw["promotion"].str.lower().map(BOOLEANS)
    reasons = {
        "no order id": raw["order_id"] == "",
        "sent twice": raw["order_id"].duplicated(),
        "no time": placed_at.isna(),
        "closed at that time": ~placed_at.dt.hour.between(*OPENING),
        "impossible quantity": ~quantity.between(1, MAX_QUANTITY) | (quantity % 1 != 0),
        "unknown promotion": promotion.isna(),
    }
    kept = pd.Series(True, index=raw.index)
    dropped: dict[str, int] = {}
    for reason, applies in reasons.items():
        count = int((kept & applies).sum())
        if count:
            dropped[reason] = count
        kept &= ~applies
    lost = sum(dropped.values())
    if lost > max_dropped * len(raw):
        why = ", ".join(f"{reason}: {count}" for reason, count in dropped.items())
        raise BadDataError(
            f"{lost} of {len(raw)} orders cannot be used, at most {max_dropped:.0%} may ({why})"
        )
    orders = pd.DataFrame(
        {
            "order_id": raw["order_id"],
            "placed_at": placed_at,
            "channel": raw["channel"],
            "dish": raw["dish"],
            "quantity": quantity,
            "promotion": promotion,
        }
    )[kept].astype({"quantity": "int64", "promotion": "bool"})
    return Cleaned(orders.sort_values(["placed_at", "order_id"], ignore_index=True), dropped)
