import math
import time
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from played import Pieces, face, play

from faces.emotions import EMOTIONS, LABELS, UNSURE
from faces.records import Box
from timeline.questions import changes, in_sight, moments, peaks, predominant, segments_of, shares, shares_per_second
from timeline.record import Gap
from timeline.segments import Segment
from timeline.timeline import Timeline


def told(timeline: Timeline, person: int = 1) -> list[tuple[str | None, float, float]]:
    return [(s.emotion, round(s.start, 3), round(s.end, 3)) for s in segments_of(person, timeline.segments())]


def test_a_hand_computed_session_gives_the_known_segments() -> None:
    timeline = play([(1, {}), (2, {1: "happy"}), (1, {}), (4, {1: "sad"})], fps=10)
    assert told(timeline) == [(None, 0, 1), ("happy", 1, 3), (None, 3, 4), ("sad", 4, 8)]


def test_a_hand_computed_session_gives_the_known_answers() -> None:
    segments = play([(3, {1: "happy"}), (1, {1: "sad"}), (4, {1: "happy", 2: "neutral"})], fps=10).segments()
    expected = {**dict.fromkeys(LABELS, 0.0), "happy": 7 / 8, "sad": 1 / 8}
    assert shares(segments_of(1, segments)) == pytest.approx(expected)
    assert shares(segments)["neutral"] == pytest.approx(4 / 12)
    assert predominant(segments) == "happy"
    assert predominant(segments_of(2, segments)) == "neutral"
    assert changes(segments) == 2
    second = shares_per_second(segments, 0.0, 8.0)
    assert second[0]["happy"] == pytest.approx(1.0)
    assert second[3]["sad"] == pytest.approx(1.0)
    assert second[7]["happy"] == second[7]["neutral"] == pytest.approx(0.5)


def test_curves_are_time_weighted_means_over_the_faces_of_each_second() -> None:
    pieces = [(0.5, {1: "happy"}), (0.5, {1: "happy", 2: "neutral"}), (1, {}), (0.5, {1: "neutral"})]
    timeline = play(pieces, fps=10)
    first, second, third = timeline.curves()
    assert first.faces == pytest.approx(1.5)
    assert first.amusement == pytest.approx((1.0 * 0.7 + 0.5 * 0.05) / 1.5)
    assert first.intensity == pytest.approx(1 - (1.0 * 0.05 + 0.5 * 0.7) / 1.5)
    assert (second.faces, second.amusement, second.intensity) == (0.0, None, None)
    assert third.faces == pytest.approx(1.0)


def test_a_flash_shorter_than_stable_belongs_to_what_was_there_before() -> None:
    pieces = [(2, {1: "happy"}), (0.2, {1: "sad"}), (2, {1: "happy"})]
    assert told(play(pieces, fps=10)) == [("happy", 0, 4.2)]


def test_a_missed_detection_does_not_break_a_segment() -> None:
    assert told(play([(1, {1: "happy"}), (0.2, {}), (1, {1: "happy"})], fps=10)) == [("happy", 0, 2.2)]


def test_a_face_that_only_flashes_up_is_nobody() -> None:
    assert play([(3, {}), (0.1, {1: "fear"}), (3, {})], fps=10).persons() == []


def test_what_never_settles_is_unsure_and_not_the_last_settled_emotion() -> None:
    flicker = [(0.1, {1: EMOTIONS[index % 3]}) for index in range(30)]
    assert told(play([(1, {1: "happy"}), *flicker], fps=10)) == [("happy", 0, 1), (UNSURE, 1, 4)]


def test_a_clip_shorter_than_stable_still_has_its_answer() -> None:
    assert told(play([(0.2, {1: "happy"})], fps=10)) == [("happy", 0, 0.2)]


def test_one_sample_alone_has_an_answer() -> None:
    timeline = Timeline()
    timeline.add_faces(5.0, [face(1, "surprise")])
    assert predominant(timeline.segments()) == "surprise"
    assert timeline.coverage().start == 5.0


def test_the_last_sample_holds_until_the_end_that_is_told() -> None:
    timeline = Timeline()
    for seconds, emotion in ((0.0, "sad"), (1.0, "happy")):
        timeline.add_faces(seconds, [face(1, emotion)])
    timeline.end_at(5.0)
    assert [(segment.emotion, segment.seconds) for segment in timeline.segments()] == [("sad", 1.0), ("happy", 4.0)]
    timeline.add_faces(6.0, [])
    assert timeline.coverage().end == 11.0  # nobody told another end


def test_nobody_looked_from_where_the_last_sample_stops_holding_to_the_end_that_is_told() -> None:
    timeline = Timeline(longest_step_seconds=1.0)
    for seconds in (0.0, 0.5, 1.0):
        timeline.add_faces(seconds, [face(1, "sad")])
    timeline.end_at(9.0)
    record, coverage = timeline.record(), timeline.coverage()
    assert told(timeline) == [("sad", 0, 2), (None, 2, 9)]
    assert (record.end, record.gaps, record.watched) == (9.0, (Gap(2.0, 9.0),), 2.0)
    assert (coverage.end, coverage.unwatched_seconds) == (9.0, 7.0)
    timeline.add_faces(9.5, [face(1, "sad")])
    assert timeline.record().gaps == (Gap(2.0, 9.5),)


def test_an_empty_timeline_answers_with_nothing() -> None:
    timeline = Timeline()
    answers = [timeline.segments(), timeline.curves(), timeline.persons()]
    assert answers == [[], [], []]
    assert timeline.coverage().samples == 0
    assert predominant([]) is None
    assert set(shares([]).values()) == {0.0}
    assert moments([]) == []


def test_a_pause_of_a_live_session_is_not_counted_as_the_last_expression() -> None:
    timeline = Timeline(longest_step_seconds=1.0)
    for at in (0.0, 0.5, 1.0, 61.0, 61.5):
        timeline.add_faces(at, [face(1, "happy")])
    assert told(timeline) == [("happy", 0, 2), (None, 2, 61), ("happy", 61, 62)]
    assert timeline.coverage().unwatched_seconds == pytest.approx(59.0)


def test_unsure_in_between_is_no_change_and_leaving_is_none_either() -> None:
    happy, unsure, sad = {1: "happy"}, {1: UNSURE}, {1: "sad"}
    assert changes(play([(1, happy), (1, unsure), (1, happy)], fps=10).segments()) == 0
    assert changes(play([(1, happy), (1, unsure), (1, sad)], fps=10).segments()) == 1
    assert changes(play([(1, happy), (1, {}), (1, sad)], fps=10).segments()) == 0


def test_peaks_are_the_surest_moment_of_each_emotion() -> None:
    timeline = Timeline()
    for index, confidence in enumerate([0.5, 0.6, 0.9, 0.8, 0.7]):
        timeline.add_faces(index, [face(1, "happy", confidence)])
    (peak,) = peaks(timeline.segments())
    assert (peak.emotion, peak.peak_confidence, peak.peak_at) == ("happy", 0.9, 2.0)
    assert peak.peak_box == Box(10, 20, 50, 60)


def test_what_several_show_together_and_seldom_stands_out() -> None:
    neutral = {1: "neutral", 2: "neutral", 3: "neutral"}
    laugh = {1: "happy", 2: "happy", 3: "happy"}
    pieces = [(10, neutral), (2, {**neutral, 3: "happy"}), (10, neutral), (2, laugh), (10, neutral)]
    found = moments(play(pieces, fps=5).segments(), limit=1)
    assert [(m.seconds, m.emotion, m.persons) for m in found] == [(22.0, "happy", (1, 2, 3))]


def test_the_rarest_emotion_does_not_take_all_moments() -> None:
    """Fear weighs 5/8 and happy 3/8; so 5/8, then 3/8 over 5/16, then 5/16 over 3/16, then 5/24 over 3/16."""
    found = moments(play([(3, {1: "fear"}), (5, {1: "happy"})] * 6, fps=5).segments(), limit=4)
    assert Counter(moment.emotion for moment in found) == {"fear": 3, "happy": 1}


def test_six_hours_of_twenty_people_are_answered_in_seconds() -> None:
    segments = [
        Segment(person, EMOTIONS[(person + index) % 7], 5.0 * index, 5.0 * index + 5, 0.7, 5.0 * index + 2)
        for person in range(20)
        for index in range(6 * 3600 // 5)
    ]
    began = time.process_time()
    assert len(moments(segments)) == 8
    assert time.process_time() - began < 10  # 0.6 here; where each is compared with each, minutes


def test_moments_that_stand_out_are_never_crowded() -> None:
    pieces = [(0.5, {1: name}) for name in ("happy", "sad", "happy", "sad", "happy", "sad", "angry", "fear") * 3]
    times = [moment.seconds for moment in moments(play(pieces, fps=10).segments())]
    assert len(times) > 2
    assert all(later - earlier >= 2.0 for earlier, later in pairwise(times))


def test_two_samples_of_one_moment_stay_two_rows_in_order() -> None:
    timeline = Timeline()
    rows = [row for _ in range(2) for row in timeline.add_faces(1.0, [])]
    assert [row.seconds for row in rows] == [1.0, 1.000001]


def test_asking_in_the_middle_changes_nothing_later() -> None:
    asked, silent = Timeline(), Timeline()
    for index in range(60):
        for timeline in (asked, silent):
            timeline.add_faces(index / 10, [face(1, EMOTIONS[index // 15])])
        asked.segments(), asked.curves(), asked.mean_scores()
    assert asked.segments() == silent.segments()
    assert asked.curves() == silent.curves()


def test_quality_is_counted_over_all_faces() -> None:
    timeline = Timeline()
    timeline.add_faces(0.0, [face(1, "happy", quality="dark"), face(2, "happy")])
    timeline.add_faces(1.0, [])
    coverage = timeline.coverage()
    assert (coverage.samples, coverage.samples_with_face, coverage.faces) == (2, 1, 2)
    assert coverage.quality == {"dark": 1, "good": 1}


shown = st.dictionaries(st.integers(1, 4), st.sampled_from(LABELS), max_size=3)
schedules = st.lists(st.tuples(st.integers(1, 15).map(lambda n: n / 5), shown), min_size=1, max_size=10).filter(
    lambda pieces: sum(seconds for seconds, _ in pieces) > 0.3
)  # two samples at 5 frames per second


def close(left: Segment, right: Segment) -> bool:
    times = zip((left.start, left.end, left.peak_at), (right.start, right.end, right.peak_at), strict=True)
    same = (left.person, left.emotion) == (right.person, right.emotion)
    same &= left.peak_confidence == right.peak_confidence
    return same and all(math.isclose(a, b, abs_tol=1e-4) for a, b in times)


@settings(max_examples=60, deadline=None)
@given(schedules)
@example([(0.2, {}), (0.2, {1: "angry"})])  # exactly half of a clip that is shorter than anything stable
def test_answers_are_the_same_at_5_and_at_30_frames_per_second(pieces: Pieces) -> None:
    slow, fast = play(pieces, fps=5), play(pieces, fps=30)
    assert len(slow.segments()) == len(fast.segments())
    assert all(map(close, slow.segments(), fast.segments()))
    assert shares(slow.segments()) == pytest.approx(shares(fast.segments()), abs=1e-4)
    assert changes(slow.segments()) == changes(fast.segments())
    for one, other in zip(slow.curves(), fast.curves(), strict=True):
        assert one.faces == pytest.approx(other.faces, abs=1e-4)
        assert one.scores == pytest.approx(other.scores, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(schedules, st.sampled_from([4.0, 7.0, 25.0]))
def test_segments_of_a_person_never_overlap_and_cover_the_session(pieces: Pieces, fps: float) -> None:
    timeline = play(pieces, fps=fps)
    coverage, segments = timeline.coverage(), timeline.segments()
    for person in timeline.persons():
        mine = segments_of(person, segments)
        assert (mine[0].start, mine[-1].end) == (coverage.start, coverage.end)
        assert all(s.seconds > 0 for s in mine)
        for before, after in pairwise(mine):
            assert before.end == after.start
            assert before.emotion != after.emotion


@settings(max_examples=60, deadline=None)
@given(schedules)
def test_shares_sum_to_one_wherever_somebody_is_seen(pieces: Pieces) -> None:
    timeline = play(pieces, fps=10)
    segments = timeline.segments()
    for person in timeline.persons():
        assert sum(shares(segments_of(person, segments)).values()) == pytest.approx(1.0)
    assert sum(shares(segments).values()) == pytest.approx(1.0 if in_sight(segments) else 0.0)
    for second in shares_per_second(segments, 0.0, timeline.coverage().end):
        assert sum(second.values()) == pytest.approx(1.0) or not any(second.values())
    for curve in timeline.curves():
        assert curve.scores is None or sum(curve.scores) == pytest.approx(1.0, abs=1e-3)
