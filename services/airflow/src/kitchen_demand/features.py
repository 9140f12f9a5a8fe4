"""Features: orders per opening hour, with what is known about that hour beforehand.

Shape of the feature frame: one row per opening hour from the first to the last day of the orders,
hours without an order included; columns ``start`` (UTC, ascending), ``hour`` (0-23), ``weekday``
(0 is Monday), ``weekend``, ``promotion`` (booleans) and the target ``orders`` (integer).
"""

import pandas as pd

from kitchen_demand.clean import OPENING
from kitchen_demand.raw import BadDataError

COLUMNS = ("start", "hour", "weekday", "weekend", "promotion", "orders")


def hourly_features(orders: pd.DataFrame) -> pd.DataFrame:
    """Count clean orders per hour; a day has a promotion when any of its orders has one.

    Raises:
        BadDataError: there is no order.
    """
    if orders.empty:
        raise BadDataError("there is no order to make features of")
    placed_at = orders["placed_at"]
    first, last = placed_at.min().normalize(), placed_at.max().normalize()
    every_hour = pd.date_range(first, last + pd.Timedelta(hours=23), freq="h")
    start = every_hour[(every_hour.hour >= OPENING[0]) & (every_hour.hour <= OPENING[1])]
    counts = orders.groupby(placed_at.dt.floor("h")).size().reindex(start, fill_value=0)
    promoted = orders.loc[orders["promotion"], "placed_at"].dt.normalize().unique()
    return describe(start).assign(
        promotion=start.normalize().isin(promoted), orders=counts.to_numpy(dtype="int64")
    )


def describe(start: pd.DatetimeIndex) -> pd.DataFrame:
    """The calendar part of the features, for any hours (UTC)."""
    return pd.DataFrame(
        {
            "start": start,
            "hour": start.hour.astype("int64"),
            "weekday": start.day_of_week.astype("int64"),
            "weekend": start.day_of_week >= 5,
        }
    )


def split_by_time(
    features: pd.DataFrame, holdout: float = 0.25
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(training rows, later rows to judge by), cut between two days: never trained on the future.

    Raises:
        BadDataError: fewer than 14 days; a weekday would be missing from one of the parts.
        ValueError: ``holdout`` (the share of days to judge by) is not between 0 and 1.
    """
    if not 0 < holdout < 1:
        raise ValueError(f"holdout is {holdout}, it must be between 0 and 1")
    days = features["start"].dt.normalize()
    distinct = sorted(days.unique())
    held = max(7, round(holdout * len(distinct)))
    if len(distinct) - held < 7:
        raise BadDataError(f"{len(distinct)} days of orders, at least 14 are needed")
    later = days >= distinct[-held]
    return features[~later].reset_index(drop=True), features[later].reset_index(drop=True)
