"""Features: orders per opening hour."""

import pandas as pd
import pytest
from frames import orders

from kitchen_demand.features import COLUMNS, hourly_features, split_by_time
from kitchen_demand.raw import BadDataError


def days(count: int) -> pd.DataFrame:
    first = pd.Timestamp("2026-03-02T12:00:00Z")
    times = [(first + pd.Timedelta(days=day)).isoformat() for day in range(count)]
    return hourly_features(orders(*times))


def test_one_row_per_opening_hour_empty_ones_too() -> None:
    frame = hourly_features(
        orders("2026-03-02T12:10:00Z", "2026-03-02T12:59:59Z", "2026-03-03T10:00:00Z")
    )
    assert tuple(frame.columns) == COLUMNS
    assert frame["hour"].tolist() == list(range(10, 22)) * 2
    assert frame["orders"].tolist() == [0, 0, 2] + [0] * 9 + [1] + [0] * 11
    assert frame["start"].is_monotonic_increasing


def test_calendar() -> None:
    frame = hourly_features(orders("2026-03-06T12:00:00Z", "2026-03-07T12:00:00Z"))
    assert frame["weekday"].unique().tolist() == [4, 5]
    assert frame["weekend"].tolist() == [False] * 12 + [True] * 12


def test_a_promotion_counts_for_its_whole_day() -> None:
    frame = hourly_features(
        pd.concat(
            [
                orders("2026-03-02T12:00:00Z"),
                orders("2026-03-03T12:00:00Z", promotion=True),
            ]
        )
    )
    assert frame["promotion"].tolist() == [False] * 12 + [True] * 12


def test_every_order_is_counted_once() -> None:
    assert days(20)["orders"].sum() == 20


def test_without_orders_there_are_no_features() -> None:
    with pytest.raises(BadDataError, match="there is no order to make features of"):
        hourly_features(orders())


def test_the_split_never_trains_on_the_future() -> None:
    features = days(40)
    training, later = split_by_time(features, holdout=0.25)
    assert training["start"].max() < later["start"].min()
    assert (len(training), len(later)) == (30 * 12, 10 * 12)
    pd.testing.assert_frame_equal(pd.concat([training, later], ignore_index=True), features)


def test_at_least_a_week_is_held_back() -> None:
    _, later = split_by_time(days(14), holdout=0.1)
    assert len(later) == 7 * 12


def test_too_few_days() -> None:
    with pytest.raises(BadDataError, match="13 days of orders, at least 14 are needed"):
        split_by_time(days(13))


@pytest.mark.parametrize("holdout", [0.0, 1.0, -0.5])
def test_a_holdout_that_is_no_share(holdout: float) -> None:
    with pytest.raises(ValueError, match=f"holdout is {holdout}, it must be between 0 and 1"):
        split_by_time(days(14), holdout)
