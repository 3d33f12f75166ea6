"""Scores that do not flicker, and labels that change when the change lasts, at every frame rate."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from faces.emotions import EMOTIONS, UNSURE
from faces.smooth import HALF_LIFE_SECONDS, Smoother

RATES = [5, 15, 30]


Row = NDArray[np.float64]


def scores(emotion: str, confidence: float = 0.8, second: str | None = None) -> Row:
    """Most for one emotion, the rest for a second one or shared among all others."""
    row = np.full(7, (1 - confidence) / 6 if second is None else 0.0)
    if second is not None:
        row[EMOTIONS.index(second)] = 1 - confidence
    row[EMOTIONS.index(emotion)] = confidence
    return row


def play(smoother: Smoother, rows: list[Row], rate: float, start: float = 0.0) -> list[str]:
    return [smoother.update(1, row, start + index / rate).emotion for index, row in enumerate(rows)]


def test_the_first_scores_are_shown_at_once() -> None:
    first = Smoother().update(1, scores("happy"), 0.0)
    assert first.emotion == "happy"
    assert first.confidence == pytest.approx(0.8)


@pytest.mark.parametrize("rate", RATES)
def test_after_one_half_life_half_of_the_score_is_new(rate: float) -> None:
    half_life_seconds = 1.0
    smoother = Smoother(half_life_seconds=half_life_seconds)
    smoother.update(1, scores("happy", 1.0), 0.0)
    steps = round(half_life_seconds * rate)
    for index in range(1, steps + 1):
        last = smoother.update(1, scores("sad", 1.0), index / rate)
    assert last.scores[EMOTIONS.index("sad")] == pytest.approx(0.5)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("confidence", "second"), [(0.9, None), (0.6, None), (0.7, "both"), (0.62, "both")])
def test_a_true_change_shows_within_half_a_second(rate: float, confidence: float, second: str | None) -> None:
    before = scores("neutral", confidence, "happy" if second else None)
    after = scores("happy", confidence, "neutral" if second else None)
    # as bad as it can be: the face changes right after a frame was taken
    changed_at = 2.0 + 0.001
    smoother = Smoother(unsure_below=0.4)
    shown_at = next(
        index / rate
        for index in range(round(4 * rate))
        if smoother.update(1, before if index / rate < changed_at else after, index / rate).emotion == "happy"
    )
    assert changed_at < shown_at <= changed_at + 0.5


@pytest.mark.parametrize("rate", RATES)
def test_one_odd_frame_changes_nothing(rate: float) -> None:
    rows = [scores("neutral", 0.7)] * 40
    rows[20] = scores("surprise", 0.9)
    assert set(play(Smoother(), rows, rate)) == {"neutral"}


def test_two_emotions_that_take_turns_do_not_flicker() -> None:
    random = np.random.default_rng(0)
    rows = []
    for _ in range(30 * 60):
        share = random.normal(0.5, 0.1)
        rows.append(scores("sad", float(np.clip(share, 0, 1)), "neutral"))
    shown = play(Smoother(unsure_below=0.3), rows, 30)
    raw = [EMOTIONS[int(row.argmax())] for row in rows]
    changes = sum(a != b for a, b in pairwise(shown))
    raw_changes = sum(a != b for a, b in pairwise(raw))
    assert raw_changes > 500
    assert changes <= 20


def test_below_the_threshold_it_says_unsure() -> None:
    shown = play(Smoother(unsure_below=0.5), [scores("sad", 0.45)] * 5, 30)
    assert set(shown) == {UNSURE}


def test_unsure_names_the_probability_of_the_strongest_emotion() -> None:
    smoothed = Smoother(unsure_below=0.5).update(1, scores("sad", 0.45), 0.0)
    assert smoothed.confidence == pytest.approx(0.45)


def test_at_the_threshold_it_does_not_flicker_between_unsure_and_a_name() -> None:
    random = np.random.default_rng(0)
    rows = [scores("sad", float(random.normal(0.5, 0.05))) for _ in range(30 * 60)]
    shown = play(Smoother(unsure_below=0.5), rows, 30)
    assert sum(a != b for a, b in pairwise(shown)) <= 10


@pytest.mark.parametrize("rate", RATES)
def test_becoming_sure_shows_within_half_a_second(rate: int) -> None:
    rows = [scores("happy", 0.3)] * (2 * rate) + [scores("happy", 0.8)] * rate
    shown = play(Smoother(unsure_below=0.5), rows, rate)
    assert shown[2 * rate - 1] == UNSURE
    assert shown[2 * rate + int(0.5 * rate) - 1] == "happy"


def test_while_a_change_is_not_yet_sure_name_and_scores_stay_as_they_were_shown() -> None:
    smoother = Smoother()
    before = smoother.update(1, scores("happy"), 0.0)
    assert smoother.update(1, scores("sad", 0.95), 0.15) == before
    assert smoother.update(1, scores("sad", 0.95), 0.25) == before
    assert smoother.update(1, scores("sad", 0.95), 0.35).emotion == "sad"


def test_of_two_nearly_equal_scores_the_named_one_is_shown_as_the_larger() -> None:
    smoother = Smoother(margin=0.05)
    smoother.update(1, scores("sad", 0.51, "neutral"), 0.0)
    for tick in range(1, 30):
        smoothed = smoother.update(1, scores("neutral", 0.52, "sad"), tick / 30)
    assert smoothed.emotion == "sad"
    assert smoothed.confidence == max(smoothed.scores) == pytest.approx(0.52, abs=0.01)
    assert sorted(smoothed.scores)[-2:] == pytest.approx([0.48, 0.52], abs=0.01)


@pytest.mark.parametrize("pause_seconds", [1.0, 60.0])
def test_after_a_long_pause_nothing_of_before_is_shown(pause_seconds: float) -> None:
    smoother = Smoother()
    smoother.update(1, scores("happy"), 0.0)
    assert smoother.update(1, scores("sad"), pause_seconds).emotion == "sad"


def test_persons_do_not_mix() -> None:
    smoother = Smoother()
    smoother.update(1, scores("happy"), 0.0)
    assert smoother.update(2, scores("sad"), 0.01).emotion == "sad"
    last = smoother.last(1)
    assert last is not None
    assert last.emotion == "happy"


def test_who_left_is_forgotten() -> None:
    smoother = Smoother()
    smoother.update(1, scores("happy"), 0.0)
    smoother.update(2, scores("sad"), 0.0)
    smoother.keep_only({2})
    assert smoother.last(1) is None
    assert smoother.last(2) is not None


def test_a_clock_that_stands_still_or_steps_back_does_no_harm() -> None:
    smoother = Smoother(half_life_seconds=HALF_LIFE_SECONDS)
    for seconds in (1.0, 1.0, 0.5):
        assert smoother.update(1, scores("happy"), seconds).scores == pytest.approx(scores("happy"))


rows = st.lists(st.floats(1e-3, 1.0), min_size=7, max_size=7).map(lambda row: np.array(row) / sum(row))


@given(st.lists(st.tuples(rows, st.floats(0.0, 3.0)), min_size=1, max_size=30))
def test_scores_still_sum_to_one_after_smoothing(frames: list[tuple[Row, float]]) -> None:
    smoother, seconds = Smoother(), 0.0
    for row, pause in frames:
        seconds += pause
        smoothed = smoother.update(1, row, seconds)
        assert sum(smoothed.scores) == pytest.approx(1.0)
        assert min(smoothed.scores) >= 0.0
        assert smoothed.emotion == UNSURE or smoothed.emotion in EMOTIONS


@given(
    st.lists(st.tuples(rows, st.floats(0.0, 1.5)), min_size=1, max_size=60),
    st.floats(0.15, 0.6),
    st.floats(0.0, 0.2),
)
def test_name_number_and_longest_bar_never_disagree(
    frames: list[tuple[Row, float]], unsure_below: float, margin: float
) -> None:
    smoother, seconds = Smoother(unsure_below=unsure_below, margin=margin), 0.0
    for row, pause in frames:
        seconds += pause
        smoothed = smoother.update(1, row, seconds)
        assert smoothed.confidence == max(smoothed.scores)
        if smoothed.emotion != UNSURE:
            assert smoothed.confidence == smoothed.scores[EMOTIONS.index(smoothed.emotion)]
            assert smoothed.confidence >= unsure_below


@given(rows, st.floats(0.01, 0.9), st.integers(1, 60))
def test_the_half_life_does_not_depend_on_the_frame_rate(row: Row, span: float, steps: int) -> None:
    def after(count: int) -> tuple[float, ...]:
        smoother = Smoother(hold_seconds=0.0)  # what is held would hide the scores that are asked for
        smoother.update(1, scores("happy", 1.0), 0.0)
        for index in range(1, count + 1):
            smoothed = smoother.update(1, row, span * index / count)
        return smoothed.scores

    assert after(steps) == pytest.approx(after(1))
