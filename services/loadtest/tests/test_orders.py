"""What customers order."""

import random

from kitchen_loadtest.orders import DISHES, MOST_PORTIONS, POPULARITY, new_order


def test_the_same_seed_gives_the_same_orders() -> None:
    first, second = random.Random(1), random.Random(1)
    assert [new_order(first) for _ in range(20)] == [new_order(second) for _ in range(20)]


def test_orders_are_such_that_the_api_accepts_them() -> None:
    draw = random.Random(2)
    for _ in range(500):
        order = new_order(draw)
        assert 0 < len(order["customer"]) <= 80
        dishes = [item["dish"] for item in order["items"]]
        assert dishes and len(dishes) == len(set(dishes)) and set(dishes) <= set(DISHES)
        assert all(1 <= item["quantity"] <= MOST_PORTIONS for item in order["items"])


def test_every_dish_has_a_popularity() -> None:
    assert len(POPULARITY) == len(DISHES)
