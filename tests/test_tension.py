from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from played import face, play

from faces.emotions import EMOTIONS
from faces.errors import InputError
from timeline.record import Record, Rest, SelfReport
from timeline.timeline import Timeline
from timeline.uses.tension import MINUTE, Minute, Tension

NOW = datetime(2026, 5, 1, 20, tzinfo=UTC)
CALM = Rest(face(1, "neutral").scores, NOW, 10.0)  # neutral 0.7, everything else 0.05: q at rest is 0.2


def evening(*minutes: tuple[str, float]) -> Record:
    """For each minute what is shown and how sure, held still."""
    timeline = Timeline()
    for number, (emotion, confidence) in enumerate(minutes):
        for second in range(MINUTE):
            timeline.add_faces(number * MINUTE + second, [face(1, emotion, confidence)])
    return replace(timeline.record(), rest=CALM, started_at=NOW)


def gauge(record: Record) -> list[float | None]:
    minutes: Sequence[Minute] = Tension().answer(record).minutes
    return [None if minute.tension is None else round(minute.tension, 1) for minute in minutes]


def test_a_face_that_grows_tense_by_a_known_amount_has_the_known_gauge() -> None:
    """Angry with 0.7: q = 0.7 + 3 * 0.05 = 0.85, rise = (0.85 - 0.2) / 0.8 = 0.8125; with 0.4 q = 0.7, rise = 0.625."""
    record = evening(("neutral", 0.7), ("angry", 0.4), ("angry", 0.7), ("happy", 0.7), ("sad", 0.7))
    # the second at which it changes is a change of 0.325 to 0.65 in one of 60
    assert gauge(record) == pytest.approx([0.0, 62.5, 81.2, 0.0, 81.2], abs=4.5)
    assert Tension().answer(record).resting == pytest.approx(0.2)


def test_a_rise_counts_half_on_a_face_that_keeps_changing() -> None:
    """Angry and neutral in turn: half the time a rise of 0.8125, and a change of 0.65 every second."""
    record = replace(play([(1, {1: "angry"}), (1, {1: "neutral"})] * 30, fps=5).record(), rest=CALM)
    (minute,) = Tension().answer(record).minutes
    assert minute.rise == pytest.approx(0.8125 / 2, abs=1e-4)
    assert minute.stillness == 0.0
    assert minute.tension == pytest.approx(100 * 0.8125 / 2 / 2, abs=1e-2)


def test_a_minute_with_too_little_of_a_face_has_no_value() -> None:
    record = replace(play([(60, {1: "angry"}), (45, {}), (15, {1: "angry"})], fps=5).record(), rest=CALM)
    assert [value is None for value in gauge(record)] == [False, True]
    assert Tension().answer(play([(5, {})], fps=5).record()).minutes == ()


def test_without_a_resting_face_it_says_what_to_do() -> None:
    answer = Tension().answer(replace(evening(("angry", 0.7)), rest=None))
    assert answer.problem is not None and "Record your resting face first" in answer.problem
    assert (answer.now, answer.minutes) == (None, ())


def test_what_was_seen_before_the_resting_face_has_no_gauge() -> None:
    record = evening(("angry", 0.7), ("angry", 0.7), ("angry", 0.7))
    young = replace(record, rest=replace(CALM, since=90.0), self_reports=(SelfReport(60.0, 2), SelfReport(150.0, 2)))
    assert gauge(young) == [None, 81.2, 81.2]
    assert [report.seconds for report in Tension().answer(young).reports] == [150.0]
    assert gauge(young.between(30.0, 150.0)) == [None, 81.2]
    assert Tension(remind_above=50, remind_minutes=3).answer(young).reminders == (180,)


def test_a_rest_of_long_ago_or_of_somebody_else_is_told() -> None:
    record = evening(("neutral", 0.7), ("angry", 0.7))
    assert Tension().answer(record).notes == ()
    old = replace(record, rest=replace(CALM, measured_at=NOW - timedelta(days=45)))
    assert Tension().answer(old).notes == ("Your resting face was measured 45 days before. Measure it again.",)
    undated = replace(record, rest=replace(CALM, measured_at=None))
    assert Tension().answer(undated).notes == ()
    other = replace(record, rest=Rest(face(1, "happy", 0.9).scores, NOW, 10.0))
    assert any("Is it yours?" in note for note in Tension().answer(other).notes)


def test_reminders_are_off_until_asked_for_and_then_rare() -> None:
    record = evening(*[("angry", 0.7)] * 12)
    assert Tension().answer(record).reminders == ()
    assert Tension(remind_above=50, remind_minutes=3).answer(record).reminders == (180.0, 360.0, 540.0, 720.0)
    assert Tension(remind_above=90, remind_minutes=3).answer(record).reminders == ()


def test_no_reminder_comes_of_minutes_that_were_not_seen() -> None:
    record = replace(play([(60, {1: "angry"}), (300, {})], fps=2).record(), rest=CALM)
    assert Tension(remind_above=50, remind_minutes=4).answer(record).reminders == ()


def test_self_reports_are_set_beside_the_minute_before_them() -> None:
    reports = (SelfReport(30.0, 3), SelfReport(125.0, 1), SelfReport(10_000.0, 5))
    record = replace(evening(("neutral", 0.7), ("angry", 0.7), ("neutral", 0.7)), self_reports=reports)
    found = Tension().answer(record).reports
    assert [(one.seconds, one.value) for one in found] == [(30.0, 3), (125.0, 1)]  # nobody was seen before the last
    assert found[0].tension == pytest.approx(0.0, abs=1e-3)
    assert found[1].tension == pytest.approx(81.2 * 55 / 60, abs=5)


def test_a_report_before_any_face_has_no_gauge_beside_it() -> None:
    record = replace(play([(90, {}), (60, {1: "angry"})], fps=2).record(), rest=CALM)
    assert Tension().answer(replace(record, self_reports=(SelfReport(60.0, 3),))).reports == ()


def test_the_gauge_that_follows_the_answers_agrees_and_one_that_does_not_is_no_use() -> None:
    levels = [0.2 + 0.04 * n for n in range(16)]
    record = evening(*[("angry", level) for level in levels])
    honest = tuple(SelfReport(60.0 * (n + 1), 5 - n // 4) for n in range(16))
    found = Tension().answer(replace(record, self_reports=honest)).agreement
    assert found.verdict == "agrees"
    assert found.correlation is not None and found.correlation.value > 0.9
    random = tuple(SelfReport(60.0 * (n + 1), 1 + (n * 7) % 5) for n in range(16))
    assert Tension().answer(replace(record, self_reports=random)).agreement.verdict == "no use"
    assert Tension().answer(replace(record, self_reports=honest[:5])).agreement.verdict == "too early"


def test_parameters_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="remind_above must be above 0 and up to 100"):
        Tension(remind_above=0)
    with pytest.raises(InputError, match="remind_minutes must be 1 to 600"):
        Tension(remind_minutes=0)


shown = st.dictionaries(st.just(1), st.sampled_from(EMOTIONS), max_size=1)
schedules = st.lists(st.tuples(st.integers(5, 200).map(lambda n: n / 5), shown), min_size=2, max_size=8)


@settings(max_examples=20, deadline=None)
@given(schedules)
def test_tension_is_the_same_at_5_and_at_30_frames_per_second(pieces: list[tuple[float, dict[int, str]]]) -> None:
    slow, fast = (Tension().answer(replace(play(pieces, fps=fps).record(), rest=CALM)).minutes for fps in (5, 30))
    for one, other in zip(slow, fast, strict=True):
        assert one.tension == pytest.approx(other.tension, abs=0.1)


@settings(max_examples=50, deadline=None)
@given(schedules)
def test_the_gauge_is_a_number_from_0_to_100(pieces: list[tuple[float, dict[int, str]]]) -> None:
    for minute in Tension().answer(replace(play(pieces, fps=5).record(), rest=CALM)).minutes:
        assert minute.tension is None or 0.0 <= minute.tension <= 100.0
