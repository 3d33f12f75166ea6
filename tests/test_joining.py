"""How the heads are joined and what is unsure follows the stated rule, on answers made up for it."""

from dataclasses import replace

import numpy as np
import pytest

from learn.dataset import Split
from learn.joining import MAJORITY_COST, calibration_of, find_joining, labels_offset, said_of
from learn.measure import mixed, moved, one_hot, with_temperature


def made_up(count: int = 4000) -> tuple[np.ndarray, np.ndarray, Split]:
    """A label head that knows the labels, a people's head that knows the votes, both mostly, and where they differ."""
    rng = np.random.default_rng(0)
    majority = rng.integers(0, 7, count)
    labels = np.where(rng.random(count) < 0.3, rng.integers(0, 7, count), majority)

    def head(truth: np.ndarray) -> np.ndarray:
        logits = rng.normal(0, 1, (count, 7)) + 3 * one_hot(truth)
        powers = np.exp(logits)
        return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)

    votes = np.zeros((count, 10), np.float32)
    votes[np.arange(count), majority] = 8
    votes[np.arange(count), (majority + 1) % 7] += 2
    images = np.zeros((count, 48, 48), np.uint8)
    return head(labels), head(majority), Split(images, labels, [""] * count, votes)


def test_the_label_head_has_the_largest_share_that_costs_no_more_than_the_rule_allows() -> None:
    labels, people, part = made_up()
    found = find_joining(labels, people, part)
    calm = (with_temperature(labels, found.labels_temperature), with_temperature(people, found.people_temperature))

    def agreement(share: float) -> float:
        return float(np.mean(mixed(*calm, share).argmax(1) == part.majority()))

    assert 0 < found.labels_share < 1
    assert agreement(found.labels_share) >= agreement(0) - MAJORITY_COST
    assert agreement(found.labels_share + 0.05) < agreement(0) - MAJORITY_COST


def test_the_label_head_gets_more_where_more_may_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    shares = []
    for cost in (0.0, 0.05, 0.2):
        monkeypatch.setattr("learn.joining.MAJORITY_COST", cost)
        shares.append(find_joining(*made_up()).labels_share)
    assert shares[0] < shares[1] < shares[2]


def test_without_votes_both_heads_count_alike() -> None:
    labels, people, part = made_up(500)
    assert find_joining(labels, people, Split(part.images, part.labels, part.names)).labels_share == 0.5


def test_no_other_temperature_brings_the_joined_answer_closer_to_the_votes() -> None:
    labels, people, part = made_up()
    found = find_joining(labels, people, part)
    calm = (with_temperature(labels, found.labels_temperature), with_temperature(people, found.people_temperature))
    votes = np.asarray(part.votes)[:, :7] / 10

    def distance(temperature: float) -> float:
        joined = with_temperature(mixed(*calm, found.labels_share), temperature)
        return float(-(votes * np.log(joined)).sum(1).mean())

    best = found.joined_temperature
    assert distance(best) < min(distance(best - 0.1), distance(best + 0.1))


def test_what_is_said_of_a_majority_is_counted_with_unsure_last() -> None:
    scores = np.array([[0.9, 0.1, 0, 0, 0, 0, 0], [0.3, 0.3, 0.4, 0, 0, 0, 0], [0, 0, 0.8, 0.2, 0, 0, 0]], np.float32)
    counts = np.array(said_of(scores, np.array([0, 0, 3]), 0.5))
    assert counts.shape == (7, 8)
    assert counts[0].tolist() == [1, 0, 0, 0, 0, 0, 0, 1]
    assert counts[3, 2] == counts[3].sum() == 1


def test_the_calibration_counts_only_pictures_with_a_majority() -> None:
    labels, people, part = made_up(500)
    votes = np.array(part.votes)
    votes[:100] = 1  # ten people, seven opinions
    some = Split(part.images, part.labels, part.names, votes)
    found = calibration_of(people, some, find_joining(labels, people, some))
    assert found.confusion is not None
    assert sum(map(sum, found.confusion)) == 400
    alone = Split(part.images, part.labels, part.names)
    assert calibration_of(people, alone, find_joining(labels, people, alone)).confusion is None


def test_the_label_head_says_each_emotion_as_often_as_the_labels_do() -> None:
    """On answers that are right but for their frequencies, by Bayes' rule worked out beforehand."""
    rng = np.random.default_rng(0)
    labels = rng.choice(7, 20_000, p=(0.3, 0.02, 0.08, 0.2, 0.1, 0.2, 0.1))
    likelihoods = np.exp(rng.normal(0, 1, (len(labels), 7)) + 3 * one_hot(labels))
    said = np.asarray(likelihoods / likelihoods.sum(1, keepdims=True), np.float32)  # as if all were equally frequent
    frequencies = np.bincount(labels, minlength=7) / len(labels)
    once = moved(said, labels_offset(said, labels))
    assert np.abs(once.mean(0) - frequencies).max() < np.abs(said.mean(0) - frequencies).max() / 2
    assert np.mean(once.argmax(1) == labels) > np.mean(said.argmax(1) == labels)


def test_the_offset_is_the_logarithm_of_what_the_labels_are_of_what_is_said() -> None:
    said = np.tile(np.array([[0.1, 0.1, 0.1, 0.2, 0.3, 0.1, 0.1]], np.float32), (7, 1))
    labels = np.array([0, 0, 3, 3, 4, 5, 6])  # nobody is disgusted or afraid
    expected = [3 / 14 / 0.1, 1 / 14 / 0.1, 1 / 14 / 0.1, 3 / 14 / 0.2, 2 / 14 / 0.3, 2 / 14 / 0.1, 2 / 14 / 0.1]
    assert labels_offset(said, labels) == pytest.approx(np.log(expected), abs=1e-3)


def test_the_offset_goes_before_the_temperature_and_into_both_answers() -> None:
    labels, people, part = made_up(1000)
    offset = (0.5, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert find_joining(labels, people, part, offset).labels_offset == offset
    assert find_joining(labels, people, part, offset) == replace(
        find_joining(moved(labels, offset), people, part), labels_offset=offset
    )
