"""The model document: complete, reproducible, and read back as the same model."""

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest

from kitchen_demand.document import from_document, to_bytes, to_document
from kitchen_demand.raw import BadDataError
from kitchen_demand.train import TERMS, Fitted

MODEL = Fitted(0.5, tuple(index / 100 for index in range(len(TERMS))))
THROUGH = datetime(2026, 3, 1, 21, tzinfo=UTC)


def document(model: Fitted = MODEL, **metrics: float) -> dict[str, Any]:
    return to_document(model, metrics, THROUGH, "0" * 64)


def test_what_it_says() -> None:
    found = document(gain=0.25)
    examples, terms = found.pop("examples"), found.pop("terms")
    assert found == {
        "format": "kitchen.demand-model/1",
        "dataset_sha256": "0" * 64,
        "trained_through": "2026-03-01T21:00:00Z",
        "opening": {"first": 10, "last": 21},
        "intercept": 0.5,
        "metrics": {"gain": 0.25},
    }
    assert terms[0] == {"kind": "hour", "hour": 10, "weekend": False, "coefficient": 0.0}
    assert terms[24] == {"kind": "weekday", "weekday": 0, "coefficient": 0.24}
    assert terms[-1] == {"kind": "promotion", "coefficient": 0.31}
    assert len(examples) == 16


def test_an_example_is_the_sum_of_the_terms_that_apply() -> None:
    (example,) = (
        example
        for example in document()["examples"]
        if example["at"] == "2026-03-02T10:00:00Z" and example["promotion"]
    )
    assert example["orders"] == pytest.approx(math.exp(0.5 + 0.0 + 0.24 + 0.31))


def test_it_is_read_back_as_the_same_model() -> None:
    assert from_document(json.loads(to_bytes(document()))) == MODEL


def test_the_same_model_gives_the_same_bytes() -> None:
    assert to_bytes(document(gain=0.25)) == to_bytes(document(gain=0.25))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_model_with_holes_is_not_written(value: float) -> None:
    holed = Fitted(0.5, (value, *MODEL.coefficients[1:]))
    with pytest.raises(BadDataError, match=f"coefficient 0 is {value}: such a model is not publ"):
        document(holed)
    with pytest.raises(BadDataError, match=f"gain is {value}"):
        document(gain=value)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(BadDataError, match="2026-03-01T21:00:00 has no time zone"):
        to_document(MODEL, {}, datetime(2026, 3, 1, 21), "0" * 64)


def test_another_format_is_refused() -> None:
    with pytest.raises(BadDataError, match="format is 'x', 'kitchen.demand-model/1' is needed"):
        from_document({"format": "x"})


def test_terms_of_another_release_are_refused() -> None:
    changed = document()
    changed["terms"][0]["hour"] = 3
    with pytest.raises(BadDataError, match="the document's terms are not the ones of this release"):
        from_document(changed)
