"""About a second of frames as compressed bytes: every face of every sample.

Format 1, little-endian. A head (`_HEAD`), the names of the qualities, then zlib over these columns, one after the
other: microseconds since the sample before, faces of each sample, the person of each face; then, with the faces ordered
by person so that neighbours are alike, the differences to the face before of x, y, width, height and six scores, the
seventh score as what is missing to 1, the confidence as its difference to the highest score, label and quality. Bytes
of equal rank stand together. Scores are whole ten-thousandths, as the timeline rounds them, so that nothing is lost.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS, LABELS
from faces.errors import StoreError
from faces.records import Box, Face
from faces.shapes import DECIMALS
from timeline.rows import Row

FORMAT = 1

_HEAD = struct.Struct("<IIqH")  # samples, faces, microseconds of the first sample, bytes of the qualities' names

_LEVEL = 6  # of zlib: 9 makes 1 % less of it in twice the time

_ONE = 10**DECIMALS
_MICRO = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Every face of some samples, as columns; the faces of a sample follow each other."""

    seconds: NDArray[np.float64]  # (samples,) inside the session
    counts: NDArray[np.int64]  # (samples,) faces of each
    person: NDArray[np.int64]  # (faces,)
    box: NDArray[np.int64]  # (faces, 4) x, y, width, height
    label: NDArray[np.int64]  # (faces,) places in LABELS
    confidence: NDArray[np.float64]  # (faces,)
    scores: NDArray[np.float64]  # (faces, 7)
    quality: tuple[str, ...]  # (faces,)

    def rows(self) -> Iterator[Row]:
        """The same as rows of a timeline."""
        boxes, scores = self.box.tolist(), self.scores.tolist()
        columns = zip(
            self.person.tolist(),
            boxes,
            self.label.tolist(),
            self.confidence.tolist(),
            scores,
            self.quality,
            strict=True,
        )
        for seconds, count in zip(self.seconds.tolist(), self.counts.tolist(), strict=True):
            if count == 0:
                yield Row(seconds, None)
            for _ in range(count):
                person, box, label, confidence, seven, quality = next(columns)
                yield Row(seconds, Face(person, Box(*box), LABELS[label], confidence, tuple(seven), quality))


def pack(rows: Sequence[Row]) -> bytes:
    """Rows of a timeline, in its order, as bytes of this format."""
    faces = [row.face for row in rows if row.face is not None]
    times, counts = _samples(rows)
    qualities = sorted({face.quality for face in faces})
    names = "\0".join(qualities).encode()
    columns = [
        _shuffled(np.diff(times, prepend=times[:1]), "<u4"),
        _shuffled(counts, "<u2"),
        _shuffled(np.array([face.person for face in faces]), "<u4"),
        *_face_columns(faces, qualities),
    ]
    first = int(times[0]) if len(times) else 0
    return _HEAD.pack(len(times), len(faces), first, len(names)) + names + zlib.compress(b"".join(columns), _LEVEL)


def unpack(frames: bytes, format_number: int = FORMAT) -> Frames:
    """The frames that pack() was given; StoreError where these bytes are damaged or of a newer format."""
    if format_number != FORMAT:
        raise StoreError(f"These frames have format {format_number}, this program reads {FORMAT}. Update the program.")
    try:
        samples, faces, first, length = _HEAD.unpack_from(frames)
        names = frames[_HEAD.size : _HEAD.size + length].decode().split("\0")
        columns = _Columns(zlib.decompress(frames[_HEAD.size + length :]))
        return _frames(columns, samples, faces, first, names)
    except (struct.error, zlib.error, ValueError, IndexError) as error:
        raise StoreError(
            f"Frames of this session are damaged: {error}. Its answers and seconds.csv do not need them."
        ) from error


def _samples(rows: Sequence[Row]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(microseconds of each sample, faces of each sample)."""
    times = np.array([round(row.seconds * _MICRO) for row in rows], np.int64)
    starts = np.flatnonzero(np.diff(times, prepend=-1))
    counts = np.diff(starts, append=len(rows))
    nobody = np.array([row.face is None for row in rows], bool)
    return times[starts], np.where(nobody[starts], 0, counts)


def _face_columns(faces: Sequence[Face], qualities: Sequence[str]) -> Iterator[bytes]:
    order = np.argsort([face.person for face in faces], kind="stable")
    boxes = np.array([(f.box.x, f.box.y, f.box.width, f.box.height) for f in faces], np.int64).reshape(-1, 4)[order]
    scores = _whole([face.scores for face in faces]).reshape(-1, len(EMOTIONS))[order]
    confidence = _whole([face.confidence for face in faces])[order]
    for column in (*boxes.T, *scores.T[:-1]):
        yield _shuffled(np.diff(column, prepend=0), "<i4")
    yield _shuffled(scores.sum(axis=1) - _ONE, "<i4")
    yield _shuffled(confidence - scores.max(axis=1, initial=0), "<i2")
    yield _shuffled(np.array([LABELS.index(face.emotion) for face in faces], np.int64)[order], "<u1")
    yield _shuffled(np.array([qualities.index(face.quality) for face in faces], np.int64)[order], "<u1")


def _whole(values: Sequence[object]) -> NDArray[np.int64]:
    whole: NDArray[np.int64] = np.rint(np.array(values, np.float64) * _ONE).astype(np.int64)
    return whole


def _shuffled(column: NDArray[np.int64], layout: str) -> bytes:
    narrow = column.astype(layout)
    return narrow.view(np.uint8).reshape(-1, narrow.itemsize).T.tobytes()


class _Columns:
    """Reads columns one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = np.frombuffer(data, np.uint8)
        self._place = 0

    def next(self, layout: str, count: int) -> NDArray[np.int64]:
        size = np.dtype(layout).itemsize
        part = self._data[self._place : self._place + count * size]
        self._place += count * size
        column: NDArray[np.int64] = (
            np.ascontiguousarray(part.reshape(size, count).T).view(layout)[:, 0].astype(np.int64)
        )
        return column


def _frames(columns: _Columns, samples: int, faces: int, first: int, names: Sequence[str]) -> Frames:
    seconds = (np.cumsum(columns.next("<u4", samples)) + first) / _MICRO
    counts, person = columns.next("<u2", samples), columns.next("<u4", faces)
    order = np.argsort(person, kind="stable")
    places = np.empty_like(order)
    places[order] = np.arange(faces)
    running = np.array([np.cumsum(columns.next("<i4", faces)) for _ in range(4 + len(EMOTIONS) - 1)])
    six = running[4:]
    scores = np.vstack([six, columns.next("<i4", faces) + _ONE - six.sum(axis=0)]).T
    confidence = columns.next("<i2", faces) + scores.max(axis=1, initial=0)
    label, quality = columns.next("<u1", faces), columns.next("<u1", faces)
    return Frames(
        seconds=seconds,
        counts=counts,
        person=person,
        box=running[:4].T[places],
        label=label[places],
        confidence=confidence[places] / _ONE,
        scores=scores[places] / _ONE,
        quality=tuple(names[number] for number in quality[places].tolist()),
    )
