"""A record: columns that arise as the session does, and that can be cut."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from played import Pieces, face, play

from faces.emotions import EMOTIONS, LABELS, UNSURE
from timeline.record import Gap, Marker, Record, SelfReport, Stretch, in_order
from timeline.seconds import SECOND
from timeline.segments import SEGMENT, unpacked
from timeline.timeline import Timeline

HAPPY, SAD, NEUTRAL = (LABELS.index(name) for name in ("happy", "sad", "neutral"))
START = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)

shown = st.dictionaries(st.integers(1, 4), st.sampled_from(LABELS), max_size=3)
schedules = st.lists(st.tuples(st.integers(1, 15).map(lambda n: n / 5), shown), min_size=1, max_size=10).filter(
    lambda pieces: sum(seconds for seconds, _ in pieces) > 0.3
)  # two samples at 5 frames per second


def example() -> Record:
    """Person 1 is happy for 1.5 s and then sad, person 2 is neutral in the third second."""
    return play([(1.5, {1: "happy"}), (0.5, {1: "sad"}), (1, {1: "sad", 2: "neutral"})], fps=10).record()


def test_every_person_has_a_line_for_every_second_in_which_they_were_seen() -> None:
    lines = example().seconds
    assert lines[["second", "person"]].tolist() == [(0, 1), (1, 1), (2, 1), (2, 2)]
    assert lines["seen"] == pytest.approx(1.0)
    assert lines["labels"][1][[HAPPY, SAD, NEUTRAL]] == pytest.approx([0.5, 0.5, 0.0])
    assert lines["scores"][1][[HAPPY, SAD, NEUTRAL]] == pytest.approx([0.375, 0.375, 0.05])


def test_seconds_of_poor_quality_are_told_apart() -> None:
    timeline = Timeline()
    for index in range(10):
        timeline.add_faces(index / 10, [face(1, "happy", quality="dark" if index < 4 else "good")])
    assert timeline.record().seconds["good"] == pytest.approx(0.6)


def test_a_record_says_the_same_as_the_timeline_it_was_made_of() -> None:
    timeline = play([(1, {1: "happy"}), (1, {}), (2, {2: "fear"})], fps=10)
    record = timeline.record()
    assert unpacked(record.segments) == timeline.segments()
    assert record.persons == (1, 2)
    assert (record.start, record.end, record.watched) == (0.0, 4.0, 4.0)


def test_a_time_in_which_nobody_looked_is_a_gap() -> None:
    timeline = Timeline(longest_step_seconds=1.0)
    for at in (0.0, 0.5, 1.0, 61.0, 61.5):
        timeline.add_faces(at, [face(1, "happy")])
    record = timeline.record()
    assert record.gaps == (Gap(2.0, 61.0),)
    assert record.watched == pytest.approx(3.0)


def test_a_group_is_the_sum_of_its_faces() -> None:
    whole = example().group
    assert whole.seen == pytest.approx([1, 1, 2])
    assert whole.shares[2][[SAD, NEUTRAL]] == pytest.approx([0.5, 0.5])
    assert whole.scores[2][[SAD, NEUTRAL]] == pytest.approx([0.375, 0.375])


def test_seconds_without_anybody_have_no_shares() -> None:
    whole = play([(1, {}), (1, {1: "happy"})], fps=10).record().group
    assert np.isnan(whole.shares[0]).all()
    assert whole.shares[1][HAPPY] == pytest.approx(1.0)


def test_what_was_recorded_stays_true_while_the_session_goes_on() -> None:
    timeline = play([(100, {1: "happy"})], fps=5)
    record, lines = timeline.record(), timeline.seconds()
    kept = (record.seconds.copy(), record.segments.copy(), lines.copy())
    for index in range(500):
        timeline.add_faces(100 + index / 5, [face(1, "sad"), face(2, "fear")])
    assert all(
        (now == before).all() for now, before in zip((record.seconds, record.segments, lines), kept, strict=True)
    )


def test_nobody_can_change_what_was_recorded() -> None:
    with pytest.raises(ValueError, match="read-only"):
        play([(3, {1: "happy"})], fps=5).seconds()["seen"][0] = 0


@settings(max_examples=60, deadline=None)
@given(schedules, st.sampled_from([4.0, 7.0, 25.0]))
def test_what_is_written_down_as_it_arises_makes_the_same_record(pieces: Pieces, fps: float) -> None:
    """As a store does: new lines after every sample, and the unsettled ones replaced."""
    whole, timeline = play(pieces, fps=fps), Timeline()
    seconds, settled, over = [np.zeros(0, SECOND)], [np.zeros(0, SEGMENT)], 0
    for at, rows in groupby(whole.rows(), key=lambda row: row.seconds):
        timeline.add_faces(at, [row.face for row in rows if row.face is not None])
        seconds.append(timeline.seconds(sum(map(len, seconds))))
        settled.append(timeline.settled(sum(map(len, settled))))
        assert timeline.seconds_over >= over
        over = timeline.seconds_over
    record = timeline.record()
    written = np.frombuffer(np.concatenate(seconds).tobytes(), SECOND)
    assert (written == record.seconds[: len(written)]).all()
    assert (record.seconds["second"][len(written) :] >= over).all()
    assert (in_order(np.concatenate([*settled, timeline.unsettled()])) == record.segments).all()


@settings(max_examples=60, deadline=None)
@given(schedules)
def test_records_are_the_same_at_5_and_at_30_frames_per_second(pieces: Pieces) -> None:
    slow, fast = (play(pieces, fps=fps).record() for fps in (5, 30))
    seen = slow.seconds[slow.seconds["seen"] > 1e-3], fast.seconds[fast.seconds["seen"] > 1e-3]
    assert seen[0][["second", "person"]].tolist() == seen[1][["second", "person"]].tolist()
    for column in ("seen", "labels", "scores"):
        assert seen[0][column] == pytest.approx(seen[1][column], abs=1e-3)


def test_a_part_is_cut_at_whole_seconds_from_all_columns_alike() -> None:
    record = replace(
        example(),
        started_at=START,
        markers=(Marker("early", 0.2), Marker("late", 1.5)),
        self_reports=(SelfReport(2.5, 4),),
        gaps=(Gap(0.5, 1.25),),
    )
    part = record.between(1.2, 99.0)
    assert (part.start, part.end, part.started_at) == (1.0, 3.0, START.replace(second=1))
    assert part.seconds[["second", "person"]].tolist() == [(0, 1), (1, 1), (1, 2)]
    assert [(s.person, s.emotion, s.start, s.end) for s in unpacked(part.segments)] == [
        (1, "happy", 1.0, 1.5),
        (1, "sad", 1.5, 3.0),
        (2, None, 1.0, 2.0),
        (2, "neutral", 2.0, 3.0),
    ]
    assert (part.markers, part.self_reports, part.gaps) == (
        (Marker("late", 1.5),),
        (SelfReport(2.5, 4),),
        (Gap(1.0, 1.25),),
    )


def test_a_part_outside_of_the_record_is_empty() -> None:
    part = example().between(50.0, 60.0)
    assert part.length == 0.0
    assert len(part.seconds) == len(part.segments) == 0


@settings(max_examples=60, deadline=None)
@given(schedules, st.floats(0, 20), st.floats(0, 20))
def test_parts_are_consistent_whatever_is_cut(pieces: Pieces, start: float, end: float) -> None:
    part = play(pieces, fps=5).record().between(start, end)
    assert part.length >= 0
    assert (part.seconds["second"] < part.length).all()
    for person in part.persons:
        mine = part.of(person).segments
        assert (mine["start"][0], mine["end"][-1]) == (part.start, part.end)
        assert (mine["start"][1:] == mine["end"][:-1]).all()


@settings(max_examples=60, deadline=None)
@given(schedules, st.lists(st.floats(0, 20), max_size=40))
def test_many_parts_at_once_are_the_same_as_one_by_one(pieces: Pieces, times: list[float]) -> None:
    points = tuple(Marker("point", time) for time in sorted(times))
    record = replace(play(pieces, fps=5).record(), markers=points, self_reports=(SelfReport(1.0, 3),))
    stretches = record.stretches()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("timeline.record.ROUGHLY", 3)
        parts = list(record.split(stretches))
    for stretch, part in zip(stretches, parts, strict=True):
        alone = record.between(stretch.start, stretch.end)
        assert (part.start, part.end, part.markers, part.self_reports) == (
            alone.start, alone.end, alone.markers, alone.self_reports,
        )  # fmt: skip
        assert part.seconds.tobytes() == alone.seconds.tobytes()
        assert part.segments.tobytes() == alone.segments.tobytes()


def test_only_one_person_is_left_of_one_person() -> None:
    alone = example().of(2)
    assert (alone.persons, alone.seconds["person"].tolist()) == ((2,), [2])


def test_markers_divide_a_record_and_stretches_stand_for_themselves() -> None:
    markers = (Marker("joke", 1.0), Marker("applause", 1.5, 2.5), Marker("break", 2.0))
    assert replace(example(), markers=markers).stretches() == [
        Stretch("start", 0.0, 1.0),
        Stretch("joke", 1.0, 2.0),
        Stretch("applause", 1.5, 2.5),
        Stretch("break", 2.0, 3.0),
    ]
    assert example().stretches() == []


def test_an_empty_timeline_makes_an_empty_record() -> None:
    record = Timeline().record()
    assert (record.length, record.persons, len(record.group.seen)) == (0.0, (), 0)


def test_unsure_is_a_label_like_any_other() -> None:
    lines = play([(1, {1: UNSURE})], fps=10).record().seconds
    assert lines["labels"][0].tolist() == pytest.approx([0.0] * len(EMOTIONS) + [1.0])
