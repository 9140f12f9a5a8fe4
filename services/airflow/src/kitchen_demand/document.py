"""The model as a document that the API evaluates without scikit-learn.

The format is ``kitchen.demand-model/1``. Its ``examples`` are inputs with this package's own
answers: a reader that does not come to the same ones refuses the model.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from kitchen_demand.clean import OPENING
from kitchen_demand.features import describe
from kitchen_demand.raw import BadDataError
from kitchen_demand.train import TERMS, Fitted

FORMAT = "kitchen.demand-model/1"
EXAMPLE_DAYS = (2, 7)  # of March 2026: a Monday and a Saturday
EXAMPLE_HOURS = (OPENING[0], 13, 19, OPENING[1])


def to_document(
    model: Fitted,
    metrics: Mapping[str, float],
    trained_through: datetime,
    dataset_sha256: str,
) -> dict[str, Any]:
    """Everything that a reader needs, as JSON values.

    Raises:
        BadDataError: a coefficient or metric is no finite number, or the time has no zone.
    """
    numbers = {"intercept": model.intercept, **metrics} | {
        f"coefficient {index}": value for index, value in enumerate(model.coefficients)
    }
    for name, value in numbers.items():
        if not math.isfinite(value):
            raise BadDataError(f"{name} is {value}: such a model is not published")
    if trained_through.tzinfo is None:
        raise BadDataError(f"{trained_through.isoformat()} has no time zone")
    return {
        "format": FORMAT,
        "dataset_sha256": dataset_sha256,
        "trained_through": _iso(trained_through),
        "opening": {"first": OPENING[0], "last": OPENING[1]},
        "intercept": model.intercept,
        "terms": [
            {key: value for key, value in asdict(term).items() if value is not None}
            | {"coefficient": coefficient}
            for term, coefficient in zip(TERMS, model.coefficients, strict=True)
        ],
        "metrics": dict(metrics),
        "examples": _examples(model),
    }


def from_document(document: Mapping[str, Any]) -> Fitted:
    """The model in a document of this format.

    Raises:
        BadDataError: another format, or terms other than this package's.
    """
    if document.get("format") != FORMAT:
        raise BadDataError(f"format is {document.get('format')!r}, {FORMAT!r} is needed")
    terms = [
        {key: value for key, value in asdict(term).items() if value is not None} for term in TERMS
    ]
    found = [dict(term) for term in document["terms"]]
    coefficients = tuple(float(term.pop("coefficient")) for term in found)
    if found != terms:
        raise BadDataError("the document's terms are not the ones of this release")
    return Fitted(float(document["intercept"]), coefficients)


def to_bytes(document: Mapping[str, Any]) -> bytes:
    """The document as it is stored: the same document gives the same bytes."""
    text = json.dumps(document, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False)
    return f"{text}\n".encode()


def _examples(model: Fitted) -> list[dict[str, Any]]:
    times = pd.DatetimeIndex(
        [datetime(2026, 3, day, hour, tzinfo=UTC) for day in EXAMPLE_DAYS for hour in EXAMPLE_HOURS]
    )
    examples: list[dict[str, Any]] = []
    for promotion in (False, True):
        answers = model.predict(describe(times).assign(promotion=promotion))
        examples += [
            {"at": _iso(at), "promotion": promotion, "orders": float(answer)}
            for at, answer in zip(times, answers, strict=True)
        ]
    return examples


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
