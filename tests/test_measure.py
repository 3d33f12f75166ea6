"""The figures are what their definitions say, on cases small enough to work out by hand."""

import numpy as np
import pytest

from learn.measure import (
    best_temperature,
    calibration_error,
    disturbed,
    interval,
    label_flips,
    macro_f1,
    measure,
    mixed,
    one_hot,
    unsure_below,
    with_temperature,
)


def scores_for(guesses: list[int], confidence: float = 0.7) -> np.ndarray:
    scores = np.full((len(guesses), 7), (1 - confidence) / 6, np.float32)
    scores[np.arange(len(guesses)), guesses] = confidence
    return scores


def test_accuracy_and_f1_by_hand() -> None:
    metrics = measure(scores_for([0, 0, 1, 1]), np.array([0, 1, 1, 1]))
    assert metrics.accuracy == 0.75
    assert metrics.confusion[1][:2] == [1, 2]
    assert metrics.per_emotion["disgust"] == {"precision": 1.0, "recall": 0.6667, "f1": 0.8, "pictures": 3}
    assert metrics.macro_f1 == pytest.approx((2 / 3 + 0.8) / 7)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    assert calibration_error(scores_for([0] * 10, 0.7), one_hot(np.zeros(10, np.int64))) == pytest.approx(0.3, abs=1e-6)
    seven_of_ten = np.array([0] * 7 + [1] * 3)
    assert calibration_error(scores_for([0] * 10, 0.7), one_hot(seven_of_ten)) == pytest.approx(0, abs=1e-6)


def test_the_temperature_that_calibrates_is_found() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, (20000, 7))
    true = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = np.array([rng.choice(7, p=p) for p in true])
    too_sure = with_temperature(true.astype(np.float32), 0.5)
    assert best_temperature(too_sure, one_hot(labels)) == pytest.approx(2, abs=0.1)


def test_a_confidence_is_honest_where_as_many_people_say_the_same() -> None:
    votes = np.tile(np.array([[0.7, 0.3, 0, 0, 0, 0, 0]], np.float32), (10, 1))
    assert calibration_error(scores_for([0] * 10, 0.7), votes) == pytest.approx(0, abs=1e-6)
    assert calibration_error(scores_for([1] * 10, 0.7), votes) == pytest.approx(0.4, abs=1e-6)


def test_mixed_answers_lie_between_both() -> None:
    labels, people = scores_for([0], 0.6), scores_for([1], 0.9)
    assert mixed(labels, people, 1.0) == pytest.approx(labels, abs=1e-6)
    assert mixed(labels, people, 0.0) == pytest.approx(people, abs=1e-6)
    expected = np.sqrt(labels * people)
    assert mixed(labels, people, 0.5) == pytest.approx(expected / expected.sum(), abs=1e-6)


def test_macro_f1_is_the_one_of_all_figures() -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.dirichlet(np.ones(7), 300).astype(np.float32), rng.integers(0, 7, 300)
    assert macro_f1(scores.argmax(1), labels) == pytest.approx(measure(scores, labels).macro_f1)


def test_an_interval_of_a_share_is_as_wide_as_its_standard_error_says() -> None:
    right = np.arange(1000) < 700
    low, high = interval(lambda drawn: float(right[drawn].mean()), len(right))
    assert low == pytest.approx(0.7 - 1.96 * np.sqrt(0.21 / 1000), abs=0.004)
    assert high == pytest.approx(0.7 + 1.96 * np.sqrt(0.21 / 1000), abs=0.004)


def test_unsure_begins_where_guesses_are_wrong_as_often_as_right() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.2, 1, 20000)
    scores = np.full((20000, 7), 0, np.float32)
    scores[:, 0], scores[:, 1] = confidence, 1 - confidence
    scores = np.where(confidence[:, None] < 0.5, (1 - confidence[:, None]) / 6, scores)
    scores[:, 0] = confidence
    labels = np.where(rng.random(20000) < confidence, 0, 2)  # perfectly calibrated, so half of them are right at 0.5
    assert unsure_below(scores.astype(np.float32), labels) == pytest.approx(0.5, abs=0.03)


def test_a_guess_by_brightness_flips_with_the_light_and_not_with_the_place() -> None:
    faces = np.full((50, 48, 48), 100, np.uint8)

    def by_brightness(given: list[np.ndarray]) -> np.ndarray:
        return scores_for([int(face.mean() > 110) for face in given])

    flips = label_flips(by_brightness, faces)
    assert flips["brighter"] == 1.0
    assert flips["left"] == flips["darker"] == 0.0
    assert flips["mean"] == pytest.approx(1 / 8)
    assert flips["any"] == 1.0


def test_disturbances_are_as_large_as_they_say() -> None:
    face = np.zeros((1, 48, 48), np.uint8)
    face[0, 10:38, 10:38] = 200
    takes = disturbed(face)
    assert np.array_equal(takes["right"][0, 10:38, 12:40], face[0, 10:38, 10:38])
    assert np.array_equal(takes["down"][0, 12:40, 10:38], face[0, 10:38, 10:38])
    assert takes["darker"].max() == 140
    assert takes["brighter"].max() == 255
    assert int((takes["larger"] > 100).sum()) > int((face > 100).sum()) > int((takes["smaller"] > 100).sum())
