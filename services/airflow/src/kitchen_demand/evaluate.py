"""Evaluate: is the model better than what anybody could say without one?

The measure is the mean Poisson deviance on hours after the training data (0 is perfect). The
baseline answers every hour with the mean of that hour of the day in the training data.
"""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import mean_absolute_error, mean_poisson_deviance

from kitchen_demand.raw import BadDataError
from kitchen_demand.train import Fitted, Matrix

MIN_GAIN = 0.02
"""Share by which the deviance must be below the baseline's: less could be chance."""

FLOOR = 1e-3
"""Least prediction in orders per hour: the deviance of 0 is infinite."""


class NotGoodEnoughError(ValueError):
    """The model is not better than the baseline; it must not be published."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Mean Poisson deviance and mean absolute error (orders per hour), on ``hours`` hours."""

    deviance: float
    baseline_deviance: float
    absolute_error: float
    baseline_absolute_error: float
    hours: int

    @property
    def gain(self) -> float:
        """Share of the baseline's deviance that the model explains; below 0: it is worse."""
        return 1 - self.deviance / self.baseline_deviance

    def as_metrics(self) -> dict[str, float]:
        """All numbers by name."""
        return {**{name: float(value) for name, value in asdict(self).items()}, "gain": self.gain}


def evaluate(model: Fitted, training: pd.DataFrame, later: pd.DataFrame) -> Evaluation:
    """Judge ``model`` and the baseline of ``training`` on the rows ``later``.

    Raises:
        BadDataError: ``later`` is empty or overlaps the training data.
    """
    if later.empty:
        raise BadDataError("there are no later hours to judge by")
    if later["start"].min() <= training["start"].max():
        raise BadDataError("the hours to judge by overlap the training data")
    truth = later["orders"].to_numpy(dtype="float64")
    answers = np.maximum(model.predict(later), FLOOR)
    baseline = np.maximum(baseline_predictions(training, later), FLOOR)
    return Evaluation(
        deviance=float(mean_poisson_deviance(truth, answers)),
        baseline_deviance=float(mean_poisson_deviance(truth, baseline)),
        absolute_error=float(mean_absolute_error(truth, answers)),
        baseline_absolute_error=float(mean_absolute_error(truth, baseline)),
        hours=len(later),
    )


def baseline_predictions(training: pd.DataFrame, later: pd.DataFrame) -> Matrix:
    """The training data's mean per hour of the day, for each row of ``later``, shape (rows,)."""
    means = training.groupby("hour")["orders"].mean()
    answers = later["hour"].map(means).fillna(training["orders"].mean())
    return answers.to_numpy(dtype=np.float64)


def require_better(evaluation: Evaluation, min_gain: float = MIN_GAIN) -> None:
    """Let only a better model pass.

    Raises:
        NotGoodEnoughError: the gain is below ``min_gain``, or no number.
    """
    if not evaluation.gain >= min_gain:
        raise NotGoodEnoughError(
            f"deviance {evaluation.deviance:.4f} against the baseline's "
            f"{evaluation.baseline_deviance:.4f} is a gain of {evaluation.gain:.1%}, "
            f"at least {min_gain:.1%} is needed"
        )
