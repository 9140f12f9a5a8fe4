"""What customers order."""

import random
from typing import TypedDict

DISHES = ("dal", "dumplings", "lasagne", "pizza", "ramen", "salad")
POPULARITY = (2, 3, 2, 5, 4, 2)
MOST_ITEMS = 4
MOST_PORTIONS = 3


class Item(TypedDict):
    """One dish, ``quantity`` times."""

    dish: str
    quantity: int


class NewOrder(TypedDict):
    """The body of ``POST /orders``."""

    customer: str
    items: list[Item]


def new_order(draw: random.Random) -> NewOrder:
    """An order that the API must accept; the same state of ``draw`` gives the same order."""
    count = draw.randint(1, MOST_ITEMS)
    dishes = sorted(set(draw.choices(DISHES, weights=POPULARITY, k=count)))
    return {
        "customer": f"load {draw.randrange(10_000):04d}",
        "items": [{"dish": dish, "quantity": draw.randint(1, MOST_PORTIONS)} for dish in dishes],
    }
