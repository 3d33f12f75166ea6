"""Labelled pictures in memory, and which of them occur twice; `learn/reading.py` reads them from files."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS
from faces.errors import DatasetError

KNOWN_TRAINING_COUNTS = {
    "surprise": 3171,
    "happy": 7215,
    "neutral": 4965,
    "angry": 3995,
    "sad": 4830,
    "disgust": 436,
    "fear": 4097,
}
"""Pictures per emotion in FER2013's Training part; the rest (Public and Private test) are 7,178."""


@dataclass(frozen=True)
class Split:
    """The pictures of one part of a dataset, all in the same order."""

    images: NDArray[np.uint8]  # (N, 48, 48) grey
    labels: NDArray[np.int64]  # (N,) indices into EMOTIONS
    names: list[str]
    votes: NDArray[np.float32] | None = None  # (N, 10): people's votes for EMOTIONS, then contempt, unknown, not a face

    def __len__(self) -> int:
        return len(self.labels)

    def counts(self) -> dict[str, int]:
        return {emotion: int(np.sum(self.labels == i)) for i, emotion in enumerate(EMOTIONS)}

    def majority(self) -> NDArray[np.int64]:
        """(N,) the emotion that more than half of all votes name, or -1 where there is none."""
        if self.votes is None:
            return np.full(len(self), -1)
        emotions = self.votes[:, : len(EMOTIONS)]
        clear = emotions.max(1) > self.votes.sum(1) / 2
        return np.where(clear, emotions.argmax(1), -1)


@dataclass(frozen=True)
class Dataset:
    splits: dict[str, Split]
    problems: list[str] = field(default_factory=list)  # unreadable or blank pictures, which were left out

    def __getitem__(self, split: str) -> Split:
        if split not in self.splits:
            have = ", ".join(self.splits) or "none"
            raise DatasetError(
                f"The data has no {split!r} part (it has: {have}). "
                "Expected folders train/ and validation/ (or test/), or a Usage column in the CSV file."
            )
        return self.splits[split]

    def measured_on(self) -> str:
        """The part to choose weights on: validation, else test."""
        return "validation" if "validation" in self.splits else "test"


def twins(part: Split, of: Split, *, likeness: float = 0.995) -> NDArray[np.bool_]:
    """(N,) whether a picture of `part` has a twin in `of`: their 16x16 copies correlate by at least `likeness`.

    1.0 is the same picture apart from brightness and contrast; re-compressed or slightly moved copies fall below.
    """

    def vectors(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        small = images.reshape(len(images), 16, 3, 16, 3).mean((2, 4), dtype=np.float32).reshape(len(images), -1)
        small -= small.mean(1, keepdims=True)
        return np.asarray(small / np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-6), np.float32)

    a, b = vectors(part.images), vectors(of.images)
    best = np.concatenate([(a[i : i + 512] @ b.T).max(1) for i in range(0, len(a), 512)])
    return np.asarray(best >= likeness)
