"""Tests of sessions/store.py and marks.py: one set of assertions over every database."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from databases import postgresql
from played import KeepingTimeline, Pieces, play

from faces.errors import InputError, NotFoundError
from sessions.database import Database, open_database
from sessions.marks import MOST_MARKERS, Marks
from sessions.store import SILENT_ELSEWHERE_SECONDS, SILENT_SECONDS, Store
from sessions.tables import metadata
from sessions.values import Batch, SessionDetails
from timeline.record import Gap, Record, Rest
from timeline.timeline import Timeline

START = datetime(2026, 3, 1, 18, 0, 0, 250_000, timezone(timedelta(hours=2)))

PIECES: Pieces = [(3, {1: "happy"}), (2, {1: "sad", 2: "neutral"}), (1.5, {}), (2, {2: "angry"})]

NAMES = (
    "Probe",
    "лекция",
    "映画の夜",
    "<b>x</b>&amp;",
    "two\nlines",
    '=HYPERLINK("x")',
    "%_\\'\"; DROP TABLE sessions",
    "🎭",
)


@pytest.fixture(scope="module")
def postgresql_address() -> Iterator[str]:
    with postgresql() as running:
        yield running.make("faces")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    in_file = request.param == "sqlite"
    where = str(tmp_path / "sessions.db") if in_file else request.getfixturevalue("postgresql_address")
    clock = [START.timestamp()]
    store = Store(open_database(where), now=lambda: clock[0])
    store.clock = clock  # type: ignore[attr-defined]
    yield store
    if not in_file:
        empty(store.database)
    store.close()


def empty(database: Database) -> None:
    """Delete every row: a database of its own for each test takes longer than all that the tests ask."""
    with database.writing() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


def batches(session: str, timeline: KeepingTimeline, *, cuts: Sequence[int] = (3, 6)) -> Iterator[Batch]:
    """The whole timeline as a recorder writes it, cut at these seconds; the last one ends the session."""
    rows = list(timeline.rows())
    record = timeline.record()
    edges = [-1.0, *map(float, cuts), 1e9]
    for number, (after, until) in enumerate(itertools.pairwise(edges)):
        last = until == edges[-1]
        second = record.seconds["second"]
        yield Batch(
            session=session,
            number=number,
            rows=[row for row in rows if after < row.seconds <= until],
            lines=record.seconds[(second > after) & (second <= until)],
            settled=timeline.settled()[:0] if not last else timeline.settled(),
            unsettled=timeline.unsettled(),
            gaps=record.gaps if last else (),
            seconds=record.end,
            samples=len({row.seconds for row in rows}),
            skipped=4,
            faces=sum(row.face is not None for row in rows),
            started_at=START.timestamp(),
            heard_at=START.timestamp() + min(until, 10),
            ending="stopped" if last else "",
            digest={"valence": 0.5} if last else None,
        )


def recorded(
    store: Store, name: str = "Probe", pieces: Pieces = PIECES, **about: object
) -> tuple[str, KeepingTimeline]:
    timeline = play(pieces, fps=10)
    saved = store.begin(SessionDetails(name=name, **about), START)  # type: ignore[arg-type]
    for batch in batches(saved.id, timeline):
        store.write(batch)
    return saved.id, timeline


def same(one: Record, other: Record) -> bool:
    return (
        (one.start, one.end, one.gaps) == (other.start, other.end, other.gaps)
        and one.seconds.tobytes() == other.seconds.tobytes()
        and one.segments.tobytes() == other.segments.tobytes()
    )


def test_a_record_is_given_back_as_it_was(store: Store) -> None:
    number, timeline = recorded(store)
    assert same(store.record(number), timeline.record())
    assert store.record(number).started_at == START


def test_every_frame_is_given_back_and_gives_the_same_figures_again(store: Store) -> None:
    number, timeline = recorded(store)
    rows = [row for frames in store.frames(number) for row in frames.rows()]
    assert rows == list(timeline.rows())
    again = Timeline()
    for seconds, group in itertools.groupby(rows, key=lambda row: row.seconds):
        again.add_faces(seconds, [row.face for row in group if row.face is not None])
    assert same(again.record(), store.record(number))


def test_what_is_said_of_a_session_is_kept(store: Store) -> None:
    said = SessionDetails(
        name="Second act",
        project="Play",
        activity="rehearsal",
        source="Camera 0",
        participant="P07",
        purpose="to see what is funny",
        consent="all asked on 1 March",
        me=True,
        keep_days=30,
        weights="ab12",
        settings={"fps": 30, "list": [1, 2.5, None]},
    )
    saved = store.begin(said, START)
    assert store.session(saved.id).about == said
    assert (saved.state, saved.seconds, saved.ended_at) == ("recording", 0, None)
    assert saved.started_at == START and saved.started_at.utcoffset() == timedelta(hours=2)
    assert saved.delete_at == START + timedelta(days=30)


def test_resting_face_and_confusion_come_with_the_record(store: Store) -> None:
    rest = Rest((0.1,) * 6 + (0.4,), datetime(2026, 2, 1, tzinfo=UTC), 20.0)
    confusion = np.arange(56).reshape(7, 8)
    number, _ = recorded(store, rest=rest, confusion=confusion)
    record = store.record(number)
    assert record.rest == rest
    assert record.confusion is not None and (record.confusion == confusion).all()


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_script_are_kept_and_found(store: Store, name: str) -> None:
    number, _ = recorded(store, name)
    recorded(store, "another")
    assert store.session(number).about.name == name
    assert [saved.id for saved in store.sessions(search=name)] == [number]


@pytest.mark.parametrize("name", ["", "  \n", "a\0b", "\ud800", "x" * 3_000])
def test_names_that_cannot_be_kept_are_refused_in_words(store: Store, name: str) -> None:
    with pytest.raises(InputError, match="name"):
        store.begin(SessionDetails(name=name), START)
    number, _ = recorded(store)
    with pytest.raises(InputError, match="name"):
        store.change(number, {"name": name})


def test_a_write_that_is_repeated_leaves_no_trace_of_its_first_time(store: Store) -> None:
    timeline = play(PIECES, fps=10)
    number = store.begin(SessionDetails(name="twice"), START).id
    for batch in batches(number, timeline):
        store.write(batch)
        store.write(dataclasses.replace(batch, again=True))
    assert same(store.record(number), timeline.record())
    assert [row for frames in store.frames(number) for row in frames.rows()] == list(timeline.rows())


def test_a_session_is_recording_then_ended(store: Store) -> None:
    timeline = play(PIECES, fps=10)
    number = store.begin(SessionDetails(name="x"), START).id
    states = []
    for batch in batches(number, timeline):
        store.write(batch)
        states.append(store.session(number).state)
    assert states == ["recording", "recording", "ended"]
    ended = store.session(number)
    assert (ended.ending, ended.samples, ended.skipped) == ("stopped", 85, 4)
    assert ended.ended_at == START + timedelta(seconds=10)


def test_a_session_that_was_cut_off_is_told_as_that_and_answered_from(store: Store) -> None:
    timeline = play(PIECES, fps=10)
    number = store.begin(SessionDetails(name="x"), START).id
    store.write(next(batches(number, timeline)))
    silent = SILENT_SECONDS if store.database.in_file else SILENT_ELSEWHERE_SECONDS
    told = []
    for later in (silent - 1, silent + 5, -silent - 5):  # the last: the clock was set back since
        store.clock[0] = START.timestamp() + 3 + later  # type: ignore[attr-defined]
        told.append(store.session(number).state)
    assert told == ["recording", "interrupted", "interrupted"]
    assert store.record(number).persons == (2,)


def test_gaps_are_kept(store: Store) -> None:
    timeline = KeepingTimeline(longest_step_seconds=1.0)
    for second in (0.0, 0.5, 7.5, 8.0):
        timeline.add_faces(second, [])
    number = store.begin(SessionDetails(name="x"), START).id
    for batch in batches(number, timeline):
        store.write(batch)
    assert store.record(number).gaps == (Gap(1.5, 7.5),)


def test_sessions_are_listed_by_time_and_page(store: Store) -> None:
    ids = [store.begin(SessionDetails(name=f"n{day}"), START + timedelta(days=day)).id for day in range(5)]
    listed = [saved.id for saved in store.sessions(limit=2)]
    assert listed == [ids[4], ids[3]]
    assert [saved.id for saved in store.sessions(before=START + timedelta(days=3))] == [ids[2], ids[1], ids[0]]


def test_a_search_looks_for_every_word(store: Store) -> None:
    one = store.begin(SessionDetails(name="Evening show", project="Circus"), START).id
    store.begin(SessionDetails(name="Evening talk"), START)
    assert [saved.id for saved in store.sessions(search="circus EVENING")] == [one]
    assert store.sessions(search="nothing") == []


def test_a_session_is_changed(store: Store) -> None:
    number, _ = recorded(store)
    changed = store.change(number, {"name": "Other", "project": "P", "keep_days": 2, "me": True})
    assert (changed.about.name, changed.about.project, changed.about.me) == ("Other", "P", True)
    assert changed.delete_at == START + timedelta(days=2)
    assert store.change(number, {"keep_days": None}).delete_at is None


@pytest.mark.parametrize("days", [0, -1, 10**9])
def test_days_to_keep_are_checked(store: Store, days: int) -> None:
    with pytest.raises(InputError, match="days"):
        store.begin(SessionDetails(name="x", keep_days=days), START)


def test_what_was_to_be_kept_for_some_days_is_deleted_after_them(store: Store) -> None:
    number, _ = recorded(store, keep_days=3)
    kept, _ = recorded(store)
    assert store.delete_expired() == []
    store.clock[0] += 3 * 86_400 + 1  # type: ignore[attr-defined]
    assert [saved.id for saved in store.delete_expired()] == [number]
    assert [saved.id for saved in store.sessions()] == [kept]


def test_what_was_deleted_is_nowhere(store: Store) -> None:
    number, _ = recorded(store)
    Marks(store.database).add(number, "here", 1.0)
    store.delete(number)
    for question in (
        store.session,
        store.record,
        store.delete,
        lambda n: list(store.frames(n)),
        Marks(store.database).of,
    ):
        with pytest.raises(NotFoundError, match="no session"):
            question(number)


def test_writing_into_a_deleted_session_is_refused(store: Store) -> None:
    timeline = play(PIECES, fps=10)
    number = store.begin(SessionDetails(name="x"), START).id
    first, second, *_ = batches(number, timeline)
    store.write(first)
    store.delete(number)
    with pytest.raises(NotFoundError):
        store.write(second)


def test_who_reads_frames_of_a_session_that_is_deleted_is_told(store: Store) -> None:
    number = store.begin(SessionDetails(name="long"), START).id
    timeline = play([(150, {1: "happy"})], fps=2)
    for batch in batches(number, timeline, cuts=range(1, 149)):
        store.write(batch)
    frames = store.frames(number)
    next(frames)
    store.delete(number)
    with pytest.raises(NotFoundError):
        list(frames)


def test_the_mood_over_weeks_finds_the_digests_of_the_user(store: Store) -> None:
    mine, _ = recorded(store, me=True)
    recorded(store)
    assert [(saved.id, digest) for saved, digest in store.digests(START - timedelta(days=1))] == [
        (mine, {"valence": 0.5})
    ]
    assert store.digests(START + timedelta(days=1)) == []


def test_markers_are_set_changed_and_deleted(store: Store) -> None:
    number, _ = recorded(store)
    marks = Marks(store.database)
    late, early = marks.add(number, "end", 5.0), marks.add(number, "joke", 1.0, 2.5)
    assert marks.of(number) == [early, late]
    assert [marker.label for marker in store.record(number).markers] == ["joke", "end"]
    moved = marks.replace(number, dataclasses.replace(late, label="=1+1", start=0.5))
    assert marks.of(number) == [moved, early] and marks.get(number, early.id) == early
    marks.delete(number, early.id)
    assert marks.of(number) == [moved]


def test_markers_of_another_session_are_out_of_reach(store: Store) -> None:
    (one, _), (other, _) = recorded(store), recorded(store)
    marks = Marks(store.database)
    mark = marks.add(one, "x", 1.0)
    for wrong in (
        lambda: marks.delete(other, mark.id),
        lambda: marks.get(other, mark.id),
        lambda: marks.replace(other, mark),
    ):
        with pytest.raises(NotFoundError, match="no marker"):
            wrong()


@pytest.mark.parametrize(
    ("label", "start", "end"),
    [("", 0, None), ("x", -1, None), ("x", float("nan"), None), ("x", 2, 2), ("a\0", 0, None)],
)
def test_markers_that_make_no_sense_are_refused(store: Store, label: str, start: float, end: float | None) -> None:
    number, _ = recorded(store)
    with pytest.raises(InputError):
        Marks(store.database).add(number, label, start, end)


def test_there_may_be_ten_thousand_markers_and_no_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_MARKERS == 10_000
    monkeypatch.setattr("sessions.marks.MOST_MARKERS", 3)
    number, _ = recorded(store)
    for second in range(3):
        Marks(store.database).add(number, "x", second)
    with pytest.raises(InputError, match="Delete some"):
        Marks(store.database).add(number, "x", 4)
