"""The same number for the same person, and boxes that rest while the face does."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scenes import Motion, SceneFrame, scene, square, standing, swaying, walking
from faces.records import Box
from faces.track import COAST_SECONDS, Track, Tracker


def follow(moments: list[SceneFrame], tracker: Tracker | None = None) -> list[list[Track]]:
    tracker = tracker or Tracker()
    return [tracker.update(moment.boxes, moment.seconds) for moment in moments]


def middle(box: Box) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2


def persons(shown: list[Track]) -> list[int]:
    return [track.person for track in shown]


def who(shown: list[Track], truth: Box) -> int:
    """The number of the person shown nearest to where somebody really is."""
    return min(shown, key=lambda track: np.hypot(*np.subtract(middle(track.box), middle(truth)))).person


@pytest.mark.parametrize("frames_per_second", [5, 15, 30])
def test_a_face_is_shown_soon_but_not_on_first_sight(frames_per_second: float) -> None:
    moments = list(scene([standing(200, 200)], frames_per_second=frames_per_second))
    first = next(index for index, shown in enumerate(follow(moments)) if shown)
    assert 0 < first / frames_per_second <= 0.25


def test_what_is_seen_only_twice_in_passing_is_never_shown() -> None:
    tracker = Tracker()
    boxes = {0.0: [square(100, 100, 80)], 0.2: [square(100, 100, 80)]}
    shown = [tracker.update(boxes.get(index / 30, []), index / 30) for index in range(30)]
    assert not any(shown)


@pytest.mark.parametrize("frames_per_second", [5, 15, 30])
@pytest.mark.parametrize("motion", [swaying(300, 200, 150), walking(50, 200, 150), standing(200, 200)])
def test_face_keeps_its_number_while_it_moves(motion: Motion, frames_per_second: float) -> None:
    moments = list(scene([motion], frames_per_second=frames_per_second, noise=0.03))
    assert {number for shown in follow(moments) for number in persons(shown)} == {1}


@pytest.mark.parametrize("gap_seconds", [0.1, 0.5, 1.2])
def test_face_keeps_its_number_through_a_missed_detection(gap_seconds: float) -> None:
    moments = list(scene([standing(200, 200)], noise=0.02, misses=lambda _, now: 1.0 <= now < 1.0 + gap_seconds))
    assert persons(follow(moments)[-1]) == [1]


def test_somebody_who_comes_back_after_long_is_somebody_new() -> None:
    moments = list(scene([standing(200, 200)], seconds=5, misses=lambda _, now: 1.0 <= now < 3.0))
    assert persons(follow(moments)[-1]) == [2]


def test_a_missed_face_is_shown_only_briefly() -> None:
    moments = list(scene([standing(200, 200)], seconds=3, misses=lambda _, now: now >= 1.0))
    shown = follow(moments)
    last = max(moment.seconds for moment, tracks in zip(moments, shown, strict=True) if tracks)
    assert 1.0 + COAST_SECONDS - 0.1 <= last <= 1.0 + COAST_SECONDS
    assert not shown[-1]


@pytest.mark.parametrize(("score", "sightings"), [(None, 4), (0.5, 4), (0.9, 2)])
def test_whom_the_detector_is_sure_of_is_shown_at_the_second_sighting(score: float | None, sightings: int) -> None:
    tracker, box = Tracker(), replace(square(200, 200, 80), score=score)
    shown = [bool(tracker.update([box], index / 30)) for index in range(5)]
    assert shown.index(True) + 1 == sightings


def test_a_face_that_was_seen_for_a_moment_is_not_shown_for_longer_than_that() -> None:
    moments = list(scene([standing(200, 200)], seconds=2, misses=lambda _, now: now >= 0.15))
    shown_seconds = sum(bool(tracks) for tracks in follow(moments)) / 30
    assert 0 < shown_seconds <= 0.2


def test_a_missed_face_says_that_it_is_not_seen() -> None:
    moments = list(scene([standing(200, 200)], misses=lambda _, now: 1.0 <= now < 1.2))
    for moment, tracks in zip(moments, follow(moments), strict=True):
        assert all(track.seen == bool(moment.boxes) for track in tracks)


@pytest.mark.parametrize("frames_per_second", [10, 30])
def test_two_people_who_cross_keep_their_numbers(frames_per_second: float) -> None:
    # while they pass, the one behind is hidden
    motions = [walking(50, 200, 200), walking(650, 230, -200)]

    def misses(person: int, now: float) -> bool:
        return person == 1 and abs(motions[0](now)[0] - motions[1](now)[0]) < 90

    moments = list(scene(motions, noise=0.02, misses=misses, frames_per_second=frames_per_second))
    shown = follow(moments)
    early = round(0.8 * frames_per_second)
    before = [who(shown[early], truth) for truth in moments[early].truth]
    after = [who(shown[-1], truth) for truth in moments[-1].truth]
    assert sorted(before) == [1, 2]
    assert after == before


@pytest.mark.parametrize("frames_per_second", [10, 15, 30])
def test_after_a_hard_cut_a_face_between_the_places_of_two_people_is_one_of_them(frames_per_second: float) -> None:
    cut, tracker = 2.0, Tracker()
    before = scene([standing(200, 200), standing(280, 200)], seconds=cut, frames_per_second=frames_per_second)
    after = scene([swaying(240, 200, 60)], seconds=4.0, noise=0.015, frames_per_second=frames_per_second)
    assert persons(follow(list(before), tracker)[-1]) == [1, 2]
    shown = follow([replace(moment, seconds=cut + moment.seconds) for moment in after], tracker)
    assert len({track.person for tracks in shown for track in tracks if track.seen}) == 1, "its number changes"
    assert len(tracker.persons) == 1


def test_whose_place_another_face_takes_is_not_shown_there_any_more() -> None:
    tracker = Tracker()
    follow(list(scene([standing(200, 200), standing(270, 200)], seconds=1.0)), tracker)
    assert persons(tracker.update([square(230, 200, 100)], 1.0)) == [1]
    assert persons(tracker.update([square(160, 200, 100)], 1.03)) == [1, 2]  # only missed for a moment


def test_twenty_faces_have_twenty_numbers() -> None:
    motions = [swaying(100 + 150 * (index % 5), 100 + 150 * (index // 5), 30) for index in range(20)]
    moments = list(scene(motions, noise=0.02))
    shown = follow(moments)
    assert persons(shown[-1]) == list(range(1, 21))
    assert {number for tracks in shown for number in persons(tracks)} == set(range(1, 21))


def test_the_box_of_a_resting_face_rests() -> None:
    moments = list(scene([standing(200, 200)], seconds=6, noise=0.03))
    shown = follow(moments)

    def restlessness(boxes: list[Box]) -> float:
        return float(np.abs(np.diff([(*middle(box), box.width) for box in boxes], axis=0)).mean())

    steady = restlessness([tracks[0].box for tracks in shown[30:]])
    assert steady < 0.2 * restlessness([moment.boxes[0] for moment in moments[30:]])


@pytest.mark.parametrize("frames_per_second", [10, 30])
def test_the_box_of_a_moving_face_does_not_lag(frames_per_second: float) -> None:
    # three face widths per second is somebody getting up
    moments = list(scene([walking(100, 200, 300)], seconds=2, noise=0.01, frames_per_second=frames_per_second))
    behind = [
        np.hypot(*np.subtract(middle(tracks[0].box), middle(moment.truth[0])))
        for moment, tracks in zip(moments, follow(moments), strict=True)
        if tracks and moment.seconds > 0.5
    ]
    assert np.mean(behind) < 0.1 * 100


def test_the_detector_is_told_about_faces_that_are_not_shown_yet_or_any_more() -> None:
    tracker = Tracker()
    tracker.update([square(100, 100, 80)], 0.0)
    assert tracker.expected() == [square(100, 100, 80)]
    for index in range(1, 10):
        tracker.update([square(100, 100, 80)], index / 30)
    assert tracker.update([], 1.0) == []
    assert tracker.expected() == [square(100, 100, 80)]
    assert tracker.persons == {1}
    tracker.update([], 9.0)
    assert tracker.expected() == []
    assert tracker.persons == frozenset()


def test_for_a_single_picture_one_sight_is_enough() -> None:
    shown = Tracker(sightings_needed=1).update([square(100, 100, 80), square(300, 100, 80)], 0.0)
    assert persons(shown) == [1, 2]


def test_a_clock_that_stands_still_or_steps_back_does_no_harm() -> None:
    tracker = Tracker()
    for seconds in (1.0, 1.0, 1.0, 1.0, 0.5, 0.5):
        shown = tracker.update([square(100, 100, 80, 10)], seconds)
    assert persons(shown) == [1]
    assert shown[0].box == square(100, 100, 80, 10)


def test_two_frames_of_one_moment_make_no_endless_speed() -> None:
    tracker = Tracker(sightings_needed=1)
    for x, seconds in ((100, 0.0), (120, 5e-324), (140, 1.0)):
        (track,) = tracker.update([square(x, 100, 80)], seconds)
    assert middle(track.box) == pytest.approx((140, 100), abs=25)


boxes = st.builds(square, st.integers(-50, 700), st.integers(-50, 500), st.integers(1, 400), st.floats(-90, 90))


@given(st.lists(st.tuples(st.lists(boxes, max_size=6), st.floats(0.0, 2.0)), max_size=12))
def test_two_faces_of_one_frame_never_share_a_number(frames: list[tuple[list[Box], float]]) -> None:
    tracker, seconds = Tracker(sightings_needed=1), 0.0
    for found, pause in frames:
        seconds += pause
        shown = persons(tracker.update(found, seconds))
        assert len(set(shown)) == len(shown)
        assert set(shown) <= tracker.persons
        assert len(shown) >= len(found)
