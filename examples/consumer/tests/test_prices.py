import pytest
from prices import with_tax


def test_adds_tax() -> None:
    assert with_tax(1000, 19) == 1190


def test_refuses_a_negative_tax() -> None:
    with pytest.raises(ValueError, match="percent -1"):
        with_tax(1000, -1)
