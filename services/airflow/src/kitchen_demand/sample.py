"""Sample orders: invented, seeded, and with the dirt that real exports have.

``python -m kitchen_demand.sample data/orders.csv`` writes the file that is in the repository. Only
the standard library draws the numbers, so that no release of another package changes them.
"""

import csv
import io
import math
import random
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kitchen_demand.raw import COLUMNS

SEED = 20260105
FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
DAYS = 84
HOURS = range(10, 22)
CHANNELS = ("app", "counter", "phone")
DISHES = ("dal", "dumplings", "lasagne", "pizza", "ramen", "salad")
PEAKS = {12: 2.6, 13: 2.2, 18: 2.4, 19: 3.0, 20: 2.2}
WEEKEND_PEAKS = {13: 1.8, 14: 1.6, 19: 3.4, 20: 3.2, 21: 2.0}
WEEKDAYS = (0.8, 0.85, 0.9, 1.0, 1.35, 1.45, 1.1)
PROMOTION_DAYS = 0.15
PROMOTION_FACTOR = 1.5
DIRT = 0.02
"""Share of orders to which something happens on their way into the export."""

Row = dict[str, str]


def write_sample(path: Path, seed: int = SEED) -> None:
    """Write the sample below ``path``; the same seed gives the same bytes."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sample_rows(seed))
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def sample_rows(seed: int = SEED) -> Iterator[Row]:
    """Rows in the order of an export; about 4,000 with every ``DIRT``-th one spoilt."""
    # Predictable on purpose: this is sample data, not a secret.
    draw = random.Random(seed)  # nosec B311
    number = 0
    for day in range(DAYS):
        promotion = draw.random() < PROMOTION_DAYS
        for hour in HOURS:
            start = FIRST_DAY + timedelta(days=day, hours=hour)
            for _ in range(_poisson(draw, expected_orders(start, promotion))):
                number += 1
                row = _order(draw, number, start, promotion)
                yield from _spoil(draw, row) if draw.random() < DIRT else (row,)


def expected_orders(start: datetime, promotion: bool) -> float:
    """The truth behind the sample: orders in the hour that begins at ``start``."""
    weekday = start.weekday()
    peaks: Mapping[int, float] = WEEKEND_PEAKS if weekday >= 5 else PEAKS
    orders = 2.2 * peaks.get(start.hour, 1.0) * WEEKDAYS[weekday]
    return orders * PROMOTION_FACTOR if promotion else orders


def _order(draw: random.Random, number: int, start: datetime, promotion: bool) -> Row:
    placed_at = start + timedelta(seconds=draw.randrange(3600))
    return {
        "order_id": f"o-{number:05d}",
        "placed_at": placed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "channel": draw.choice(CHANNELS),
        "dish": draw.choice(DISHES),
        "quantity": str(1 + min(_poisson(draw, 0.6), 5)),
        "promotion": "true" if promotion else "false",
    }


def _spoil(draw: random.Random, row: Row) -> tuple[Row, ...]:
    """What happens to real exports: sent twice, a field lost, a test order, a clock gone wrong."""
    kind = draw.randrange(5)
    if kind == 0:
        return row, dict(row)
    if kind == 1:
        return ({**row, "placed_at": ""},)
    if kind == 2:
        return ({**row, "quantity": "-1"},)
    if kind == 3:
        return ({**row, "placed_at": row["placed_at"][:11] + "03" + row["placed_at"][13:]},)
    return ({**row, "promotion": "maybe"},)


def _poisson(draw: random.Random, mean: float) -> int:
    """Knuth's method; its time grows with ``mean``, which is below 20 here."""
    limit, product, count = math.exp(-mean), draw.random(), 0
    while product > limit:
        product *= draw.random()
        count += 1
    return count


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]))
