"""The lines of the table: one face at one sample; kept in memory as plain numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from faces.emotions import LABELS
from faces.records import Box, Face
from faces.shapes import DECIMALS


@dataclass(frozen=True, slots=True)
class Row:
    """One face at one sample, or one sample with nobody in it: a line of the table."""

    seconds: float  # rounded to microseconds
    face: Face | None  # confidence and scores rounded to four decimals; the box without its angle


class RowStore:
    """Rows in blocks of plain numbers, 40 bytes each instead of a kilobyte of objects."""

    BLOCK = 4096
    LAYOUT = np.dtype(
        [
            ("seconds", "f8"),
            ("person", "i4"),
            ("box", "i2", 4),
            ("label", "i1"),
            ("quality", "u1"),
            ("scores", "u2", 8),  # confidence, then the seven
        ]
    )
    NOBODY = -1  # in "label"

    def __init__(self) -> None:
        self._blocks: list[np.ndarray] = []
        self._count = 0
        self._qualities: list[str] = []

    def extend(self, rows: Sequence[Row]) -> None:
        for row in rows:
            place = self._count % self.BLOCK
            if place == 0:
                self._blocks.append(np.zeros(self.BLOCK, self.LAYOUT))
            self._blocks[-1][place] = self._pack(row)
            self._count += 1

    def __iter__(self) -> Iterator[Row]:
        for index in range(self._count):
            yield self._unpack(self._blocks[index // self.BLOCK][index % self.BLOCK])

    def _pack(self, row: Row) -> tuple[object, ...]:
        face = row.face
        if face is None:
            return (row.seconds, 0, (0, 0, 0, 0), self.NOBODY, 0, (0,) * 8)
        if face.quality not in self._qualities:
            self._qualities.append(face.quality)
        box = (face.box.x, face.box.y, face.box.width, face.box.height)
        scores = [round(value * 10**DECIMALS) for value in (face.confidence, *face.scores)]
        label, quality = LABELS.index(face.emotion), self._qualities.index(face.quality)
        return (row.seconds, face.person, box, label, quality, scores)

    def _unpack(self, packed: np.void) -> Row:
        seconds = float(packed["seconds"])
        if packed["label"] == self.NOBODY:
            return Row(seconds, None)
        confidence, *scores = (value / 10**DECIMALS for value in packed["scores"].tolist())
        emotion, quality = LABELS[packed["label"]], self._qualities[packed["quality"]]
        box = Box(*packed["box"].tolist())
        return Row(seconds, Face(int(packed["person"]), box, emotion, confidence, tuple(scores), quality))
