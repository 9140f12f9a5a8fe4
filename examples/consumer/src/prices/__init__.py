"""Prices with tax."""


def with_tax(cents: int, percent: int) -> int:
    """Adds tax, rounded to whole cents."""
    if percent < 0:
        raise ValueError(f"percent {percent}: a tax is 0 or more")
    return round(cents * (100 + percent) / 100)
