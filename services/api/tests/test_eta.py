"""The queue in front of the stations."""

from datetime import UTC, datetime, timedelta

import pytest

from kitchen_api.eta import HANDOVER, Work, ready_at

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def minutes(until: datetime) -> float:
    return (until - NOW - HANDOVER) / timedelta(minutes=1)


def test_an_empty_kitchen_starts_at_once() -> None:
    assert minutes(ready_at(NOW, 10, [], stations=1)) == 10


def test_a_full_kitchen_makes_the_order_wait_for_the_first_free_station() -> None:
    ahead = [Work(20), Work(5)]
    assert minutes(ready_at(NOW, 10, ahead, stations=2)) == 15


def test_waiting_orders_take_stations_in_the_sequence_they_came_in() -> None:
    # Stations free at 20 and 5; the third takes the one at 5 until 35; so the order starts at 20.
    ahead = [Work(20), Work(5), Work(30)]
    assert minutes(ready_at(NOW, 10, ahead, stations=2)) == 30


def test_time_already_cooked_counts() -> None:
    ahead = [Work(20, started_at=NOW - timedelta(minutes=15))]
    assert minutes(ready_at(NOW, 10, ahead, stations=1)) == 15


def test_an_overdue_order_is_nearly_done_not_negative() -> None:
    ahead = [Work(20, started_at=NOW - timedelta(hours=2))]
    assert minutes(ready_at(NOW, 10, ahead, stations=1)) == 10


def test_more_orders_on_the_fire_than_stations() -> None:
    # Three cook on two stations: a station is free for us only when two of them are done.
    ahead = [Work(5, started_at=NOW), Work(10, started_at=NOW), Work(15, started_at=NOW)]
    assert minutes(ready_at(NOW, 1, ahead, stations=2)) == 11


def test_an_order_that_is_cooked_waits_for_nobody() -> None:
    own = Work(12, started_at=NOW - timedelta(minutes=4))
    assert minutes(ready_at(NOW, 12, [Work(60)], stations=1, already=own)) == 8


@pytest.mark.parametrize("extra", range(5))
def test_one_more_station_never_makes_it_later(extra: int) -> None:
    ahead = [Work(float(3 + (7 * index) % 11)) for index in range(9)]
    fewer = ready_at(NOW, 6, ahead, stations=1 + extra)
    assert ready_at(NOW, 6, ahead, stations=2 + extra) <= fewer


def test_a_kitchen_without_stations_is_refused() -> None:
    with pytest.raises(ValueError, match="stations is 0, at least 1 is needed"):
        ready_at(NOW, 1, [], stations=0)
