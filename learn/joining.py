"""What the validation pictures decide once the weights are learned: how the heads are joined, and what is unsure."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS
from learn.dataset import Split
from learn.measure import Labels, Scores, best_temperature, mixed, moved, one_hot, unsure_below, with_temperature
from learn.network import Joining
from learn.targets import vote_shares

MAJORITY_COST = 0.015
"""How much of the people's head's agreement with the majority is traded for what the label head finds."""


@dataclass(frozen=True)
class Calibration:
    """What stands beside the architecture in `model.json`, for the joined answer."""

    labels_share: float
    joined_temperature: float
    unsure_below: float  # confidence
    share_unsure: float
    accuracy_when_sure: float  # on the original labels
    confusion: list[list[int]] | None  # [people's majority][what is said, "unsure" last], pictures; None without votes


def labels_offset(said: Scores, labels: Labels) -> tuple[float, ...]:
    """What to add to the label head's logits, so that it says each emotion as often as the labels of these pictures.

    It is taught votes and teachers' answers along with the labels, and these call more faces neutral. Seven logarithms
    of what the labels' frequency is of the head's mean probability (M. Saerens, P. Latinne, C. Decaestecker: "Adjusting
    the outputs of a classifier to new a priori probabilities", Neural Computation 14, 2002, equation 2.4). One picture
    more of each emotion is assumed, so that an emotion without any pictures has a frequency.
    said: (N, 7) the head's uncalibrated answers to the training pictures; labels: (N,) theirs.
    """
    frequencies = (np.bincount(labels, minlength=len(EMOTIONS)) + 1) / (len(labels) + len(EMOTIONS))
    return tuple(round(float(each), 4) for each in np.log(frequencies / said.mean(0)))


def find_joining(
    labels: Scores, people: Scores, part: Split, offset: tuple[float, ...] = Joining.labels_offset
) -> Joining:
    """The temperatures and the share that fit both heads' uncalibrated answers to `part`.

    offset: of the label head's logits, as `labels_offset` finds it. The label head's confidence should equal the share
    of labels that it matches, that of the others the share of people who say the same. The label head gets the largest
    share, in steps of 0.05, with which the joined answer agrees with people's majority at most MAJORITY_COST less often
    than the people's head alone; half where there are no votes.
    """
    voted, votes = vote_shares(part)
    labels = moved(labels, offset)
    found = Joining(
        labels_offset=offset,
        labels_temperature=best_temperature(labels, one_hot(part.labels)),
        people_temperature=best_temperature(people[voted], votes[voted]),
    )
    labels = with_temperature(labels, found.labels_temperature)
    people = with_temperature(people, found.people_temperature)
    share = _labels_share(labels, people, part.majority())
    both = mixed(labels, people, share)
    return replace(found, labels_share=share, joined_temperature=best_temperature(both[voted], votes[voted]))


def _labels_share(labels: Scores, people: Scores, majority: NDArray[np.int64]) -> float:
    clear = majority >= 0
    if not clear.any():
        return 0.5

    def agreement(share: float) -> float:
        return float(np.mean(mixed(labels[clear], people[clear], share).argmax(1) == majority[clear]))

    least = agreement(0.0) - MAJORITY_COST
    return max(share for share in (round(0.05 * step, 2) for step in range(21)) if agreement(share) >= least)


def calibration_of(joined: Scores, part: Split, joining: Joining) -> Calibration:
    """What the joined, calibrated answers to `part` tell about later ones.

    In front of a camera, what people would say counts: where there is a majority, it decides what is unsure.
    """
    majority = part.majority()
    clear = majority >= 0
    decided = clear if clear.any() else np.ones(len(part), bool)
    truth = np.where(clear, majority, part.labels)
    threshold = unsure_below(joined[decided], truth[decided])
    sure = joined.max(1) >= threshold
    right = joined.argmax(1) == part.labels
    return Calibration(
        labels_share=joining.labels_share,
        joined_temperature=joining.joined_temperature,
        unsure_below=threshold,
        share_unsure=round(float(1 - sure.mean()), 4),
        accuracy_when_sure=round(float(right[sure].mean()), 4) if sure.any() else 0.0,
        confusion=said_of(joined[clear], majority[clear], threshold) if clear.any() else None,
    )


def said_of(scores: Scores, majority: NDArray[np.int64], threshold: float) -> list[list[int]]:
    """[people's majority][what is said] in pictures: the seven emotions, then "unsure" below the threshold."""
    said = np.where(scores.max(1) >= threshold, scores.argmax(1), len(EMOTIONS))
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS) + 1), int)
    np.add.at(counts, (majority, said), 1)
    return [list(map(int, row)) for row in counts]
