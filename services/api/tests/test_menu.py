"""Cooking minutes."""

import pytest

from kitchen_api.menu import DISHES, UnknownDishError, cooking_minutes


def test_one_portion_takes_the_minutes_of_its_dish() -> None:
    assert cooking_minutes([("ramen", 1)]) == DISHES["ramen"].minutes


def test_further_portions_share_the_pan() -> None:
    assert cooking_minutes([("ramen", 3)]) == 14 * 2


def test_dishes_add_up_and_nothing_takes_no_time() -> None:
    assert cooking_minutes([("salad", 1), ("dal", 2)]) == 5 + 9 * 1.5
    assert cooking_minutes([]) == 0


def test_unknown_dish_names_itself_and_the_menu() -> None:
    with pytest.raises(UnknownDishError) as caught:
        cooking_minutes([("soup", 1)])
    assert str(caught.value) == (
        "'soup' is not on the menu; it has: dal, dumplings, lasagne, pizza, ramen, salad"
    )


@pytest.mark.parametrize("quantity", [0, -1])
def test_quantity_below_one_is_refused(quantity: int) -> None:
    with pytest.raises(ValueError, match=f"quantity of 'dal' is {quantity}, at least 1"):
        cooking_minutes([("dal", quantity)])
