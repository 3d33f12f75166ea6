"""Audiences and crowds with known answers."""

from collections.abc import Callable, Sequence

import numpy as np

from faces.emotions import EMOTIONS, LABELS
from timeline.record import Gap, Record
from timeline.seconds import SECOND
from timeline.segments import SEGMENT

ANGRY, HAPPY, NEUTRAL = EMOTIONS.index("angry"), EMOTIONS.index("happy"), EMOTIONS.index("neutral")


def audience(people: int, seconds: int, happy: Callable[[int, int], float]) -> Record:
    """Everybody in sight all the time; happy(person, second) is the probability of happy, the rest is neutral."""
    lines = np.zeros(people * seconds, SECOND)
    lines["second"] = np.repeat(np.arange(seconds), people)
    lines["person"] = np.tile(np.arange(1, people + 1), seconds)
    lines["seen"] = lines["good"] = 1.0
    share = [happy(person, second) for second, person in lines[["second", "person"]].tolist()]
    lines["scores"][:, HAPPY] = share
    lines["scores"][:, NEUTRAL] = 1.0 - lines["scores"][:, HAPPY]
    lines["labels"][:, HAPPY] = lines["scores"][:, HAPPY] >= 0.5
    lines["labels"][:, NEUTRAL] = lines["scores"][:, HAPPY] < 0.5
    return Record(0.0, float(seconds), lines, _segments(people, seconds, lines))


def _segments(people: int, seconds: int, lines: np.ndarray) -> np.ndarray:
    """Each second a segment of its own: as many stretches as there can be."""
    found = np.zeros(people * seconds, SEGMENT)
    found["person"] = lines["person"]
    found["label"] = np.where(lines["labels"][:, HAPPY] > 0, LABELS.index("happy"), LABELS.index("neutral"))
    found["start"], found["end"] = lines["second"], lines["second"] + 1.0
    return found[np.lexsort((found["start"], found["person"]))]


def crowd(angry: Sequence[float | None], faces: int = 10, gaps: tuple[Gap, ...] = ()) -> Record:
    """For each second the share of the faces that are angry, the others neutral; None: two faces only."""
    lines = []
    for second, share in enumerate(angry):
        for person in range(1, (2 if share is None else faces) + 1):
            labels = np.zeros(len(LABELS))
            labels[ANGRY] = 1.0 if share is None else share
            labels[NEUTRAL] = 1.0 - labels[ANGRY]
            lines.append((second, person, 1.0, 1.0, labels, labels[:7]))
    return Record(0.0, float(len(angry)), np.array(lines, SECOND), gaps=gaps)
