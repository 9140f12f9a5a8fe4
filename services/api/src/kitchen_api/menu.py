"""The menu: what can be ordered and how long one portion keeps a station busy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

PORTION_FACTOR = 0.5
"""Share of a dish's time that each portion after the first one adds: portions share a pan."""


@dataclass(frozen=True, slots=True)
class Dish:
    """One line of the menu; ``minutes`` is the cooking time of one portion."""

    name: str
    minutes: float


DISHES: Mapping[str, Dish] = MappingProxyType(
    {
        dish.name: dish
        for dish in (
            Dish("dal", 9),
            Dish("dumplings", 11),
            Dish("lasagne", 16),
            Dish("pizza", 12),
            Dish("ramen", 14),
            Dish("salad", 5),
        )
    }
)


class UnknownDishError(ValueError):
    """An order names a dish that is not on the menu."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is not on the menu; it has: {', '.join(DISHES)}")


def cooking_minutes(portions: Iterable[tuple[str, int]]) -> float:
    """Station minutes for (dish name, quantity) pairs.

    Raises:
        UnknownDishError: a name is not in ``DISHES``.
        ValueError: a quantity is below 1.
    """
    total = 0.0
    for name, quantity in portions:
        if name not in DISHES:
            raise UnknownDishError(name)
        if quantity < 1:
            raise ValueError(f"quantity of {name!r} is {quantity}, at least 1 is needed")
        total += DISHES[name].minutes * (1 + PORTION_FACTOR * (quantity - 1))
    return total
