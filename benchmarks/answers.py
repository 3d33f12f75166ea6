"""How fast the uses answer: a day of five faces, weeks of sessions, and rules while shots come."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np

from benchmarks.measure import milliseconds
from benchmarks.report import ReportRow, Section
from faces.emotions import EMOTIONS
from faces.records import Box, Face
from timeline.record import Record, Rest
from timeline.rules import Rule
from timeline.seconds import SECOND
from timeline.segments import SEGMENT
from timeline.shapes import values
from timeline.timeline import Timeline
from timeline.uses import USES
from timeline.uses.audience import Audience
from timeline.uses.base import Use
from timeline.uses.mood import Diary, Mood, MoodHour
from timeline.uses.tension import MINUTE, Tension
from timeline.watch import Watch

HOURS, PEOPLE, STRETCH_SECONDS = 8, 5, 3
GOAL_MS = 200.0
FPS, RULES, CROWD = 30, 50, 20
FRAMES = 5 * 60 * FPS
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
REST = Rest((1 / 7,) * 7, NOON, 10.0)


def answers(seconds: float) -> Section:
    """Each use over eight hours of five faces, with its JSON; the mood over 1,000 sessions; rules over 20 faces."""
    record = day()
    uses = [use() for use in USES if use is not Mood]
    asked: list[tuple[str, Callable[[], object]]] = [(use.title, partial(_told, use, record)) for use in uses]
    asked.append(("two showings compared", lambda: values(Audience().compare(replace(record), replace(record)))))
    diary = Diary(NOON.date(), tuple(map(hour, range(3_000))))
    asked.append(("Mood, 1,000 sessions of 3 hours", lambda: values(Mood(days=365).answer(diary))))
    share = seconds / len(asked)
    rows = [ReportRow(what, "ms", milliseconds(ask, share), goal=GOAL_MS) for what, ask in asked]
    budget = 10.0 / FPS  # a hundredth of a frame's time
    rows.append(
        ReportRow(f"{RULES} rules, {CROWD} faces: processor time per frame", "ms", watch_milliseconds(), goal=budget)
    )
    rows.append(
        ReportRow("tension with its reminder: processor time per frame", "ms", tension_milliseconds(), goal=budget)
    )
    what = f"{HOURS} hours of {PEOPLE} faces, {STRETCH_SECONDS} s a stretch; with JSON"
    return Section("Answers", rows, notes=[what])


def _told(use: Use[Any], record: Record) -> object:
    return values(use.answer(replace(record)))


def day() -> Record:
    """Eight hours of five restless faces."""
    random, count = np.random.default_rng(0), HOURS * 3600
    lines = np.zeros(count * PEOPLE, SECOND)
    lines["second"] = np.repeat(np.arange(count), PEOPLE)
    lines["person"] = np.tile(np.arange(1, PEOPLE + 1), count)
    lines["seen"] = lines["good"] = 1.0
    lines["scores"] = random.dirichlet(np.ones(len(EMOTIONS)), len(lines))
    lines["labels"][np.arange(len(lines)), lines["scores"].argmax(axis=1)] = 1.0
    starts = np.arange(0, count, STRETCH_SECONDS)
    segments = np.zeros(len(starts) * PEOPLE, SEGMENT)
    segments["person"] = np.repeat(np.arange(1, PEOPLE + 1), len(starts))
    segments["start"] = np.tile(starts, PEOPLE)
    segments["end"] = segments["start"] + STRETCH_SECONDS
    segments["label"] = random.integers(0, len(EMOTIONS), len(segments))
    confusion = np.eye(len(EMOTIONS), len(EMOTIONS) + 1, dtype=np.int64) * 300 + 20
    return Record(0.0, float(count), lines, segments, started_at=NOON, rest=REST, confusion=confusion)


def hour(number: int) -> MoodHour:
    """One hour of one of many sessions."""
    return MoodHour(NOON - timedelta(hours=3 * number), 3_000.0, (375.0,) * 8, (1 / 7,) * 7, 50, 10)


def watch_milliseconds() -> float:
    """What rules add to each frame on average, with the timeline that they watch: in one of 30 they are evaluated."""
    timeline = Timeline()
    watch = Watch([Rule(f"rule {place}", at_least=0.1 + 0.01 * place) for place in range(RULES)])
    return _per_frame(timeline, CROWD, lambda: watch.follow(timeline))


def tension_milliseconds() -> float:
    """What a reminder adds to each frame on average, of somebody who is alone: once a minute the use is asked."""
    timeline, use, minutes = Timeline(), Tension(remind_above=40), 0

    def ask() -> None:
        nonlocal minutes
        if timeline.seconds_over // MINUTE > minutes:
            minutes += 1
            use.answer(replace(timeline.record(), rest=REST))

    return _per_frame(timeline, 1, ask)


def _per_frame(timeline: Timeline, people: int, after: Callable[[], object]) -> float:
    """Milliseconds of the processor for each frame that is added to the timeline, and what is done after it."""
    faces = [[_face(person, emotion) for person in range(people)] for emotion in EMOTIONS]
    began = time.process_time()
    for number in range(FRAMES):
        timeline.add_faces(number / FPS, faces[number // (7 * FPS) % len(faces)])
        after()
    return 1000.0 * (time.process_time() - began) / FRAMES


def _face(person: int, emotion: str) -> Face:
    scores = tuple(0.7 if name == emotion else 0.05 for name in EMOTIONS)
    return Face(person, Box(0, 0, 50, 50), emotion, 0.7, scores)
