"""Sessions with known answers: who shows what for how long, played at any number of frames per second."""

from collections.abc import Mapping, Sequence

from faces.emotions import EMOTIONS, UNSURE
from faces.records import Box, Face
from timeline.timeline import Timeline

Pieces = Sequence[tuple[float, Mapping[int, str]]]
"""One after the other: seconds, and what each person shows meanwhile."""


def face(person: int, emotion: str, confidence: float = 0.7, quality: str = "good") -> Face:
    strongest = "neutral" if emotion == UNSURE else emotion
    rest = (1.0 - confidence) / 6
    scores = tuple(confidence if name == strongest else rest for name in EMOTIONS)
    return Face(person, Box(10 * person, 20, 50, 60), emotion, confidence, scores, quality)


def play(pieces: Pieces, fps: float, **options: float) -> Timeline:
    """A timeline of the pieces, sampled at fps frames per second."""
    timeline = Timeline(**options)  # type: ignore[arg-type]
    total = sum(seconds for seconds, _ in pieces)
    for index in range(round(total * fps)):
        at, position = index / fps, 0.0
        for seconds, shown in pieces:
            position += seconds
            if at < position - 1e-9:
                timeline.add_faces(at, [face(*one) for one in shown.items()])
                break
    return timeline
