"""The committed sample comes out of the committed script."""

from pathlib import Path

import pytest
from conftest import SAMPLE

from kitchen_demand.raw import COLUMNS
from kitchen_demand.sample import DAYS, DIRT, expected_orders, sample_rows, write_sample


def test_the_script_reproduces_the_committed_file(tmp_path: Path) -> None:
    write_sample(tmp_path / "orders.csv")
    assert (tmp_path / "orders.csv").read_bytes() == SAMPLE.read_bytes()


def test_another_seed_gives_another_sample() -> None:
    assert list(sample_rows(1)) != list(sample_rows(2))
    assert list(sample_rows(1)) == list(sample_rows(1))


def test_size_and_dirt() -> None:
    rows = list(sample_rows())
    assert 3_000 < len(rows) < 5_000
    assert {tuple(row) for row in rows} == {COLUMNS}
    assert len({row["placed_at"][:10] for row in rows if row["placed_at"]}) == DAYS
    spoilt = [row for row in rows if not row["placed_at"] or row["promotion"] == "maybe"]
    assert 0 < len(spoilt) < 2 * DIRT * len(rows)


def test_promotions_bring_more_orders() -> None:
    from kitchen_demand.sample import FIRST_DAY

    assert expected_orders(FIRST_DAY, True) == pytest.approx(
        1.5 * expected_orders(FIRST_DAY, False)
    )
