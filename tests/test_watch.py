"""The watch over a group: the known incidents of known crowds, live as in review, at any frame rate."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise

import pytest
from crowds import crowd
from hypothesis import given, settings
from hypothesis import strategies as st
from played import Pieces, face, play

from timeline.record import Gap
from timeline.rules import Rule
from timeline.timeline import Timeline
from timeline.watch import CALM, LOST, STOPPED, TOO_FEW, IncidentEvent, Watch

RULE = Rule("anger", at_least=0.3, for_seconds=10, faces=5, ends_below=0.2, calm_seconds=5, cool_down_seconds=60)


def told(events: Sequence[IncidentEvent]) -> list[tuple[str, float]]:
    return [(event.kind, event.seconds) for event in events]


def test_anger_that_spreads_at_a_known_second_is_told_once_it_lasted() -> None:
    events = Watch([RULE]).review(crowd([0.0] * 20 + [0.5] * 15 + [0.0] * 30))
    assert told(events) == [("new", 30.0), ("end", 40.0)]
    incident = events[-1].incident
    assert (incident.start, incident.end, incident.outcome) == (20.0, 35.0, CALM)
    assert (round(incident.peak, 4), incident.peak_at, incident.faces) == (0.5, 20.0, 10.0)


def test_one_incident_keeps_one_id_from_new_over_update_to_end() -> None:
    events = Watch([RULE]).review(crowd([0.5] * 40 + [0.0] * 10))
    assert told(events) == [("new", 10.0), ("update", 20.0), ("update", 30.0), ("update", 40.0), ("end", 45.0)]
    assert {event.incident.id for event in events} == {"1-0"}


@pytest.mark.parametrize("seconds", [3, 9])
def test_what_does_not_last_is_not_told(seconds: int) -> None:
    assert Watch([RULE]).review(crowd([0.0] * 5 + [0.9] * seconds + [0.0] * 30)) == []


def test_exactly_the_threshold_counts_and_just_below_does_not() -> None:
    assert told(Watch([RULE]).review(crowd([0.3] * 12)))[0] == ("new", 10.0)
    assert Watch([RULE]).review(crowd([0.29] * 12)) == []


def test_faces_that_come_and_go_around_the_threshold_make_one_incident() -> None:
    events = Watch([RULE]).review(crowd([0.35, 0.25] * 30 + [0.0] * 5))
    assert [event.kind for event in events if event.kind != "update"] == ["new", "end"]


def test_a_short_dip_does_not_end_an_incident() -> None:
    events = Watch([RULE]).review(crowd([0.5] * 12 + [0.0] * 4 + [0.5] * 5 + [0.0] * 10))
    assert [event.kind for event in events if event.kind != "update"] == ["new", "end"]
    assert events[-1].incident.end == 21.0


def test_after_an_incident_nothing_is_told_until_it_has_cooled_down() -> None:
    again = [0.5] * 12 + [0.0] * 10
    events = Watch([RULE]).review(crowd(again * 6))
    assert [event.seconds for event in events if event.kind == "new"] == [10.0, 98.0]
    eager = replace(RULE, cool_down_seconds=0)
    assert [e.seconds for e in Watch([eager]).review(crowd(again * 6)) if e.kind == "new"] == [
        10 + 22 * n for n in range(6)
    ]


def test_too_few_faces_are_told_apart_from_calm() -> None:
    events = Watch([RULE]).review(crowd([0.5] * 15 + [None] * 10))
    assert events[-1].incident.outcome == TOO_FEW
    assert Watch([RULE]).review(crowd([None] * 60)) == []


def test_a_face_that_is_missed_for_a_moment_does_not_break_a_group_of_five() -> None:
    timeline = Timeline()
    for index in range(15 * 10):
        missed = index % 10 == 3
        timeline.add_faces(index / 10, [face(person, "angry") for person in range(1, 5 if missed else 6)])
    assert [event.kind for event in Watch([RULE]).review(timeline.record())] == ["new", "end"]


def test_a_camera_lost_during_an_incident_ends_it_as_lost_and_not_as_calm() -> None:
    half_seen = crowd([0.5] * 15 + [None] * 15, gaps=(Gap(15.0, 30.0),))
    incident = Watch([RULE]).review(half_seen)[-1].incident
    assert (incident.end, incident.outcome) == (15.0, LOST)
    calm_first = crowd([0.5] * 15 + [0.0] * 2 + [None] * 15, gaps=(Gap(17.0, 32.0),))
    incident = Watch([RULE]).review(calm_first)[-1].incident
    assert (incident.end, incident.outcome) == (15.0, LOST)


def test_a_camera_that_is_known_to_be_lost_ends_it_at_once() -> None:
    timeline = play([(15, dict.fromkeys(range(1, 7), "angry"))], fps=5)
    watch = Watch([RULE])
    assert told(watch.follow(timeline)) == [("new", 10.0)]
    (event,) = watch.stop(LOST)
    assert (event.kind, event.incident.outcome, event.incident.end) == ("end", LOST, 14.0)
    assert watch.stop(LOST) == []


def test_what_still_goes_on_at_the_end_is_stopped() -> None:
    incident = Watch([RULE]).review(crowd([0.5] * 15))[-1].incident
    assert (incident.end, incident.outcome) == (15.0, STOPPED)


def test_rules_that_stay_as_they_are_go_on_while_others_change() -> None:
    stays, goes, comes = (Rule(name, for_seconds=2, faces=2) for name in ("stays", "goes", "comes"))
    timeline, watch, told = Timeline(), Watch([goes, stays]), list[IncidentEvent]()
    for second in range(12):
        if second == 6:
            told += watch.change([stays, comes])
            assert [state.rule for state in watch.states()] == ["stays"]
        timeline.add_faces(float(second), [face(1, "angry"), face(2, "angry")])
        told += watch.follow(timeline)
    assert [(event.kind, event.incident.rule, event.incident.outcome) for event in told] == [
        ("new", "goes", None),
        ("new", "stays", None),
        ("end", "goes", "stopped"),
        ("new", "comes", None),
    ]
    assert len({event.incident.id for event in told}) == 3


def test_counts_and_probabilities_are_measured_too() -> None:
    count = replace(RULE, measure="count", at_least=3.0, ends_below=None)
    assert [event.kind for event in Watch([count]).review(crowd([0.3] * 12, faces=10))] == ["new", "end"]
    assert Watch([count]).review(crowd([0.3] * 12, faces=9)) == []
    sure = replace(RULE, measure="confidence", at_least=0.5, expressions=("angry", "sad"), ends_below=None)
    assert told(Watch([sure]).review(crowd([0.45] * 20 + [0.55] * 12)))[0] == ("new", 30.0)


def test_every_rule_says_how_it_is() -> None:
    watch = Watch([RULE, replace(RULE, name="crowded", faces=50)])
    names: list[tuple[str, ...]] = []
    lasted: list[int | None] = []
    timeline = Timeline()
    for second in range(40):
        shown = "angry" if 5 <= second < 20 else "neutral"
        timeline.add_faces(second, [face(person, shown) for person in range(1, 7)])
        watch.follow(timeline)
        names += [tuple(state.state for state in watch.states())]
        lasted += [state.lasted for state in watch.states()[:1]]
    assert names[1] == ("watching", "too few faces")
    assert (names[8][0], names[18][0], names[30][0]) == ("rising", "incident", "cooling down")
    assert watch.states()[0].value == pytest.approx(0.0)
    assert watch.states()[1].value is None
    assert (lasted[3], lasted[8], lasted[18], lasted[30]) == (None, 4, 14, None)


def test_times_are_on_the_clock_of_the_session() -> None:
    timeline = Timeline()
    for second in range(30):
        timeline.add_faces(1000.0 + second, [face(person, "angry") for person in range(1, 7)])
    (event, *_) = Watch([RULE]).follow(timeline)
    assert (event.seconds, event.incident.start) == (1010.0, 1000.0)
    assert Watch([RULE]).review(timeline.record())[0] == event


shown = st.dictionaries(st.integers(1, 5), st.sampled_from(["angry", "sad", "neutral", "unsure"]), max_size=5)
scenes = st.lists(st.tuples(st.integers(1, 20).map(lambda n: n / 5), shown), min_size=1, max_size=12)
watched = st.lists(
    st.builds(
        Rule,
        st.just("rule"),
        st.sampled_from([("angry",), ("angry", "sad"), ("unsure",)]),
        st.sampled_from(["share", "count"]),
        st.sampled_from([0.3, 0.5, 1.0]),
        st.integers(1, 3),
        st.integers(1, 3),
        st.sampled_from([None, 0.1]),
        st.integers(1, 3),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=100, deadline=None)
@given(scenes, watched, st.sampled_from([1.5, 5.0]))
def test_the_same_incidents_live_as_from_the_whole_record(scene: Pieces, rules: list[Rule], longest: float) -> None:
    """With a camera that is off for some seconds in the middle."""
    whole = play(scene, fps=5)
    timeline, live, events = Timeline(longest_step_seconds=longest), Watch(rules), list[IncidentEvent]()
    for at, rows in groupby(whole.rows(), key=lambda row: row.seconds):
        timeline.add_faces(at + (4.0 if at > 3 else 0.0), [row.face for row in rows if row.face is not None])
        events += live.follow(timeline)
    record = timeline.record()
    reviewed = Watch(rules).review(record.between(record.start, record.start + timeline.seconds_over))
    assert [*events, *live.stop()] == reviewed


@settings(max_examples=60, deadline=None)
@given(scenes, watched)
def test_the_same_incidents_at_5_and_at_30_frames_per_second(scene: Pieces, rules: list[Rule]) -> None:
    slow, fast = (Watch(rules).review(play(scene, fps=fps).record()) for fps in (5, 30))
    assert told(slow) == told(fast)
    for one, other in zip(slow, fast, strict=True):
        assert (one.incident.start, one.incident.end, one.incident.outcome) == (
            other.incident.start,
            other.incident.end,
            other.incident.outcome,
        )


@settings(max_examples=60, deadline=None)
@given(scenes, watched)
def test_incidents_of_a_rule_never_overlap_and_last_as_long_as_it_asks(scene: Pieces, rules: list[Rule]) -> None:
    events = Watch(rules).review(play(scene, fps=5).record())
    for place, rule in enumerate(rules, start=1):
        ended = [e.incident for e in events if e.kind == "end" and e.incident.id.startswith(f"{place}-")]
        for incident in ended:
            assert incident.end is not None
            assert incident.end - incident.start >= rule.for_seconds
        for before, after in pairwise(ended):
            assert before.end is not None
            assert after.start >= before.end + rule.cool_down_seconds
