"""Several records of one event, made by several cameras, as one record of everybody."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from faces.errors import InputError
from timeline.record import Gap, Marker, Record, in_order
from timeline.segments import ABSENT, SEGMENT
from timeline.table import Lines

MOST_APART_SECONDS = 86_400
"""Records of one event never lie farther apart."""


def joined(records: Sequence[Record], *, marker: str | None = None) -> Record:
    """One record with everybody of all of them, from the earliest start to the latest end, in whole seconds.

    They are brought together at a marker that all of them have or, without one, by the wall clock; InputError where
    that is missing, or puts them more than a day apart. Persons get new numbers, so somebody whom two cameras saw
    counts twice. What the records know besides (rest, self-reports, markers, confusion) is taken from the first.
    """
    if len(records) < 2:
        raise InputError("One record alone cannot be joined. Give two or more of the same event.")
    anchors = [_anchor(record, marker, number) for number, record in enumerate(records, start=1)]
    ahead = max(anchors)
    shifts = [ahead - anchor for anchor in anchors]  # seconds after the earliest start
    length = max(shift + record.length for shift, record in zip(shifts, records, strict=True))
    if length > sum(record.length for record in records) + MOST_APART_SECONDS:
        raise InputError(
            "These were made more than a day apart. Set a marker in all of them to lay them over each other."
        )
    firsts = np.cumsum([0, *(_most(record) for record in records[:-1])]).tolist()
    seconds = np.concatenate([_moved_seconds(r, s, f) for r, s, f in zip(records, shifts, firsts, strict=True)])
    segments = [_moved_segments(r, s, f, length) for r, s, f in zip(records, shifts, firsts, strict=True)]
    first, shift = records[0], shifts[0]
    return replace(
        first,
        start=0.0,
        end=length,
        seconds=seconds[np.lexsort((seconds["person"], seconds["second"]))],
        segments=in_order(np.concatenate(segments)),
        gaps=_common_gaps(records, shifts, length),
        started_at=None if first.started_at is None else first.started_at - timedelta(seconds=shift),
        markers=tuple(_moved(one, shift - first.start) for one in first.markers),
        rest=None if first.rest is None else replace(first.rest, since=first.rest.since + shift - first.start),
        self_reports=tuple(replace(one, seconds=one.seconds + shift - first.start) for one in first.self_reports),
    )


def _anchor(record: Record, marker: str | None, number: int) -> int:
    """Whole seconds from the record's start to the moment that all records share; without a marker to 1970."""
    if marker is None:
        if record.started_at is None:
            raise InputError(f"Record {number} does not know when it was made. Set a marker in all of them to join at.")
        return -round(record.started_at.timestamp())
    for one in record.markers:
        if one.label == marker:
            return round(one.start - record.start)
    raise InputError(f"Record {number} has no marker {marker!r} to join at. Set it in all of them.")


def _most(record: Record) -> int:
    """The highest number of a person, of those who have lines at all."""
    return int(max(record.seconds["person"].max(initial=0), record.segments["person"].max(initial=0)))


def _moved_seconds(record: Record, shift: int, first: int) -> Lines:
    lines = record.seconds.copy()
    lines["second"] += shift
    lines["person"] += first
    return lines


def _moved_segments(record: Record, shift: int, first: int, length: float) -> Lines:
    """With everybody absent before their camera started and after it stopped."""
    lines = record.segments.copy()
    for column in ("start", "end", "peak_at"):
        lines[column] += shift - record.start
    lines["person"] += first
    persons = np.unique(lines["person"])
    around = [(0.0, float(shift)), (shift + record.length, length)]
    absent = [
        (person, ABSENT, start, end, 0.0, start, (0,) * 4) for person in persons for start, end in around if end > start
    ]
    return _merged(in_order(np.concatenate([lines, np.array(absent, SEGMENT)])))


def _merged(lines: Lines) -> Lines:
    """Neighbours in which the same person is absent as one segment."""
    absent = lines["label"] == ABSENT
    again = np.zeros(len(lines), np.bool_)
    again[1:] = absent[1:] & absent[:-1] & (lines["person"][1:] == lines["person"][:-1])
    kept = lines[~again].copy()
    kept["end"] = lines["end"][np.append(np.flatnonzero(~again)[1:] - 1, len(lines) - 1)] if len(lines) else 0.0
    return kept


def _common_gaps(records: Sequence[Record], shifts: Sequence[int], length: float) -> tuple[Gap, ...]:
    """Only where no camera looked."""
    common = [Gap(0.0, length)]
    for record, shift in zip(records, shifts, strict=True):
        move = shift - record.start
        own = [Gap(gap.start + move, gap.end + move) for gap in record.gaps]
        own += [Gap(0.0, float(shift)), Gap(shift + record.length, length)]
        both = [Gap(max(a.start, b.start), min(a.end, b.end)) for a in common for b in own]
        common = [gap for gap in both if gap.seconds > 0]
    return tuple(sorted(common, key=lambda gap: gap.start))


def _moved(marker: Marker, seconds: float) -> Marker:
    return replace(marker, start=marker.start + seconds, end=None if marker.end is None else marker.end + seconds)
