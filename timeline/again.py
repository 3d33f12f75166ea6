"""A timeline made again from its rows, as they were kept: with the same settings it answers with the same figures."""

import math
from collections.abc import Iterable
from itertools import groupby

from timeline.rows import Row
from timeline.timeline import Timeline


def timeline_of(
    rows: Iterable[Row],
    *,
    stable_seconds: float = 0.3,
    longest_step_seconds: float = math.inf,
) -> Timeline:
    """Rows in the order in which they were told; settings as `Timeline` has them. The end is for the caller to say."""
    timeline = Timeline(stable_seconds=stable_seconds, longest_step_seconds=longest_step_seconds)
    add_rows(timeline, rows)
    return timeline


def add_rows(timeline: Timeline, rows: Iterable[Row]) -> None:
    """Enter rows sample by sample, in the order in which they were told."""
    for seconds, sample in groupby(rows, key=lambda row: row.seconds):
        timeline.add_faces(seconds, [row.face for row in sample if row.face is not None])
