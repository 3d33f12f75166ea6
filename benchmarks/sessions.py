"""What recording a session costs, and how fast a long one answers: eight hours of five faces, generated.

Answers, lists and exports are told in processor time, which is the same however busy the machine is.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import psutil
from sqlalchemy import insert

from benchmarks.report import ReportRow, Section
from faces.emotions import EMOTIONS
from faces.records import Box, Face, Frame, Shot
from sessions.database import open_database
from sessions.export import frames_csv
from sessions.marks import MOST_MARKERS, Marks
from sessions.recorder import WRITE_SECONDS, Recorder
from sessions.store import Store
from sessions.tables import markers
from sessions.values import SessionDetails
from timeline.shapes import values
from timeline.uses.activity import Activity
from timeline.uses.audience import Audience

FPS, FACES = 30, 5

LISTED = 1_000

START = datetime(2026, 1, 1, tzinfo=UTC)

TICK = 1 / FPS


def sessions(hours: float) -> Section:
    """Record that long at 30 fps, then ask, list and export."""
    with tempfile.TemporaryDirectory(prefix="faces-sessions-") as folder:
        store = Store(open_database(Path(folder) / "sessions.db"))
        try:
            number, rows = _record(store, hours)
            megabytes = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
            rows.append(ReportRow(f"on disk after {hours:g} h", "MB", megabytes, goal=150 * hours / 8))
            rows += _answers(store, number)
            rows += _markers(store, number)
            rows.append(_listing(store))
            rows += _export(store, number)
        finally:
            store.close()
    return Section(f"Sessions: {hours:g} h at {FPS} fps with {FACES} faces", rows)


def _record(store: Store, hours: float) -> tuple[str, list[ReportRow]]:
    now = [0.0]
    recorder = Recorder(store, SessionDetails(name="Bench"), START, clock=lambda: now[0], write_seconds=1e6)
    before, busy, writing, written = _rss(), 0.0, list[float](), 0.0
    for shot in _shots(round(hours * 3600 * FPS)):
        now[0] = shot.frame.seconds
        started = time.process_time()
        recorder.take(shot)
        busy += time.process_time() - started
        if now[0] - written >= WRITE_SECONDS:
            started, computing = time.perf_counter(), time.process_time()
            recorder.write()
            writing.append(time.perf_counter() - started)
            busy += time.process_time() - computing
            written = now[0]
    shots = recorder.stop().samples
    share = busy / shots / TICK * 100
    median_ms = 1000 * float(np.median(writing))
    return recorder.id, [
        ReportRow("memory above idle while recording", "MB", (_rss() - before) / 1e6, goal=100),
        ReportRow("processor time of the time between two frames", "%", share, goal=5),
        ReportRow("one write, every half second (median)", "ms", median_ms),
    ]


def _shots(count: int) -> Iterator[Shot]:
    """Faces that move and change as real ones do: scores and places walk at random, smoothly."""
    random, image = np.random.default_rng(1), np.zeros((2, 2, 3), np.uint8)
    mood, place = random.normal(size=(FACES, 7)), random.uniform(50, 500, (FACES, 3))
    for index in range(count):
        mood = 0.98 * mood + random.normal(size=mood.shape) * 0.15
        place = np.clip(place + random.normal(size=place.shape), 0, 600)
        shares = np.exp(mood)
        shares /= shares.sum(axis=1, keepdims=True)
        faces = tuple(map(_face, range(1, FACES + 1), place.tolist(), shares.tolist()))
        yield Shot(Frame(image, index / FPS, START.timestamp() + index / FPS, index), faces)


def _face(person: int, place: list[float], shares: list[float]) -> Face:
    x, y, size = (round(number) for number in place)
    top = int(np.argmax(shares))
    return Face(person, Box(x, y, 60 + size // 8, 60 + size // 8), EMOTIONS[top], shares[top], tuple(shares))


def _answers(store: Store, number: str) -> list[ReportRow]:
    asked: dict[str, Callable[[], object]] = {
        "a summary (activity of everybody)": lambda: Activity().answer(store.record(number)),
        "an activity of one person": lambda: Activity(person=1).answer(store.record(number)),
        "an audience": lambda: Audience().answer(store.record(number)),
    }
    return [ReportRow(what, "ms", _best_ms(question), goal=200) for what, question in asked.items()]


def _markers(store: Store, number: str) -> list[ReportRow]:
    """As many as there may be, evenly over the session."""
    length = store.session(number).seconds
    lines = [
        {"id": f"{n}", "session_id": number, "label": f"{n}", "start": length * n / MOST_MARKERS, "end": None}
        for n in range(MOST_MARKERS)
    ]
    with store.database.writing() as connection:
        connection.execute(insert(markers), lines)
    asked: dict[str, Callable[[], object]] = {
        f"the list of {MOST_MARKERS:,} markers": lambda: Marks(store.database).of(number),
        "an activity between all of them": lambda: Activity().answer(store.record(number)),
        "the same as JSON": lambda: msgspec.json.encode(values(Activity().answer(store.record(number)))),
    }
    return [ReportRow(what, "ms", _best_ms(question, times=2)) for what, question in asked.items()]


def _listing(store: Store) -> ReportRow:
    for count in range(LISTED):
        store.begin(SessionDetails(name=f"Session {count}"), START)
    return ReportRow(f"a list of {LISTED:,} sessions", "ms", _best_ms(lambda: store.sessions(limit=LISTED)), goal=100)


def _export(store: Store, number: str) -> list[ReportRow]:
    before, most, lines, started = _rss(), 0.0, 0, time.process_time()
    for part in frames_csv(store.session(number), store.frames(number)):
        lines += part.count("\n")
        most = max(most, _rss() - before)
    speed = lines / (time.process_time() - started)
    return [
        ReportRow("timeline.csv, per second of processor time", "rows", speed, better="more", goal=50_000),
        ReportRow("memory that it takes", "MB", most / 1e6, goal=50),
    ]


def _best_ms(question: Callable[[], object], times: int = 5) -> float:
    """Of processor time, the least of some: nothing here waits for anything but the disk's memory."""
    found = []
    for _ in range(times):
        started = time.process_time()
        question()
        found.append(time.process_time() - started)
    return 1000 * min(found)


def _rss() -> float:
    return float(psutil.Process().memory_info().rss)
