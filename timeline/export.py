"""Write a timeline to an open file, as a table or as JSON, and read the rows of a table back."""

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, TextIO

from faces.affect import arousal, valence
from faces.emotions import EMOTIONS, LABELS
from faces.errors import InputError
from faces.records import Box, Face
from faces.shapes import DECIMALS
from timeline.questions import Moment, PersonSummary, moments, shares_per_second, summaries
from timeline.rows import Row
from timeline.segments import Segment
from timeline.timeline import Timeline

VERSION = 1
"""Of the JSON: raised when a reader of the old one would misunderstand the new one."""

COLUMNS = (
    *("seconds", "time", "person", "x", "y", "width", "height", "emotion", "confidence"),
    *EMOTIONS,
    *("valence", "arousal", "quality"),
)
NO_FACE = "no face"
"""What the column "quality" says where nobody was seen; all columns about a face are empty there."""


def clock(seconds: float) -> str:
    """A time as a person writes it: 0:01:02.500."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def short_clock(seconds: float, *, tenths: bool = True) -> str:
    """The same with less to read: 1:02.5, or 1:00:02."""
    hours, minutes, rest = clock(seconds).split(":")
    if hours != "0":
        return f"{hours}:{minutes}:{rest[:2]}"
    return f"{int(minutes)}:{rest[:4] if tenths else rest[:2]}"


class TableWriter:
    """Writes rows as they come, so that no recording is too long."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def write(self, rows: Iterable[Row]) -> None:
        """Append rows."""
        self._writer.writerows(map(_cells, rows))


def read_csv_rows(file: TextIO) -> Iterator[Row]:
    """The rows of a table that was written here."""
    reader = csv.reader(file)
    if tuple(next(reader, ())) != COLUMNS:
        raise InputError("This is not a timeline: its columns are not the expected ones. Export it again.")
    for number, cells in enumerate(reader, start=2):
        try:
            yield _row(cells)
        except (ValueError, IndexError) as error:
            raise InputError(f"Line {number} of this timeline cannot be read: {error}. Export it again.") from error


def write_json(
    file: TextIO,
    timeline: Timeline,
    rows: Iterable[Row],
    *,
    about: dict[str, object] | None = None,
    uses: Mapping[str, object] | None = None,
) -> None:
    """Answers first, then every row as a list in the order of "columns", one row a line.

    `about` is whatever the caller wants to say about source and settings, `uses` what `timeline.uses` answer by their
    names; both must be JSON.
    """
    head = json.dumps(_answers(timeline, about or {}) | {"uses": uses or {}}, ensure_ascii=False, indent=1)
    file.write(head[: head.rindex("\n")] + ',\n "rows": [')
    separator = "\n"
    for row in rows:
        file.write(separator + "  " + json.dumps(_values(row)))
        separator = ",\n"
    file.write("\n ]\n}\n")


def _values(row: Row) -> list[object]:
    face = row.face
    if face is None:
        return [row.seconds, clock(row.seconds), *[None] * (len(COLUMNS) - 3), NO_FACE]
    box = face.box
    derived = (round(valence(face.scores), DECIMALS), round(arousal(face.scores), DECIMALS))
    where = (box.x, box.y, box.width, box.height)
    what = (face.emotion, face.confidence, *face.scores, *derived, face.quality)
    return [row.seconds, clock(row.seconds), face.person, *where, *what]


def _cells(row: Row) -> list[object]:
    return ["" if value is None else value for value in _values(row)]


def _row(cells: list[Any]) -> Row:
    seconds, _, person, x, y, width, height, emotion, confidence, *rest = cells
    *scores, _, _, quality = rest
    if person == "":
        return Row(float(seconds), None)
    if emotion not in LABELS or len(scores) != len(EMOTIONS):
        raise ValueError(f"{emotion!r} with {len(scores)} scores")
    box = Box(int(x), int(y), int(width), int(height))
    face = Face(int(person), box, emotion, float(confidence), tuple(map(float, scores)), quality)
    return Row(float(seconds), face)


def _answers(timeline: Timeline, about: dict[str, object]) -> dict[str, object]:
    coverage, segments = timeline.coverage(), timeline.segments()
    everybody, persons = summaries(timeline)
    longest = timeline.longest_step_seconds
    return {
        "version": VERSION,
        "about": about,
        "stable_seconds": timeline.stable_seconds,
        "longest_step_seconds": None if math.isinf(longest) else longest,
        "coverage": asdict(coverage),
        "everybody": summary_values(everybody),
        "persons": [summary_values(person) for person in persons],
        "moments": [_moment_values(moment) for moment in moments(segments)],
        "segments": [_segment_values(segment) for segment in segments],
        "per_second": _per_second(timeline, segments),
        "columns": list(COLUMNS),
    }


def _per_second(timeline: Timeline, segments: list[Segment]) -> list[dict[str, object]]:
    coverage = timeline.coverage()
    groups = shares_per_second(segments, coverage.start, coverage.end)
    return [
        {
            "second": curve.second,
            "faces": _short(curve.faces),
            "amusement": _short(curve.amusement),
            "intensity": _short(curve.intensity),
            "shares": {emotion: _short(share) for emotion, share in group.items() if share},
        }
        for curve, group in zip(timeline.curves(), groups, strict=True)
    ]


def summary_values(summary: PersonSummary) -> dict[str, object]:
    """A summary as JSON has it."""
    return {
        "person": summary.person,
        "seconds": _short(summary.seconds),
        "predominant": summary.predominant,
        "shares": {emotion: _short(share) for emotion, share in summary.shares.items()},
        "changes": summary.changes,
        "valence": _short(summary.valence),
        "arousal": _short(summary.arousal),
        "peaks": [_segment_values(peak) for peak in summary.peaks],
    }


def summary_of(values: Mapping[str, Any]) -> PersonSummary:
    """The summary that summary_values() told, with its rounded numbers."""
    return PersonSummary(**{**values, "peaks": [Segment(**peak) for peak in values["peaks"]]})


def _segment_values(segment: Segment) -> dict[str, object]:
    values: dict[str, object] = {
        "person": segment.person,
        "emotion": segment.emotion,
        "start": _short(segment.start),
        "end": _short(segment.end),
    }
    if segment.emotion is not None:
        values |= {"peak_confidence": segment.peak_confidence, "peak_at": _short(segment.peak_at)}
    return values


def _moment_values(moment: Moment) -> dict[str, object]:
    return {
        "seconds": _short(moment.seconds),
        "time": clock(moment.seconds),
        "emotion": moment.emotion,
        "persons": list(moment.persons),
        "confidence": moment.confidence,
        "weight": _short(moment.weight),
    }


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)
