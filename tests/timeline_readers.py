"""Read back what timeline/export.py wrote: the tests compare it with what was written."""

import json
import math
from collections.abc import Iterable
from typing import TextIO

from played import KeepingTimeline

from faces.errors import InputError
from timeline.again import add_rows
from timeline.export import VERSION, TableWriter, _row, read_csv_rows
from timeline.rows import Row


def write_csv(file: TextIO, rows: Iterable[Row]) -> None:
    """The whole table; without rows it is the line of column names."""
    TableWriter(file).write(rows)


def read_csv(file: TextIO, *, stable_seconds: float = 0.3, longest_step_seconds: float = math.inf) -> KeepingTimeline:
    """The same timeline again; a table does not carry the two settings, so give unusual ones, nor the session's end."""
    timeline = KeepingTimeline(stable_seconds=stable_seconds, longest_step_seconds=longest_step_seconds)
    add_rows(timeline, read_csv_rows(file))
    return timeline


def read_json(file: TextIO) -> KeepingTimeline:
    """The same timeline again."""
    try:
        data = json.load(file)
        if data["version"] != VERSION:
            found = data["version"]
            raise InputError(f"This timeline has version {found!r}, not {VERSION}. Export it again.")
        longest = data["longest_step_seconds"]
        rows = (_row(["" if cell is None else cell for cell in row]) for row in data["rows"])
        timeline = KeepingTimeline(
            stable_seconds=data["stable_seconds"], longest_step_seconds=math.inf if longest is None else longest
        )
        add_rows(timeline, rows)
        timeline.end_at(data["coverage"]["end"])
        return timeline
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(f"This timeline cannot be read: {error!r}. Export it again.") from error
