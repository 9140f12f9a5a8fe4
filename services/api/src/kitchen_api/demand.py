"""The demand model: orders per hour, evaluated from a JSON document.

Why JSON and not a pickle, joblib or skops file: loading a pickle runs whatever code is in it, and
all three need scikit-learn (with NumPy and SciPy, about 150 MB) of the version that wrote them.
The model is a Poisson regression on calendar terms, so an intercept and some sixty coefficients
say all of it, and a person can read a change of the model in a diff.

What the document risks is a reader that understands a term differently from the trainer. So it
carries ``examples``: inputs with the trainer's own answers. A model whose examples do not come
out here is refused, before it answers anybody.
"""

import hashlib
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    PrivateAttr,
    ValidationError,
)

FORMAT = "kitchen.demand-model/1"
MAX_BYTES = 1_000_000
TOLERANCE = 1e-6


class ModelUnavailableError(Exception):
    """There is no usable model; the message says why, for the caller of the API."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HourTerm(_Part):
    """Applies in one hour of the day (0-23, UTC), on weekdays or on the weekend."""

    kind: Literal["hour"]
    hour: Annotated[int, Field(ge=0, le=23)]
    weekend: bool
    coefficient: FiniteFloat

    def value(self, at: datetime, promotion: bool) -> float:
        """1.0 where the term applies, otherwise 0.0."""
        return float(at.hour == self.hour and (at.weekday() >= 5) == self.weekend)


class WeekdayTerm(_Part):
    """Applies on one day of the week (0 is Monday, UTC)."""

    kind: Literal["weekday"]
    weekday: Annotated[int, Field(ge=0, le=6)]
    coefficient: FiniteFloat

    def value(self, at: datetime, promotion: bool) -> float:
        """1.0 where the term applies, otherwise 0.0."""
        return float(at.weekday() == self.weekday)


class PromotionTerm(_Part):
    """Applies while a promotion runs."""

    kind: Literal["promotion"]
    coefficient: FiniteFloat

    def value(self, at: datetime, promotion: bool) -> float:
        """1.0 where the term applies, otherwise 0.0."""
        return float(promotion)


Term = Annotated[HourTerm | WeekdayTerm | PromotionTerm, Field(discriminator="kind")]


class Example(_Part):
    """An input and what the trainer's own estimator answered to it."""

    at: AwareDatetime
    promotion: bool
    orders: FiniteFloat


class Opening(_Part):
    """Hours (UTC) in which the kitchen takes orders: from ``first`` up to and with ``last``."""

    first: Annotated[int, Field(ge=0, le=23)]
    last: Annotated[int, Field(ge=0, le=23)]


class DemandModel(_Part):
    """log(orders per hour) = intercept + the coefficients of all terms that apply."""

    format: Literal["kitchen.demand-model/1"]
    dataset_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    trained_through: AwareDatetime
    opening: Opening
    intercept: FiniteFloat
    terms: Annotated[tuple[Term, ...], Field(min_length=1)]
    metrics: dict[str, FiniteFloat]
    examples: Annotated[tuple[Example, ...], Field(min_length=1)]
    _digest: str = PrivateAttr(default="")

    @property
    def digest(self) -> str:
        """SHA-256 of the document that it was read from, in hex: what its publisher calls it."""
        return self._digest

    def orders(self, at: datetime, promotion: bool) -> float:
        """Expected orders in the hour that contains ``at``; 0.0 while the kitchen is closed."""
        hour = at.astimezone(UTC)
        if not self.opening.first <= hour.hour <= self.opening.last:
            return 0.0
        return math.exp(
            self.intercept
            + math.fsum(term.coefficient * term.value(hour, promotion) for term in self.terms)
        )

    def forecast(
        self, start: datetime, hours: int, promotion: bool
    ) -> Sequence[tuple[datetime, float]]:
        """(start of the hour in UTC, expected orders) for ``hours`` hours from ``start`` on."""
        first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        times = [first + timedelta(hours=offset) for offset in range(hours)]
        return [(at, self.orders(at, promotion)) for at in times]


def read_model(document: bytes) -> DemandModel:
    """Parse and prove a model document.

    Raises:
        ModelUnavailableError: too large, not this format, or its examples do not come out.
    """
    if len(document) > MAX_BYTES:
        raise ModelUnavailableError(f"the model has more than {MAX_BYTES} bytes")
    try:
        model = DemandModel.model_validate_json(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ModelUnavailableError(f"no {FORMAT}: {where}: {first['msg']}") from error
    for example in model.examples:
        try:
            answer = model.orders(example.at, example.promotion)
        except OverflowError as error:
            raise ModelUnavailableError("the model's coefficients overflow") from error
        if not math.isclose(answer, example.orders, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            raise ModelUnavailableError(
                f"the model answers {answer:.6f} to its example at {example.at.isoformat()}, "
                f"its trainer {example.orders:.6f}"
            )
    model._digest = hashlib.sha256(document).hexdigest()
    return model
