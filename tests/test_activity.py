from dataclasses import replace

import pytest
from confusions import TRUE_NETWORK
from hypothesis import given, settings
from hypothesis import strategies as st
from played import Pieces, face, play

from faces.emotions import EMOTIONS, LABELS, UNSURE
from faces.errors import InputError
from timeline.intervals import Predominant
from timeline.questions import changes, segments_of
from timeline.record import Marker, Record
from timeline.segments import unpacked
from timeline.timeline import Timeline
from timeline.uses.activity import MOST_SPANS, Activity, LabelSpan, Shown


def named(shown: Shown) -> dict[str, float]:
    return {share.label: round(share.share, 3) for share in shown.shares if share.share}


def played(pieces: Pieces, *markers: Marker) -> Record:
    return replace(play(pieces, fps=10).record(), markers=markers, confusion=TRUE_NETWORK)


def test_a_hand_computed_activity_has_the_known_answers() -> None:
    whole = Activity().answer(played([(6, {1: "happy"}), (1, {}), (3, {1: "sad"}), (1, {1: UNSURE})])).whole
    assert named(whole) == {"happy": 0.6, "sad": 0.3, UNSURE: 0.1}
    assert whole.predominant.emotion == "happy"
    assert whole.seen_seconds == pytest.approx(10.0)
    assert whole.longest == LabelSpan("happy", 0.0, 6.0)
    assert whole.changes == 0  # leaving is none
    assert whole.stretches == pytest.approx(10**2 / (6**2 + 3**2 + 1))
    # mean scores of happy 0.7 and of everything else 0.05 for 6 s, and so on: see faces.affect
    assert whole.valence == pytest.approx(0.81 * 0.44 - 0.63 * 0.245 + 0.05 * (-0.51 - 0.6 - 0.64 + 0.4), abs=1e-4)


def test_the_time_in_view_does_not_depend_on_how_many_numbers_somebody_had() -> None:
    pieces: Pieces = [(4, {1: "happy"}), (2, {}), (4, {2: "sad"}), (5, {2: "sad", 3: "happy"}), (5, {})]
    whole = Activity().answer(played(pieces)).whole
    assert (whole.in_view_seconds, whole.seen_seconds) == pytest.approx((13.0, 18.0))


def test_changes_are_counted_in_sight_and_per_minute_of_seen_time() -> None:
    whole = Activity().answer(played([(3, {1: "happy"}), (1, {1: UNSURE}), (3, {1: "sad"}), (3, {1: "happy"})])).whole
    assert whole.changes == 2
    assert whole.changes_per_minute == pytest.approx(12.0)


def test_the_most_expressive_second_is_the_one_farthest_from_neutral() -> None:
    timeline = Timeline()
    for index in range(50):
        timeline.add_faces(index / 10, [face(1, "surprise" if 30 <= index < 40 else "neutral", 0.9)])
    found = Activity().answer(timeline.record()).whole.most_expressive
    assert found is not None and (found.seconds, found.emotion) == (3.0, "surprise")
    assert found.intensity == pytest.approx(1 - 0.1 / 6, abs=1e-4)


def test_a_face_that_was_only_glimpsed_is_not_the_most_expressive() -> None:
    timeline = Timeline()
    for index in range(20):
        timeline.add_faces(index / 10, [face(1, "fear")] if index < 2 else [face(1, "neutral")] if index >= 10 else [])
    found = Activity().answer(timeline.record()).whole.most_expressive
    assert found is not None and found.seconds == 1.0


def test_every_stretch_between_markers_is_answered_like_the_whole() -> None:
    record = played([(4, {1: "neutral"}), (4, {1: "happy"}), (4, {1: "sad"})], Marker("joke", 4.0), Marker("end", 8.0))
    found = Activity().answer(record).between_markers
    assert [(part.label, part.start, part.end, named(part)) for part in found] == [
        ("start", 0.0, 4.0, {"neutral": 1.0}),
        ("joke", 4.0, 8.0, {"happy": 1.0}),
        ("end", 8.0, 12.0, {"sad": 1.0}),
    ]


def test_one_person_can_be_chosen_and_all_are_taken_together_otherwise() -> None:
    record = played([(4, {1: "happy", 2: "sad"}), (4, {2: "sad"})])
    assert named(Activity(person=1).answer(record).whole) == {"happy": 1.0}
    assert named(Activity().answer(record).whole) == {"happy": 0.333, "sad": 0.667}
    assert (Activity().answer(record).people, Activity(person=1).answer(record).people) == (2, 1)


def test_somebody_who_was_not_seen_cannot_be_chosen() -> None:
    with pytest.raises(InputError, match=r"Person 9 was not seen[.] Seen were: 1[.] Choose one of them, or all"):
        Activity(person=9).answer(played([(4, {1: "happy"})]))


def test_the_strip_shows_what_was_named_and_nothing_where_nobody_was() -> None:
    strip = Activity().answer(played([(3, {1: "happy"}), (2, {}), (2.5, {1: "sad"})])).strip
    assert strip == (LabelSpan("happy", 0.0, 3.0), LabelSpan("sad", 5.0, 7.5))


def test_the_strip_of_a_long_session_stays_short() -> None:
    timeline = Timeline()
    for second in range(4 * MOST_SPANS):
        timeline.add_faces(second, [face(1, EMOTIONS[second // 2 % 7])])
    strip = Activity().answer(timeline.record()).strip
    assert len(strip) <= MOST_SPANS
    assert (strip[0].start, strip[-1].end) == (0.0, 4.0 * MOST_SPANS)


def test_nobody_seen_gives_answers_that_say_so() -> None:
    answer = Activity().answer(play([(3, {})], fps=5).record())
    assert answer.whole.predominant == Predominant(None, sure=False)
    assert (answer.whole.valence, answer.whole.longest, answer.whole.most_expressive) == (None, None, None)
    assert (answer.people, answer.strip, Activity().answer(Timeline().record()).strip) == (0, (), ())


def test_two_sessions_stand_side_by_side_and_only_clear_differences_are_sure() -> None:
    often = played([(3, {1: "happy"}), (1, {1: "neutral"})] * 40)
    seldom = played([(1, {1: "happy"}), (3, {1: "neutral"})] * 40)
    found = {one.emotion: one for one in Activity().compare(often, seldom).differences}
    happy = found["happy"].more
    assert happy is not None and happy.value == pytest.approx(0.5, abs=0.01)
    assert happy.low > 0.1
    assert (found["happy"].sure, found["neutral"].sure, found["disgust"].sure) == (True, True, False)
    assert not any(one.sure for one in Activity().compare(often, often).differences)


shown = st.dictionaries(st.integers(1, 3), st.sampled_from(LABELS), max_size=2)
schedules = st.lists(st.tuples(st.integers(2, 15).map(lambda n: n / 5), shown), min_size=2, max_size=8)


@settings(max_examples=50, deadline=None)
@given(schedules)
def test_an_activity_is_the_same_at_5_and_at_30_frames_per_second(pieces: Pieces) -> None:
    slow, fast = (
        Activity().answer(replace(play(pieces, fps=fps).record(), confusion=TRUE_NETWORK)).whole for fps in (5, 30)
    )
    assert (slow.changes, slow.predominant) == (fast.changes, fast.predominant)
    assert [slow.seen_seconds, slow.stretches] == pytest.approx([fast.seen_seconds, fast.stretches], abs=1e-3)
    for one, other in zip(slow.shares, fast.shares, strict=True):
        assert (one.share, one.low, one.high) == pytest.approx((other.share, other.low, other.high), abs=1e-3)


@settings(max_examples=50, deadline=None)
@given(schedules)
def test_changes_are_those_of_the_questions(pieces: Pieces) -> None:
    record = play(pieces, fps=10).record()
    assert Activity().answer(record).whole.changes == changes(unpacked(record.segments))
    for person in record.persons:
        mine = Activity(person=person).answer(record).whole
        assert mine.changes == changes(segments_of(person, unpacked(record.segments)))
