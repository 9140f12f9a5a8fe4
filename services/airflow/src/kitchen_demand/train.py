"""Train: a Poisson regression of orders per hour on calendar terms.

Why this estimator: orders per hour are counts, so errors grow with the mean and a negative answer
is impossible; the model stays a list of coefficients that a person and the API can read.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import PoissonRegressor

from kitchen_demand.clean import OPENING
from kitchen_demand.raw import BadDataError

ALPHA = 1e-3
"""Strength of the L2 penalty: enough to give hours that were never seen a coefficient of 0."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Term:
    """One column of the design matrix; ``kind`` decides which of the others count."""

    kind: str
    hour: int | None = None
    weekend: bool | None = None
    weekday: int | None = None


TERMS: tuple[Term, ...] = (
    *(
        Term("hour", hour=hour, weekend=weekend)
        for weekend in (False, True)
        for hour in range(OPENING[0], OPENING[1] + 1)
    ),
    *(Term("weekday", weekday=weekday) for weekday in range(7)),
    Term("promotion"),
)


@dataclass(frozen=True, slots=True)
class Fitted:
    """An intercept and one coefficient per term, on the scale of log(orders per hour)."""

    intercept: float
    coefficients: tuple[float, ...]

    def predict(self, features: pd.DataFrame) -> Matrix:
        """Expected orders per row of ``features``, shape (rows,)."""
        answers: Matrix = np.exp(self.intercept + design(features) @ np.array(self.coefficients))
        return answers


def train(features: pd.DataFrame, alpha: float = ALPHA) -> Fitted:
    """Fit the regression; the same rows give the same coefficients.

    Raises:
        BadDataError: no rows, a value that is no number, a negative target, or no order at all.
    """
    if features.empty:
        raise BadDataError("there are no features to train on")
    target = features["orders"].to_numpy(dtype="float64")
    if not np.isfinite(target).all() or (target < 0).any():
        raise BadDataError("orders per hour must be 0 or more in every row")
    if not target.any():
        raise BadDataError("not one order in all hours: nothing to learn")
    estimator = PoissonRegressor(alpha=alpha, solver="newton-cholesky", max_iter=200, tol=1e-9)
    estimator.fit(design(features), target)
    return Fitted(float(estimator.intercept_), tuple(float(c) for c in estimator.coef_))


def design(features: pd.DataFrame) -> Matrix:
    """The matrix of 0.0 and 1.0, shape (rows, ``len(TERMS)``)."""
    columns = [_column(term, features) for term in TERMS]
    return np.column_stack(columns).astype(np.float64)


def _column(term: Term, features: pd.DataFrame) -> npt.NDArray[np.bool_]:
    if term.kind == "hour":
        applies = (features["hour"] == term.hour) & (features["weekend"] == term.weekend)
    elif term.kind == "weekday":
        applies = features["weekday"] == term.weekday
    else:
        applies = features["promotion"]
    return applies.to_numpy(dtype=np.bool_)
