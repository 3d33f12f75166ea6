"""How sure a share is, against hand-computed cases and simulated sessions whose truth is known."""

from collections.abc import Iterator

import numpy as np
import pytest
from confusions import PERFECT, TRUE_NETWORK
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from faces.emotions import EMOTIONS, LABELS, UNSURE
from timeline.intervals import Confusion, Share, estimate, student, welch_freedom
from timeline.segments import ABSENT, SEGMENT
from timeline.table import Lines

HAPPY, NEUTRAL = LABELS.index("happy"), LABELS.index("neutral")


def stretches(*pieces: tuple[str | None, float], person: int = 1) -> Lines:
    """One person's segments, one after the other: label and seconds."""
    lines = np.zeros(len(pieces), SEGMENT)
    lines["person"] = person
    lines["label"] = [ABSENT if label is None else LABELS.index(label) for label, _ in pieces]
    lines["end"] = np.cumsum([seconds for _, seconds in pieces])
    lines["start"][1:] = lines["end"][:-1]
    return lines


def shares(segments: Lines, confusion: Confusion | None = TRUE_NETWORK) -> dict[str, Share]:
    return {share.label: share for share in estimate(segments, confusion).shares()}


def test_time_in_which_nobody_was_seen_takes_no_part() -> None:
    found = estimate(stretches(("happy", 3.0), (None, 50.0), ("neutral", 1.0)), None)
    assert found.named[[HAPPY, NEUTRAL]].tolist() == [0.75, 0.25]


def test_stretches_of_one_length_count_fully_and_a_long_one_outweighs_short_ones() -> None:
    even = stretches(*[("happy", 2.0), ("sad", 2.0)] * 5)
    uneven = stretches(("happy", 97.0), ("sad", 1.0), ("fear", 1.0), ("sad", 1.0))
    assert estimate(even, None).stretches == pytest.approx(10.0)
    assert estimate(uneven, None).stretches == pytest.approx(100**2 / (97**2 + 3))  # 1.06


def test_with_a_network_that_never_errs_what_is_named_is_what_people_say() -> None:
    found = estimate(stretches(*[("happy", 3.0), ("neutral", 1.0)] * 20), PERFECT)
    assert found.people == pytest.approx(found.named[:7], abs=1e-6)
    assert found.covariance == pytest.approx(np.zeros((7, 7)), abs=1e-6)


def test_a_known_confusion_is_corrected_as_rogan_and_gladen_did() -> None:
    """Half of all "happy" is called neutral and nothing else is wrong: 20 % named happy were 40 %."""
    confusion = PERFECT.copy()
    confusion[HAPPY, [HAPPY, NEUTRAL]] = 5 * 10**8
    found = estimate(stretches(*[("happy", 1.0)] * 20, *[("neutral", 1.0)] * 80), confusion)
    assert found.people is not None and found.covariance is not None
    assert found.people[[HAPPY, NEUTRAL]] == pytest.approx([0.4, 0.6], abs=1e-6)
    # B = 2 for what is named happy; its variance comes from the happy ones alone: 0.4 * 0.5 * 0.5 / 100. One part in
    # 101 of the weights is spread evenly (see the module): 0.4 -> (0.4 * 100 + 1/7) / 101
    assert found.covariance[HAPPY, HAPPY] == pytest.approx(2**2 * (40 + 1 / 7) / 101 * 0.25 / 100, rel=1e-6)


def test_an_interval_stands_beside_each_emotion_and_none_beside_unsure() -> None:
    found = shares(stretches(*[("happy", 2.0), ("neutral", 2.0), (UNSURE, 1.0)] * 10))
    for emotion in EMOTIONS:
        low, high = found[emotion].low, found[emotion].high
        assert low is not None and high is not None
        assert 0.0 <= low <= high <= 1.0
    assert (found[UNSURE].low, found[UNSURE].high) == (None, None)


def test_without_a_measured_confusion_nothing_is_said_to_be_sure() -> None:
    found = estimate(stretches(("happy", 3.0)), None)
    assert {share.low for share in found.shares()} == {None}
    assert not found.predominant().sure


@pytest.mark.parametrize(("pairs", "sure"), [(2, False), (100, True)])
def test_the_predominant_expression_is_sure_only_with_enough_evidence(pairs: int, sure: bool) -> None:
    found = estimate(stretches(*[("happy", 3.0), ("neutral", 1.0)] * pairs), TRUE_NETWORK).predominant()
    assert (found.emotion, found.sure) == ("happy", sure)


def test_what_is_named_first_may_not_be_what_people_say_first() -> None:
    """Of the fearful, many are called neutral or sad: a little more neutral than fear is more fear than neutral."""
    found = estimate(stretches(*[("neutral", 1.1), ("fear", 1.0)] * 200), TRUE_NETWORK)
    assert found.predominant().emotion == "neutral"
    assert not found.predominant().sure


def test_nobody_and_nothing_sure_have_no_predominant_emotion() -> None:
    assert estimate(stretches((None, 5.0)), TRUE_NETWORK).predominant().emotion is None
    assert estimate(stretches((UNSURE, 5.0)), TRUE_NETWORK).predominant().emotion == UNSURE


def test_a_session_does_not_differ_from_itself_but_two_unlike_ones_do() -> None:
    happy = estimate(stretches(*[("happy", 3.0), ("neutral", 1.0)] * 60), TRUE_NETWORK)
    neutral = estimate(stretches(*[("happy", 1.0), ("neutral", 3.0)] * 60), TRUE_NETWORK)
    same, other = happy.minus(happy)[HAPPY], happy.minus(neutral)[HAPPY]
    assert same is not None and other is not None
    assert (same.value, same.sure) == (0.0, False)
    assert (other.value, other.sure) == (0.5, True)


@pytest.mark.parametrize(("freedom", "quantile"), [(2, 2.9200), (3, 2.3534), (5, 2.0150), (10, 1.8125), (1e9, 1.6449)])
def test_students_quantile_is_that_of_the_tables(freedom: float, quantile: float) -> None:
    assert student(freedom) == pytest.approx(quantile, rel=3e-3)


def test_welchs_freedom_is_that_of_a_hand_computed_case() -> None:
    """Two groups of 5 with equal variances have 8; one without variance leaves the freedom of the other."""
    assert welch_freedom(2.0, 5, 2.0, 5) == pytest.approx(8.0)
    assert welch_freedom(2.0, 5, 0.0, 50) == pytest.approx(4.0)


# --- simulated sessions with known truth ------------------------------------------------------------------


def simulated(count: int, sessions: int, seed: int) -> Iterator[tuple[NDArray[np.float64], Lines]]:
    """(what people would say, what the network named) of sessions with so many stretches of a few expressions.

    Each stretch is misread as the confusion matrix has it; neighbours with one name are one segment, as in a timeline.
    """
    random = np.random.default_rng(seed)
    chance = TRUE_NETWORK / TRUE_NETWORK.sum(axis=1, keepdims=True)
    for _ in range(sessions):
        chosen = random.choice(7, random.integers(1, 6), replace=False)
        truth = random.choice(chosen, count, p=random.dirichlet(np.ones(len(chosen))))
        lasted = random.exponential(4.0, count) + 0.3
        named = (chance[truth].cumsum(axis=1) < random.random((count, 1))).sum(axis=1).clip(0, 7)
        yield np.bincount(truth, lasted, minlength=7) / lasted.sum(), joined(named, lasted)


def joined(named: NDArray[np.int64], lasted: NDArray[np.float64]) -> Lines:
    firsts = np.flatnonzero(np.diff(named, prepend=-1))
    return stretches(*zip((LABELS[label] for label in named[firsts]), np.add.reduceat(lasted, firsts), strict=True))


@pytest.mark.parametrize(("count", "widest"), [(3, 1.0), (10, 0.75), (30, 0.55), (100, 0.35), (400, 0.2)])
def test_the_interval_covers_the_truth_nine_times_in_ten_and_narrows_with_evidence(count: int, widest: float) -> None:
    covered, widths = list[bool](), list[float]()
    for truth, segments in simulated(count, sessions=200, seed=count):
        found = estimate(segments, TRUE_NETWORK).shares()
        for share, true in zip(found, truth, strict=False):
            if true > 0:  # that nothing is shown of most expressions is easily covered: count only the others
                assert share.low is not None and share.high is not None
                covered.append(share.low - 1e-9 <= true <= share.high + 1e-9)
                widths.append(share.high - share.low)
    assert np.mean(covered) >= 0.9
    assert np.mean(widths) <= widest


def test_a_difference_covers_the_truth_nine_times_in_ten() -> None:
    covered = list[bool]()
    pairs = zip(simulated(40, 200, seed=1), simulated(60, 200, seed=2), strict=True)
    for (truth, segments), (other_truth, other) in pairs:
        found = estimate(segments, TRUE_NETWORK).minus(estimate(other, TRUE_NETWORK))
        for one, true in zip(found, truth - other_truth, strict=True):
            assert one is not None
            if true:
                covered.append(one.low - 1e-9 <= true <= one.high + 1e-9)
    assert np.mean(covered) >= 0.9


def test_sure_predominance_is_right_nine_times_in_ten() -> None:
    right = list[bool]()
    for count in (20, 60, 200):
        for truth, segments in simulated(count, sessions=100, seed=count):
            found = estimate(segments, TRUE_NETWORK).predominant()
            if found.sure:
                right.append(found.emotion == EMOTIONS[int(truth.argmax())])
    assert len(right) > 50
    assert np.mean(right) >= 0.9


pieces = st.lists(st.tuples(st.sampled_from([*LABELS, None]), st.floats(0.3, 600.0)), min_size=1, max_size=30)


@settings(max_examples=100, deadline=None)
@given(pieces)
def test_intervals_are_shares_whatever_was_seen(found: list[tuple[str | None, float]]) -> None:
    for share in estimate(stretches(*found), TRUE_NETWORK).shares():
        assert 0.0 <= share.share <= 1.0 + 1e-9
        if share.low is not None and share.high is not None:
            assert 0.0 <= share.low <= share.high <= 1.0


@settings(max_examples=50, deadline=None)
@given(pieces, st.floats(0.1, 50.0))
def test_a_slower_clock_changes_no_share(found: list[tuple[str | None, float]], factor: float) -> None:
    slower = [(label, seconds * factor) for label, seconds in found]
    for one, other in zip(shares(stretches(*found)).values(), shares(stretches(*slower)).values(), strict=True):
        assert (one.share, one.low, one.high) == pytest.approx((other.share, other.low, other.high), abs=1e-6)
