"""The charts of a report as numbers that a template draws: bands, curves and ticks, in percent of their place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faces.emotions import LABELS
from timeline.export import short_clock
from timeline.questions import shares_per_second
from timeline.segments import Segment
from timeline.timeline import Coverage, Timeline

MOST_BANDS = 400  # along one chart: more cannot be told apart
MOST_POINTS = 300  # along one curve


@dataclass(frozen=True, slots=True)
class Band:
    """One coloured piece of a chart; x and width in percent of it."""

    emotion: str
    x: float
    width: float
    title: str
    times: tuple[str, str] = ("", "")  # in words, of a band that lies along time

    @property
    def label(self) -> str:
        """ "always", "wide" (only on wide screens) or "" : where the emotion's name fits in."""
        return "always" if self.width >= 15 else "wide" if self.width >= 7 else ""


def share_bands(shares: Mapping[str, float]) -> list[Band]:
    """Shares, one after the other along a bar."""
    bands, position = [], 0.0
    for emotion in LABELS:
        width = 100.0 * shares[emotion]
        if width > 0:
            bands.append(Band(emotion, position, width, f"{emotion} {shares[emotion]:.0%}"))
            position += width
    return bands


def percent_of(part: float, whole: float) -> float:
    return round(100.0 * part / whole, 3) if whole else 0.0


def bands(segments: Sequence[Segment], start: float, length: float) -> list[Band]:
    """Segments as bands; a very long or restless video keeps, per step, whatever filled most of it."""
    if len(segments) > MOST_BANDS:
        segments = _coarse(segments, start, length)
    return [
        Band(
            segment.emotion,
            percent_of(segment.start - start, length),
            percent_of(segment.seconds, length),
            f"{segment.emotion}, {short_clock(segment.start)} to {short_clock(segment.end)}",
            (short_clock(segment.start), short_clock(segment.end)),
        )
        for segment in segments
        if segment.emotion is not None
    ]


def _coarse(segments: Sequence[Segment], start: float, length: float) -> list[Segment]:
    step = length / MOST_BANDS
    filled: list[dict[str | None, float]] = [{} for _ in range(MOST_BANDS)]
    for segment in segments:
        first = max(0, int((segment.start - start) / step))
        for index in range(first, min(MOST_BANDS, int((segment.end - start) / step) + 1)):
            left, right = start + index * step, start + (index + 1) * step
            time = max(0.0, min(segment.end, right) - max(segment.start, left))
            filled[index][segment.emotion] = filled[index].get(segment.emotion, 0.0) + time
    merged: list[Segment] = []
    for index, times in enumerate(filled):
        emotion = max(times, key=times.__getitem__) if times else None
        left, right = start + index * step, start + (index + 1) * step
        if merged and merged[-1].emotion == emotion:
            left = merged.pop().start
        merged.append(Segment(segments[0].person, emotion, left, right))
    return merged


def ticks(start: float, length: float) -> list[tuple[float, str]]:
    steps = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
    step = next((step for step in steps if length / step <= 6), steps[-1])
    count = int(length / step + 1e-6) + 1 if length else 1
    return [(percent_of(index * step, length), _tick_words(start + index * step)) for index in range(count)]


def _tick_words(seconds: float) -> str:
    hours, minutes, rest = int(seconds // 3600), int(seconds // 60 % 60), seconds % 60
    second = f"{rest:04.1f}" if rest % 1 else f"{int(rest):02}"
    return f"{hours}:{minutes:02}:{second}" if hours else f"{minutes}:{second}"


@dataclass(frozen=True, slots=True)
class DrawnCurve:
    """One curve: points from 0 to 100 rightwards and downwards, in a piece for each stretch with a face."""

    name: str
    mean: float | None
    pieces: list[str]
    values: list[tuple[str, float | None]]  # the same as a table: the time in words, 0..1


def curves(timeline: Timeline) -> list[DrawnCurve]:
    curves, coverage = timeline.curves(), timeline.coverage()
    length = coverage.end - coverage.start
    return [
        _curve("amusement", [curve.amusement for curve in curves], length),
        _curve("intensity", [curve.intensity for curve in curves], length),
    ]


def _curve(name: str, values: Sequence[float | None], length: float) -> DrawnCurve:
    """One value per second; the last second may be incomplete."""
    pieces: list[list[str]] = [[]]
    table: list[tuple[str, float | None]] = []
    size = max(1, -(-len(values) // MOST_POINTS))
    for at in range(0, len(values), size):
        value = _mean(values, at, at + size, length)
        table.append((_tick_words(at), value))
        if value is None:
            pieces.append([])
            continue
        # A step from the start to the end of its second, so that one second alone is still a line.
        left, right = (percent_of(min(second, length), length) for second in (at, at + size))
        pieces[-1] += [f"{left:.2f},{100 - 100 * value:.1f}", f"{right:.2f},{100 - 100 * value:.1f}"]
    return DrawnCurve(
        name, _mean(values, 0, len(values), length), [" ".join(piece) for piece in pieces if piece], table
    )


def _mean(values: Sequence[float | None], first: int, last: int, length: float) -> float | None:
    """The mean of values per second, each weighted by how much of its second there is."""
    known = [(v, min(1.0, length - at)) for at, v in enumerate(values[first:last], start=first) if v is not None]
    return sum(value * weight for value, weight in known) / sum(w for _, w in known) if known else None


def group(segments: Sequence[Segment], coverage: Coverage) -> list[dict[str, Any]]:
    """Columns over time, each a stack of shares."""
    seconds = shares_per_second(segments, coverage.start, coverage.end)
    length = coverage.end - coverage.start
    size = max(1, -(-len(seconds) // 120))
    columns = []
    for at in range(0, len(seconds), size):
        part = [second for second in seconds[at : at + size] if any(second.values())]
        shares = {label: sum(s[label] for s in part) / len(part) if part else 0.0 for label in LABELS}
        columns.append(
            {
                "x": percent_of(at, length),
                "width": percent_of(min(size, length - at), length),
                "bands": share_bands(shares),
                "time": _tick_words(coverage.start + at),
                "shares": shares,
            }
        )
    return columns
