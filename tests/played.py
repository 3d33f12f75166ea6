"""Sessions with known answers: who shows what for how long, played at any number of frames per second."""

from collections.abc import Mapping, Sequence

from faces.emotions import EMOTIONS, UNSURE
from faces.records import Box, Face
from timeline.rows import Row
from timeline.timeline import Timeline

Pieces = Sequence[tuple[float, Mapping[int, str]]]
"""One after the other: seconds, and what each person shows meanwhile."""


def face(person: int, emotion: str, confidence: float = 0.7, quality: str = "good") -> Face:
    strongest = "neutral" if emotion == UNSURE else emotion
    rest = (1.0 - confidence) / 6
    scores = tuple(confidence if name == strongest else rest for name in EMOTIONS)
    return Face(person, Box(10 * person, 20, 50, 60), emotion, confidence, scores, quality)


class KeepingTimeline(Timeline):
    """Keeps the rows that it returns, as a caller would who writes them down."""

    def __init__(self, **options: float) -> None:
        super().__init__(**options)
        self._rows: list[Row] = []

    def add_faces(self, seconds: float, faces: Sequence[Face]) -> list[Row]:
        rows = super().add_faces(seconds, faces)
        self._rows += rows
        return rows

    def rows(self) -> list[Row]:
        """Every row so far, in order."""
        return self._rows


def play(pieces: Pieces, fps: float, **options: float) -> KeepingTimeline:
    """A timeline of the pieces, sampled at fps frames per second."""
    timeline = KeepingTimeline(**options)
    total = sum(seconds for seconds, _ in pieces)
    for index in range(round(total * fps)):
        at, position = index / fps, 0.0
        for seconds, shown in pieces:
            position += seconds
            if at < position - 1e-9:
                timeline.add_faces(at, [face(*one) for one in shown.items()])
                break
    return timeline
