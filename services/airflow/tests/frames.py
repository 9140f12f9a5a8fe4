"""Small frames for the tests of one component each."""

import pandas as pd

ROW = {
    "order_id": "o-1",
    "placed_at": "2026-03-02T12:10:00Z",
    "channel": "app",
    "dish": "ramen",
    "quantity": "2",
    "promotion": "false",
}


def raw(*changes: dict[str, str]) -> pd.DataFrame:
    """Good raw rows with ids ``o-0``, ``o-1`` ..., each with its changes."""
    return pd.DataFrame([{**ROW, "order_id": f"o-{n}", **row} for n, row in enumerate(changes)])


def orders(*placed_at: str, promotion: bool = False) -> pd.DataFrame:
    """Clean orders at these times."""
    return pd.DataFrame(
        {
            "order_id": [f"o-{n}" for n in range(len(placed_at))],
            "placed_at": pd.to_datetime(list(placed_at), utc=True),
            "channel": "app",
            "dish": "ramen",
            "quantity": 1,
            "promotion": promotion,
        }
    )
