"""Train: the estimator learns what is there, the same every time, and refuses the rest."""

import numpy as np
import pandas as pd
import pytest
from conftest import SAMPLE

from kitchen_demand.clean import clean
from kitchen_demand.features import describe, hourly_features
from kitchen_demand.raw import BadDataError, read_raw
from kitchen_demand.sample import expected_orders
from kitchen_demand.train import TERMS, design, train


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    return hourly_features(clean(read_raw(SAMPLE)).orders)


def test_the_same_rows_give_the_same_model(features: pd.DataFrame) -> None:
    assert train(features) == train(features)


def test_the_sequence_of_the_rows_does_not_matter(features: pd.DataFrame) -> None:
    shuffled = train(features.sample(frac=1, random_state=3))
    np.testing.assert_allclose(shuffled.coefficients, train(features).coefficients, atol=1e-6)


def test_it_finds_the_truth_behind_the_sample(features: pd.DataFrame) -> None:
    truth = [
        expected_orders(start, promotion)
        for start, promotion in zip(features["start"], features["promotion"], strict=True)
    ]
    answers = train(features).predict(features)
    assert np.mean(np.abs(answers / np.array(truth) - 1)) < 0.12


def test_a_promotion_is_worth_about_half_as_much_again(features: pd.DataFrame) -> None:
    model = train(features)
    assert TERMS[-1].kind == "promotion"
    assert 1.35 < np.exp(model.coefficients[-1]) < 1.65


def test_predictions_are_never_negative() -> None:
    hours = pd.date_range("2026-03-02", periods=240, freq="h", tz="UTC")
    frame = describe(hours[hours.hour == 12]).assign(promotion=False, orders=0)
    frame.loc[0, "orders"] = 1
    assert (train(frame).predict(frame) >= 0).all()


def test_each_row_of_the_design_names_one_hour_and_one_weekday(features: pd.DataFrame) -> None:
    matrix = design(features)
    assert matrix.shape == (len(features), len(TERMS))
    hours = [index for index, term in enumerate(TERMS) if term.kind == "hour"]
    weekdays = [index for index, term in enumerate(TERMS) if term.kind == "weekday"]
    assert set(matrix[:, hours].sum(axis=1)) == {1.0}
    assert set(matrix[:, weekdays].sum(axis=1)) == {1.0}
    np.testing.assert_array_equal(matrix[:, -1], features["promotion"])


@pytest.mark.parametrize(
    ("orders", "message"),
    [
        ([], "there are no features to train on"),
        ([1.0, float("nan")], "orders per hour must be 0 or more in every row"),
        ([1.0, float("inf")], "orders per hour must be 0 or more in every row"),
        ([1.0, -1.0], "orders per hour must be 0 or more in every row"),
        ([0.0, 0.0], "not one order in all hours: nothing to learn"),
    ],
)
def test_what_cannot_be_learnt_from(orders: list[float], message: str) -> None:
    start = pd.date_range("2026-03-02T12:00:00Z", periods=len(orders), freq="h")
    frame = describe(start).assign(promotion=False, orders=orders)
    with pytest.raises(BadDataError, match=message):
        train(frame)
