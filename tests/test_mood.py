import csv
import io
import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from played import face, play

from faces.affect import PLACEMENT
from faces.emotions import LABELS
from faces.errors import InputError
from timeline.mood_table import COLUMNS, write_mood_table
from timeline.record import Record
from timeline.seconds import SECOND
from timeline.uses.mood import Diary, Mood, MoodHour, Note, mood_hours

TODAY = date(2026, 5, 31)
MADRID = timezone(timedelta(hours=2))


def hour(at: datetime, seconds: float = 600.0, minutes: int = 10, flat: int = 0, **shown: float) -> MoodHour:
    """An hour in which these shares were shown, and scored as certain."""
    shares = [shown.get(label, 0.0) for label in LABELS]
    return MoodHour(at, seconds, tuple(share * seconds for share in shares), tuple(shares[:7]), minutes, flat)


def day(number: int, clock: int = 20) -> datetime:
    """So many days before today, at this hour."""
    return datetime(2026, 5, 31, clock, tzinfo=UTC) - timedelta(days=number)


def test_hand_computed_days_have_the_known_values() -> None:
    hours = (hour(day(0), 300.0, happy=1.0), hour(day(0, 8), 100.0, sad=1.0), hour(day(2), happy=0.5, neutral=0.5))
    found = Mood(days=3).answer(Diary(TODAY, hours))
    before, gap, today = (one.seen for one in found.days)
    assert before.valence == pytest.approx(0.81 / 2)
    assert before.variety == pytest.approx(math.log(2) / math.log(7))
    assert (gap.seconds, gap.valence, gap.shares) == (0.0, None, None)
    assert today.valence == pytest.approx((0.81 * 300 - 0.63 * 100) / 400)
    assert found.whole.seconds == 1000.0
    assert found.whole.shares is not None
    assert dict(zip(LABELS, found.whole.shares, strict=True))["happy"] == pytest.approx(0.6)
    assert [(part.name, part.seen.seconds) for part in found.times] == [
        ("night", 0.0),
        ("morning", 100.0),
        ("afternoon", 0.0),
        ("evening", 900.0),
    ]


def test_ninety_days_with_known_means_are_told_by_week() -> None:
    """Valence 0.3 in the last week and 0.1 before, with a spread between the days; two weeks without a session."""
    random = np.random.default_rng(1)
    hours = []
    for number in range(90):
        if 30 <= number < 44:
            continue
        happy = ((0.3 if number < 7 else 0.1) + random.normal(0.0, 0.02)) / PLACEMENT["happy"][0]
        hours.append(hour(day(number), happy=happy, neutral=1.0 - happy))
    weeks = Mood(days=90).answer(Diary(TODAY, tuple(hours))).weeks
    assert (len(weeks), weeks[-1].days, weeks[0].days, weeks[0].start) == (13, 7, 6, date(2026, 3, 3))
    last, before = weeks[-1].valence, weeks[-2].valence
    assert last is not None and before is not None
    assert (last.value, before.value) == pytest.approx((0.3, 0.1), abs=0.02)
    assert before.high < last.low
    assert [week.days for week in weeks] == [6, 7, 7, 7, 7, 7, 5, 0, 2, 7, 7, 7, 7]
    assert [week.days for week in weeks if week.valence is None] == [0, 2]


def test_a_week_is_students_interval_over_its_days() -> None:
    """Valence 0, 0.0405 and 0.081 of three days: mean 0.0405, s = 0.0405, t(2) = 2.92."""
    hours = tuple(hour(day(n), happy=n / 20, neutral=1 - n / 20) for n in range(3))
    (week,) = Mood(days=7).answer(Diary(TODAY, hours)).weeks
    half = 2.92 * 0.0405 / math.sqrt(3)
    assert week.valence is not None
    assert (week.valence.low, week.valence.value, week.valence.high) == pytest.approx(
        (0.0405 - half, 0.0405, 0.0405 + half), abs=1e-3
    )


def test_less_than_a_minute_is_a_gap_and_other_days_are_not_looked_at() -> None:
    found = Mood(days=2).answer(Diary(TODAY, (hour(day(0), 59.0, happy=1.0), hour(day(5), happy=1.0))))
    assert {one.seen.valence for one in found.days} == {None}
    assert found.whole.valence is None


def test_notes_stand_beside_their_days() -> None:
    notes = (Note(TODAY, "birthday"), Note(TODAY, "rain"), Note(date(2020, 1, 1), "long ago"))
    found = Mood(days=2).answer(Diary(TODAY, (), notes))
    assert [one.notes for one in found.days] == [(), ("birthday", "rain")]


def test_flatness_is_the_share_of_minutes_without_anything_but_neutral() -> None:
    flat, lively = [(60, {1: "neutral"})], [(50, {1: "neutral"}), (10, {1: "happy"})]
    record = replace(play([*flat, *flat, *lively, (60, {})], fps=2).record(), started_at=day(0))
    (found,) = mood_hours(record)
    assert (found.minutes, found.flat_minutes) == (3, 2)
    assert Mood(days=1).answer(Diary(TODAY, (found,))).whole.flatness == pytest.approx(2 / 3)


def test_a_session_is_kept_by_hours_of_its_own_clock() -> None:
    record = play([(120, {1: "happy"}), (120, {1: "sad"})], fps=2).record()
    hours = mood_hours(replace(record, started_at=datetime(2026, 5, 31, 23, 58, tzinfo=MADRID)))
    assert [(one.start, round(one.seen)) for one in hours] == [
        (datetime(2026, 5, 31, 23, tzinfo=MADRID), 120),
        (datetime(2026, 6, 1, 0, tzinfo=MADRID), 120),
    ]
    assert dict(zip(LABELS, hours[0].labels, strict=True))["happy"] == pytest.approx(120)
    assert hours[0].scores == pytest.approx(face(1, "happy").scores, abs=1e-5)


def test_a_record_without_a_clock_is_refused() -> None:
    with pytest.raises(InputError, match="does not know when"):
        mood_hours(play([(5, {1: "happy"})], fps=2).record())
    assert mood_hours(Record(0.0, 0.0, started_at=day(0))) == ()


def test_days_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="days must be 1 to 3660"):
        Mood(days=0)


def test_the_table_has_a_line_for_every_day_and_no_formula() -> None:
    file = io.StringIO()
    diary = Diary(TODAY, (hour(day(1), happy=0.25, neutral=0.75),), (Note(TODAY, '=HYPERLINK("x")'),))
    write_mood_table(file, Mood(days=3).answer(diary))
    header, first, second, third = csv.reader(io.StringIO(file.getvalue()))
    assert tuple(header) == COLUMNS
    assert first == ["2026-05-29", "0", *[""] * 11, ""]
    assert (second[0], second[2], second[5 + LABELS.index("happy")]) == ("2026-05-30", "0.2025", "0.25")
    assert third[-1] == '\'=HYPERLINK("x")'


lines = st.lists(
    st.tuples(st.integers(0, 20_000), st.sampled_from(range(7)), st.floats(0.1, 1.0)),
    min_size=1,
    max_size=50,
    unique_by=lambda one: one[0],
)


@settings(max_examples=60, deadline=None)
@given(lines, st.datetimes(datetime(2026, 5, 1), datetime(2026, 5, 30)))
def test_hours_together_are_the_session(found: list[tuple[int, int, float]], began: datetime) -> None:
    table = np.zeros(len(found), SECOND)
    for line, (second, label, seen) in zip(table, sorted(found), strict=True):
        line["second"], line["seen"] = second, seen
        line["labels"][label], line["scores"][label] = seen, 1.0
    hours = mood_hours(Record(0.0, 20_001.0, table, started_at=began.replace(tzinfo=UTC)))
    assert sum(one.seen for one in hours) == pytest.approx(float(table["seen"].sum()), rel=1e-5)
    for one in hours:
        assert sum(one.labels) == pytest.approx(one.seen, rel=1e-5)
        assert sum(one.scores) == pytest.approx(1.0, rel=1e-5)
        assert 0 <= one.flat_minutes <= one.minutes <= 60
    whole = Mood(days=60).answer(Diary(TODAY, hours)).whole
    assert whole.variety is None or 0.0 <= whole.variety <= 1.0 + 1e-9


def test_every_emotion_shown_alike_has_all_the_variety_there_is() -> None:
    alike = MoodHour(day(0), 700.0, (100.0,) * 7 + (0.0,), (1 / 7,) * 7, 10, 0)
    found = Mood(days=1).answer(Diary(TODAY, (alike,))).whole
    assert found.variety == pytest.approx(1.0)
    alone = Mood(days=1).answer(Diary(TODAY, (hour(day(0), sad=1.0),))).whole
    assert alone.variety == 0.0
