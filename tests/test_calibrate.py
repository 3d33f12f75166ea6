"""A resting face: the formula, its bounds, and the file."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.calibrate import BOUND, SHARE, Resting, read_resting, resting_face, resting_values
from faces.emotions import EMOTIONS
from faces.errors import InputError

NEUTRAL, SAD, HAPPY = (EMOTIONS.index(name) for name in ("neutral", "sad", "happy"))


def scores(**shares: float) -> tuple[float, ...]:
    """Those shares, and the rest spread evenly."""
    rest = (1 - sum(shares.values())) / (7 - len(shares))
    return tuple(shares.get(name, rest) for name in EMOTIONS)


def rows(mean: tuple[float, ...], count: int = 60) -> list[np.ndarray]:
    return [np.array(mean)] * count


SAD_AT_REST = Resting(scores(sad=0.5, neutral=0.4), 15.0, 400)

seven = st.lists(st.floats(0.001, 1.0), min_size=7, max_size=7).map(
    lambda shares: tuple(np.array(shares) / sum(shares))
)


def test_who_looks_sad_at_rest_is_read_neutral_at_rest_and_still_happy_when_they_laugh() -> None:
    assert int(np.argmax(SAD_AT_REST.applied(SAD_AT_REST.scores))) == NEUTRAL
    assert int(np.argmax(SAD_AT_REST.applied(scores(happy=0.7, sad=0.15)))) == HAPPY
    assert int(np.argmax(SAD_AT_REST.applied(scores(sad=0.9)))) == SAD


def test_the_shift_is_the_stated_one() -> None:
    wanted = math.log(0.5 / 0.4) - math.log(SHARE)
    assert wanted > BOUND
    assert SAD_AT_REST.shift[SAD] == BOUND
    mild = Resting(scores(sad=0.2, neutral=0.7), 15.0, 400)
    assert mild.shift[SAD] == pytest.approx(math.log(0.2 / 0.7) - math.log(SHARE))
    assert mild.applied(mild.scores)[SAD] / mild.applied(mild.scores)[NEUTRAL] == pytest.approx(SHARE)


def test_a_face_that_reads_neutral_at_rest_is_not_changed() -> None:
    calm = Resting(scores(neutral=0.9), 15.0, 400)
    assert calm.shift == (0.0,) * 7
    assert calm.effect() == {}
    assert "nothing is changed" in calm.words()


@given(seven, seven)
def test_scores_still_sum_to_one_and_neutral_never_loses(rest: tuple[float, ...], now: tuple[float, ...]) -> None:
    read = Resting(rest, 15.0, 400).applied(now)
    assert read.sum() == pytest.approx(1)
    assert read[NEUTRAL] >= now[NEUTRAL] - 1e-9
    assert (read >= np.array(now) * math.exp(-BOUND) - 1e-9).all()


def test_the_effect_is_told_in_words() -> None:
    effect = SAD_AT_REST.effect()
    assert effect["sad"] < -0.2 and effect["neutral"] > 0.2
    assert SAD_AT_REST.words() == f"calibrated for you: sad {100 * effect['sad']:.0f} %"


def test_the_profile_is_the_mean_of_the_logarithms() -> None:
    mixed = [np.array(scores(neutral=0.8)), np.array(scores(neutral=0.5))] * 20
    made = resting_face(mixed, 15.0)
    ratio = math.sqrt((0.8 / (0.2 / 6)) * (0.5 / (0.5 / 6)))
    assert made.scores[NEUTRAL] / made.scores[SAD] == pytest.approx(ratio)


def test_too_short_and_too_lively_is_no_resting_face() -> None:
    with pytest.raises(InputError, match="too short"):
        resting_face(rows(scores(neutral=0.8)), 4.0)
    with pytest.raises(InputError, match="too short"):
        resting_face(rows(scores(neutral=0.8)), 15.0, of_seconds=30.0)
    lively = [np.array(scores(neutral=0.9)), np.array(scores(happy=0.9))] * 30
    with pytest.raises(InputError, match="did not rest"):
        resting_face(lively, 15.0)


def test_a_profile_survives_its_file() -> None:
    again = read_resting(json.loads(json.dumps(resting_values(SAD_AT_REST))))
    assert again.scores == pytest.approx(SAD_AT_REST.scores, abs=1e-5)
    assert (again.seconds, again.samples, again.measured_at) == (15.0, 400, None)
    dated = replace(SAD_AT_REST, measured_at=datetime(2026, 2, 1, 9, 30, tzinfo=UTC))
    assert read_resting(json.loads(json.dumps(resting_values(dated)))).measured_at == dated.measured_at


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"kind": "a song"},
        {"scores": {}},
        {"scores": dict.fromkeys(EMOTIONS, 1.0)},
        {"scores": dict.fromkeys(EMOTIONS, float("nan"))},
        {"seconds": -1},
        {"seconds": "long"},
        {"samples": 0},
        {"measured_at": "in spring"},
        {"measured_at": "2026-02-01T09:30:00"},
        {"measured_at": 5},
    ],
)
def test_what_is_no_profile_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InputError, match="not a profile of a resting face"):
        read_resting({**resting_values(SAD_AT_REST), **change})


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_what_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(InputError):
        read_resting(value)
