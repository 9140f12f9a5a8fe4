"""Evaluate: only what beats the baseline may pass."""

import math

import numpy as np
import pandas as pd
import pytest

from kitchen_demand.evaluate import (
    Evaluation,
    NotGoodEnoughError,
    baseline_predictions,
    evaluate,
    require_better,
)
from kitchen_demand.features import describe
from kitchen_demand.raw import BadDataError
from kitchen_demand.train import TERMS, Fitted, train


def hours(first: str, days: int, weekend_factor: int = 3) -> pd.DataFrame:
    """Every opening hour: 4 orders on weekdays, ``weekend_factor`` times as many at weekends."""
    every = pd.date_range(first, periods=24 * days, freq="h", tz="UTC")
    frame = describe(every[(every.hour >= 10) & (every.hour <= 21)])
    return frame.assign(promotion=False, orders=np.where(frame["weekend"], 4 * weekend_factor, 4))


TRAINING, LATER = hours("2026-03-02", 28), hours("2026-03-30", 14)


def evaluation(deviance: float, baseline: float) -> Evaluation:
    return Evaluation(deviance, baseline, 1.0, 1.0, hours=10)


def test_a_model_that_knows_weekends_beats_a_baseline_that_does_not() -> None:
    found = evaluate(train(TRAINING), TRAINING, LATER)
    assert found.gain > 0.95
    assert found.absolute_error < 0.2 < found.baseline_absolute_error
    assert found.hours == 14 * 12
    require_better(found)


def test_the_baseline_is_the_mean_per_hour_of_the_day() -> None:
    mean = (4 * 5 + 12 * 2) / 7
    np.testing.assert_allclose(baseline_predictions(TRAINING, LATER), mean)


def test_the_baseline_answers_hours_that_it_never_saw_with_the_overall_mean() -> None:
    morning = TRAINING[TRAINING["hour"] < 16]
    answers = baseline_predictions(morning, LATER[LATER["hour"] >= 16])
    np.testing.assert_allclose(answers, morning["orders"].mean())


def test_a_model_that_learnt_nothing_is_not_published() -> None:
    constant = Fitted(math.log(20), (0.0,) * len(TERMS))
    found = evaluate(constant, TRAINING, LATER)
    with pytest.raises(NotGoodEnoughError, match="is a gain of -"):
        require_better(found)


def test_a_prediction_of_nothing_is_bad_not_infinite() -> None:
    found = evaluate(Fitted(-800.0, (0.0,) * len(TERMS)), TRAINING, LATER)
    assert math.isfinite(found.deviance) and found.gain < 0


@pytest.mark.parametrize(
    ("deviance", "passes"), [(0.5, True), (0.979, True), (0.981, False), (1.0, False), (2.0, False)]
)
def test_the_gain_that_is_needed(deviance: float, passes: bool) -> None:
    if passes:
        require_better(evaluation(deviance, 1.0))
        return
    with pytest.raises(NotGoodEnoughError):
        require_better(evaluation(deviance, 1.0))


def test_a_gain_that_is_no_number_does_not_pass() -> None:
    with pytest.raises(NotGoodEnoughError) as caught:
        require_better(evaluation(math.nan, 1.0))
    assert str(caught.value) == (
        "deviance nan against the baseline's 1.0000 is a gain of nan%, at least 2.0% is needed"
    )


def test_metrics_are_plain_numbers() -> None:
    assert evaluation(0.5, 1.0).as_metrics() == {
        "deviance": 0.5,
        "baseline_deviance": 1.0,
        "absolute_error": 1.0,
        "baseline_absolute_error": 1.0,
        "hours": 10.0,
        "gain": 0.5,
    }


def test_nothing_to_judge_by() -> None:
    with pytest.raises(BadDataError, match="there are no later hours to judge by"):
        evaluate(train(TRAINING), TRAINING, LATER[:0])


def test_hours_that_the_model_has_seen_are_no_judges() -> None:
    with pytest.raises(BadDataError, match="the hours to judge by overlap the training data"):
        evaluate(train(TRAINING), TRAINING, TRAINING)
