"""Clean: what stays, what goes, and why."""

import pandas as pd
import pytest
from conftest import SAMPLE
from frames import raw

from kitchen_demand.clean import clean
from kitchen_demand.raw import BadDataError, read_raw


def test_good_rows_get_their_types() -> None:
    cleaned = clean(raw({"promotion": "TRUE"}))
    assert cleaned.dropped == {}
    (row,) = cleaned.orders.to_dict("records")
    assert row == {
        "order_id": "o-0",
        "placed_at": pd.Timestamp("2026-03-02T12:10:00Z"),
        "channel": "app",
        "dish": "ramen",
        "quantity": 2,
        "promotion": True,
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"order_id": ""}, "no order id"),
        ({"order_id": "o-0"}, "sent twice"),
        ({"placed_at": ""}, "no time"),
        ({"placed_at": "yesterday"}, "no time"),
        ({"placed_at": "2026-03-02T09:59:59Z"}, "closed at that time"),
        ({"placed_at": "2026-03-02T22:00:00Z"}, "closed at that time"),
        ({"quantity": "0"}, "impossible quantity"),
        ({"quantity": "1.5"}, "impossible quantity"),
        ({"quantity": "21"}, "impossible quantity"),
        ({"quantity": "many"}, "impossible quantity"),
        ({"promotion": "maybe"}, "unknown promotion"),
    ],
)
def test_a_row_that_cannot_be_trusted(change: dict[str, str], reason: str) -> None:
    cleaned = clean(raw({}, change), max_dropped=0.5)
    assert cleaned.dropped == {reason: 1}
    assert cleaned.orders["order_id"].tolist() == ["o-0"]


def test_times_in_other_zones_become_utc() -> None:
    cleaned = clean(raw({"placed_at": "2026-03-02T23:30:00+09:00"}))
    assert cleaned.orders["placed_at"].tolist() == [pd.Timestamp("2026-03-02T14:30:00Z")]


def test_a_row_counts_for_its_first_reason_only() -> None:
    cleaned = clean(raw({}, {"placed_at": "", "quantity": "-1"}), max_dropped=0.5)
    assert cleaned.dropped == {"no time": 1}


def test_too_many_bad_rows_refuse_the_export() -> None:
    with pytest.raises(BadDataError) as caught:
        clean(raw({}, {"quantity": "0"}, {"placed_at": ""}))
    assert str(caught.value) == (
        "2 of 3 orders cannot be used, at most 10% may (no time: 1, impossible quantity: 1)"
    )


def test_rows_come_out_sorted_whatever_their_sequence() -> None:
    frame = read_raw(SAMPLE)
    shuffled = frame.sample(frac=1, random_state=7)
    pd.testing.assert_frame_equal(clean(frame).orders, clean(shuffled).orders)
    assert clean(frame).orders["placed_at"].is_monotonic_increasing


def test_cleaning_loses_no_row_without_a_reason() -> None:
    frame = read_raw(SAMPLE)
    cleaned = clean(frame)
    assert len(cleaned.orders) + sum(cleaned.dropped.values()) == len(frame)
    assert set(cleaned.dropped) == {
        "sent twice",
        "no time",
        "closed at that time",
        "impossible quantity",
        "unknown promotion",
    }


def test_the_input_is_left_as_it_was() -> None:
    frame = raw({}, {"order_id": "o-0"})
    before = frame.copy()
    clean(frame, max_dropped=1.0)
    pd.testing.assert_frame_equal(frame, before)
