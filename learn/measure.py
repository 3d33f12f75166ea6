"""How good the guesses are, in numbers: agreement, calibration and steadiness."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS
from faces.prepare import SIDE

Scores = NDArray[np.float32]  # (N, 7) probabilities
Labels = NDArray[np.int64]  # (N,) indices into EMOTIONS
Targets = NDArray[np.float32]  # (N, 7) shares that sum to 1: labels as ones and zeros, or the votes of people
Predict = Callable[[list[NDArray[np.uint8]]], Scores]

CALIBRATION_BINS = 15


@dataclass(frozen=True)
class Metrics:
    """What one set of guesses is worth against one set of labels."""

    pictures: int
    accuracy: float
    macro_f1: float  # the mean of the seven F1, so that disgust counts as much as happy
    calibration_error: float
    confusion: list[list[int]]  # [label][guess], in the order of EMOTIONS
    per_emotion: dict[str, dict[str, float]]  # precision, recall, f1, pictures


def measure(scores: Scores, labels: Labels) -> Metrics:
    """Compare (N, 7) probabilities with (N,) labels."""
    guesses = scores.argmax(1)
    confusion = np.zeros((len(EMOTIONS), len(EMOTIONS)), int)
    np.add.at(confusion, (labels, guesses), 1)
    hits, given, said = confusion.diagonal(), confusion.sum(1), confusion.sum(0)
    recall, precision = hits / np.maximum(given, 1), hits / np.maximum(said, 1)
    f1 = 2 * hits / np.maximum(given + said, 1)
    per_emotion = {
        emotion: {
            "precision": round(float(precision[i]), 4),
            "recall": round(float(recall[i]), 4),
            "f1": round(float(f1[i]), 4),
            "pictures": int(given[i]),
        }
        for i, emotion in enumerate(EMOTIONS)
    }
    return Metrics(
        pictures=len(labels),
        accuracy=float(np.mean(guesses == labels)),
        macro_f1=float(f1.mean()),
        calibration_error=calibration_error(scores, one_hot(labels)),
        confusion=confusion.tolist(),
        per_emotion=per_emotion,
    )


def agreement(scores: Scores, targets: Targets) -> NDArray[np.float64]:
    """(N,) how much of each picture's target the guess has: the share of people who say the same, or 1 or 0."""
    return np.asarray(targets[np.arange(len(targets)), scores.argmax(1)], np.float64)


def one_hot(labels: Labels) -> Targets:
    return np.eye(len(EMOTIONS), dtype=np.float32)[labels]


def reliability(scores: Scores, targets: Targets) -> list[tuple[float, float, int]]:
    """Per confidence bin that holds anything: mean confidence, mean agreement, pictures (15 equal bins from 0 to 1)."""
    confidence, agrees = scores.max(1), agreement(scores, targets)
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    found = [bins == b for b in range(CALIBRATION_BINS)]
    return [(float(confidence[b].mean()), float(agrees[b].mean()), int(b.sum())) for b in found if b.any()]


def calibration_error(scores: Scores, targets: Targets) -> float:
    """Expected calibration error with 15 equal bins (Guo et al., "On Calibration of Modern Neural Networks", 2017)."""
    rows = reliability(scores, targets)
    return sum(count * abs(confidence - agrees) for confidence, agrees, count in rows) / max(1, len(targets))


def with_temperature(scores: Scores, temperature: float) -> Scores:
    """The probabilities that the same logits give when divided by `temperature`."""
    return _softmax(np.log(np.maximum(scores, 1e-12)) / temperature)


def moved(scores: Scores, offset: Sequence[float]) -> Scores:
    """The probabilities that the same logits give with `offset` added, one number an emotion."""
    return _softmax(np.log(np.maximum(scores, 1e-12)) + np.array(offset))


def mixed(labels: Scores, people: Scores, labels_share: float) -> Scores:
    """The probabilities of both heads' logits mixed, `labels_share` of the label head's to the rest of the other's."""
    logs = [np.log(np.maximum(scores, 1e-12)) for scores in (labels, people)]
    return _softmax(labels_share * logs[0] + (1 - labels_share) * logs[1])


def _softmax(logits: NDArray[np.floating]) -> Scores:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)


def best_temperature(scores: Scores, targets: Targets) -> float:
    """The temperature with the smallest mean cross-entropy to the targets (Guo et al., 2017), to 0.01."""

    def loss(temperature: float) -> float:
        logs = np.log(np.maximum(with_temperature(scores, temperature), 1e-12))
        return float(-(targets * logs).sum(1).mean())

    return min((round(float(t), 2) for t in np.arange(0.3, 3.0, 0.01)), key=loss)


def unsure_below(scores: Scores, labels: Labels, *, half_width: float = 0.05) -> float:
    """The confidence below which a guess is wrong at least as often as right, so that "unsure" is the honest answer.

    It is the lowest threshold, in steps of 0.01, around which (within `half_width`) at least half of the guesses are
    right, and stay so at every higher one. Tenths with fewer than 20 pictures do not decide.
    """
    confidence, right = scores.max(1), scores.argmax(1) == labels
    threshold = 1 / len(EMOTIONS)
    for step in np.arange(0.15, 0.8, 0.01):
        near = np.abs(confidence - step) <= half_width
        if near.sum() >= 20 and right[near].mean() < 0.5:
            threshold = float(step) + 0.01
    return round(threshold, 2)


def disturbed(faces: NDArray[np.uint8]) -> dict[str, NDArray[np.uint8]]:
    """Eight other takes of (N, 48, 48) faces: moved by 2 pixels, scaled by 8 %, 30 % darker and brighter."""

    def moved(x: float, y: float, scale: float = 1.0) -> NDArray[np.uint8]:
        turn = np.asarray(cv2.getRotationMatrix2D(((SIDE - 1) / 2, (SIDE - 1) / 2), 0, scale), np.float64)
        turn[:, 2] += np.array((x, y))
        takes = [cv2.warpAffine(face, turn, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE) for face in faces]
        return np.stack(takes).astype(np.uint8)

    def lit(gain: float) -> NDArray[np.uint8]:
        return np.asarray(np.clip(faces * np.float32(gain), 0, 255).round(), np.uint8)

    return {
        "left": moved(-2, 0),
        "right": moved(2, 0),
        "up": moved(0, -2),
        "down": moved(0, 2),
        "larger": moved(0, 0, 1.08),
        "smaller": moved(0, 0, 0.92),
        "darker": lit(0.7),
        "brighter": lit(1.3),
    }


def label_flips(predict: Predict, faces: NDArray[np.uint8], *, count: int = 1000) -> dict[str, float]:
    """Share of `count` faces whose label changes under each of eight disturbances, their mean, and under any."""
    picked = faces[np.linspace(0, len(faces) - 1, min(count, len(faces))).astype(int)]
    before = predict(list(picked)).argmax(1)
    changed = {name: predict(list(takes)).argmax(1) != before for name, takes in disturbed(picked).items()}
    shares = {name: round(float(flips.mean()), 4) for name, flips in changed.items()}
    together = np.stack(list(changed.values()))
    return {**shares, "mean": round(float(together.mean()), 4), "any": round(float(together.any(0).mean()), 4)}


def interval(statistic: Callable[[NDArray[np.int64]], float], count: int, *, draws: int = 1000) -> list[float]:
    """The lower and upper end of the 95 % interval of a statistic over `count` pictures, to four digits.

    By the percentile bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993): `statistic` is called
    with the indices of pictures drawn with replacement. The draws are the same every time.
    """
    rng = np.random.default_rng(0)
    values = [statistic(rng.integers(0, count, count)) for _ in range(draws)]
    return [round(float(end), 4) for end in np.percentile(values, (2.5, 97.5))]


def macro_f1(guesses: Labels, labels: Labels) -> float:
    """The mean of the seven F1."""
    pairs = np.bincount(labels * len(EMOTIONS) + guesses, minlength=len(EMOTIONS) ** 2)
    confusion = pairs.reshape(len(EMOTIONS), len(EMOTIONS))
    return float((2 * confusion.diagonal() / np.maximum(confusion.sum(0) + confusion.sum(1), 1)).mean())
