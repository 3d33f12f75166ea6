"""Every frame of a session as Parquet, for those who have pyarrow installed (requirements-parquet.txt)."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

from faces.errors import SettingsError
from sessions.chunk import Frames
from sessions.export import frame_lines
from sessions.values import Saved
from timeline.export import COLUMNS

FRAMES_AT_A_TIME = 600
"""Chunks of about half a second in one row group: some minutes."""


def frames_parquet(saved: Saved, frames: Iterable[Frames]) -> Iterator[bytes]:
    """The columns of timeline.csv with their types; SettingsError where pyarrow is missing."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise SettingsError(
            "Parquet needs pyarrow. Install it: pip install -r requirements-parquet.txt, or take timeline.csv."
        ) from error
    return _written(pyarrow, saved, frames)


def _written(arrow: Any, saved: Saved, frames: Iterable[Frames]) -> Iterator[bytes]:
    sink = _Sink()
    schema = arrow.schema([(name, _type(arrow, name)) for name in COLUMNS])
    with arrow.parquet.ParquetWriter(arrow.PythonFile(sink, "w"), schema, compression="zstd") as writer:
        for group in _grouped(frames):
            lines = [line for one in group for line in frame_lines(saved, one, nothing=None)]
            columns = [list(column) for column in zip(*lines, strict=True)]
            writer.write_table(
                arrow.table([arrow.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
            )
            yield sink.take()
    yield sink.take()


def _grouped(frames: Iterable[Frames]) -> Iterator[list[Frames]]:
    group: list[Frames] = []
    for one in frames:
        group.append(one)
        if len(group) == FRAMES_AT_A_TIME:
            yield group
            group = []
    if group:
        yield group


def _type(arrow: Any, name: str) -> Any:
    if name in ("time", "emotion", "quality"):
        return arrow.string()
    if name in ("person", "x", "y", "width", "height"):
        return arrow.int32()
    return arrow.float64() if name == "seconds" else arrow.float32()


class _Sink(io.RawIOBase):
    """Takes what the writer writes, and gives it away piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._place = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        self._place += len(self._pieces[-1])
        return len(self._pieces[-1])

    def tell(self) -> int:
        return self._place

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken
