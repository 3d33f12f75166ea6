"""A session as files: every frame, one line a second, markers and segments, for spreadsheets, pandas, ELAN, players.

Each is a generator of text, so that the first line leaves at once and memory stays flat however long the session is.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from faces.affect import arousal, valence
from faces.cells import text_cell
from faces.emotions import EMOTIONS, LABELS
from faces.shapes import DECIMALS
from sessions.chunk import Frames
from sessions.values import Mark, Saved
from timeline.export import COLUMNS, NO_FACE, clock
from timeline.record import Record
from timeline.segments import Segment, unpacked

_NAMED = tuple(f"{label}_seconds" for label in LABELS)
SECOND_COLUMNS = ("second", "time", "person", "seen", "good", *_NAMED, *EMOTIONS, "valence", "arousal")
"""Of seconds.csv: `seen`, and how much of it was of `good` quality, in seconds; for how long each label was named; the
emotions as mean scores, as in timeline.csv."""

MARKER_COLUMNS = ("id", "label", "start", "end", "start_time", "end_time")
SEGMENT_COLUMNS = ("person", "emotion", "start", "end", "start_time", "end_time", "peak_confidence", "peak_at")

LINES_AT_A_TIME = 2_000


def frames_csv(saved: Saved, frames: Iterable[Frames]) -> Iterator[str]:
    """Every face of every frame, in the columns of `timeline.export`; a frame with nobody in it is a line, too."""
    yield _csv([COLUMNS])
    for some in frames:
        yield _csv(frame_lines(saved, some, nothing=""))


def frames_json(saved: Saved, frames: Iterable[Frames], head: dict[str, Any]) -> Iterator[str]:
    """{**head, "columns", "rows"}: every row a list in the order of the columns, null where there is nothing."""
    opened = json.dumps({**head, "columns": COLUMNS}, ensure_ascii=False)
    yield opened[:-1] + ', "rows": [\n'
    separator = ""
    for some in frames:
        lines = ",\n".join(map(json.dumps, frame_lines(saved, some, nothing=None)))
        yield separator + lines
        separator = ",\n"
    yield "\n]}\n"


def frame_lines(saved: Saved, frames: Frames, *, nothing: Any) -> Iterator[Sequence[Any]]:
    """The lines of some frames, in the order of timeline.export.COLUMNS; `nothing` where nobody was seen."""
    faces = zip(*_face_columns(frames), strict=True)
    nobody = (nothing,) * (len(COLUMNS) - 3)
    for seconds, count in zip(frames.seconds.tolist(), frames.counts.tolist(), strict=True):
        time = saved.at(seconds).isoformat(timespec="milliseconds")
        if count == 0:
            yield (seconds, time, *nobody, NO_FACE)
        for _ in range(count):
            yield (seconds, time, *next(faces))


def _face_columns(frames: Frames) -> list[Sequence[Any]]:
    scores = frames.scores.tolist()
    return [
        frames.person.tolist(),
        *frames.box.T.tolist(),
        [LABELS[label] for label in frames.label.tolist()],
        frames.confidence.tolist(),
        *frames.scores.T.tolist(),
        [round(valence(seven), DECIMALS) for seven in scores],
        [round(arousal(seven), DECIMALS) for seven in scores],
        frames.quality,
    ]


def seconds_csv(saved: Saved, record: Record) -> Iterator[str]:
    """One line for each person in each second: what fits into a spreadsheet, and what every curve is made of."""
    yield _csv([SECOND_COLUMNS])
    for start in range(0, len(record.seconds), LINES_AT_A_TIME):
        lines = record.seconds[start : start + LINES_AT_A_TIME].tolist()
        yield _csv(_second_line(saved, *line) for line in lines)


def _second_line(
    saved: Saved, second: int, person: int, seen: float, good: float, labels: list[float], scores: list[float]
) -> Sequence[Any]:
    numbers = (seen, good, *labels, *scores, valence(scores), arousal(scores))
    return (second, _time(saved, second), person, *(round(number, DECIMALS) for number in numbers))


def markers_csv(saved: Saved, marks: Sequence[Mark]) -> Iterator[str]:
    """Points have no end. A label that begins like a formula has an apostrophe before it."""
    yield _csv([MARKER_COLUMNS])
    for mark in marks:
        ends = ("", "") if mark.end is None else (round(mark.end, DECIMALS), _time(saved, mark.end))
        start, start_time = round(mark.start, DECIMALS), _time(saved, mark.start)
        yield _csv([(mark.id, text_cell(mark.label), start, ends[0], start_time, ends[1])])


def segments_csv(saved: Saved, record: Record) -> Iterator[str]:
    """Stretches in which somebody steadily showed one expression; an empty emotion: the person was not there."""
    yield _csv([SEGMENT_COLUMNS])
    for segment in unpacked(record.segments):
        start, end = (round(number, DECIMALS) for number in (segment.start, segment.end))
        times = (_time(saved, segment.start), _time(saved, segment.end))
        peak = ("", "") if segment.emotion is None else (segment.peak_confidence, round(segment.peak_at, DECIMALS))
        yield _csv([(segment.person, segment.emotion or "", start, end, *times, *peak)])


def elan_text(record: Record) -> Iterator[str]:
    """Tab-delimited text that ELAN imports: tier, begin and end in milliseconds, annotation; a tier for each person."""
    for segment in _shown(record):
        cells = (f"Person {segment.person}", *map(_milliseconds, (segment.start, segment.end)), segment.emotion)
        yield "\t".join(map(str, cells)) + "\n"
    for marker in record.markers:
        end = marker.start + 0.001 if marker.end is None else marker.end  # ELAN knows stretches only
        label = " ".join(marker.label.split())
        yield "\t".join(map(str, ("Markers", _milliseconds(marker.start), _milliseconds(end), label))) + "\n"


def captions_vtt(record: Record) -> Iterator[str]:
    """Captions beside a video of the same time: who shows what."""
    yield "WEBVTT\n"
    for segment in sorted(_shown(record), key=lambda s: (s.start, s.person)):
        start, end = (f"{clock(seconds):0>12}" for seconds in (segment.start, segment.end))
        yield f"\n{start} --> {end}\nPerson {segment.person}: {segment.emotion}\n"


def _shown(record: Record) -> list[Segment]:
    return [segment for segment in unpacked(record.segments) if segment.emotion is not None]


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _time(saved: Saved, seconds: float) -> str:
    return saved.at(seconds).isoformat(timespec="milliseconds")


def _csv(lines: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()
