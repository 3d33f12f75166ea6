"""Candidates, and the square that two eyes and a mouth make."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from faces.detectors.sight import NOSE_BEFORE_EYES, Sight, distinct, merged, sight_of, sights_from_landmarks
from faces.records import Box

Point = NDArray[np.float64]


def landmarks(degrees: float, side: float = 1.0, beside: float = 0.0) -> tuple[Point, Point, Point, Point]:
    """Left eye, right eye, nose and mouth of a face at (100, 100) turned clockwise.

    `side` narrows the eyes, and the nose stands `beside` their middle, to the right of the face as it is seen.
    """
    turn = math.radians(degrees)
    matrix = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    places = ([-10 * side, 0], [10 * side, 0], [beside, 11], [0, 20])
    left, right, nose, mouth = (matrix @ place + 100 for place in places)
    return left, right, nose, mouth


def sight_from(*points: Point) -> Sight:
    """The sight from one face's landmarks; another face beside it must not matter."""
    other = landmarks(25)
    left, right, nose, mouth = (np.stack(pair) for pair in zip(points, other, strict=True))
    return sights_from_landmarks(left, right, nose, mouth, np.array([1.0, 0.5]))[0]


@pytest.mark.parametrize("degrees", [-90, -40, 0, 40, 90])
def test_a_face_that_turns_keeps_its_size_and_has_that_angle(degrees: float) -> None:
    upright, sight = sight_from(*landmarks(0)), sight_from(*landmarks(degrees))
    assert sight.angle == pytest.approx(degrees)
    assert sight.size == pytest.approx(upright.size)


def test_the_middle_lies_below_the_eyes_on_the_side_of_the_mouth() -> None:
    assert sight_from(*landmarks(0)).y > 100
    clockwise = sight_from(*landmarks(90))  # the chin points to the left
    assert clockwise.x < 100
    assert clockwise.y == pytest.approx(100)


def test_half_in_profile_a_face_is_not_taken_for_a_small_one() -> None:
    frontal, profile = sight_from(*landmarks(0)), sight_from(*landmarks(0, 0.5))
    assert profile.size > 0.8 * frontal.size


@pytest.mark.parametrize("roll", [-60, 0, 35])
@pytest.mark.parametrize("yaw", [-50, -20, 0, 30, 60])
def test_the_nose_tells_how_far_a_head_is_turned_aside_at_any_roll(yaw: float, roll: float) -> None:
    turn = math.radians(yaw)
    eyes, depth = math.cos(turn), 20 * NOSE_BEFORE_EYES  # 20 pixels lie between the eyes of a face from the front
    assert sight_from(*landmarks(roll, eyes, depth * math.sin(turn))).yaw == pytest.approx(yaw)


def test_several_sights_of_a_face_give_their_mean_and_the_surest_of_them_counts_most() -> None:
    mean = merged([Sight(100, 100, 80, 0, 0.9, 5.0), Sight(110, 100, 90, 10, 0.3), Sight(400, 100, 80, 0, 0.9)])
    assert 100 < mean.x < 105
    assert 80 < mean.size < 85
    assert (mean.weight, mean.yaw) == (0.9, 5.0)


def test_of_several_candidates_for_one_face_the_first_stays() -> None:
    first, second, other = (Sight(x, 100, 80, 0, 1) for x in (100, 120, 300))
    assert distinct([first, second, other]) == [first, other]


def test_a_box_survives_the_way_through_a_sight() -> None:
    box = Box(-7, 12, 81, 81, 13.5)
    assert sight_of(box).scaled(0.5).scaled(2.0).box() == replace(box, score=0.0)


def test_a_box_is_told_how_sure_it_is_from_nothing_to_one() -> None:
    scores = [Sight(50, 50, 40, 0, weight).box(10.0).score for weight in (-3.0, 5.0, 20.0)]
    assert scores == [0.0, 0.5, 1.0]
