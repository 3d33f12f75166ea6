"""Candidates, and the square that two eyes and a mouth make."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from faces.detectors.sight import Sight, distinct, sight_from_landmarks, sight_of
from faces.records import Box

Point = NDArray[np.float64]


def landmarks(degrees: float, side: float = 1.0) -> tuple[Point, Point, Point]:
    """Left eye, right eye and mouth of a face at (100, 100) turned clockwise; `side` narrows the eyes."""
    turn = math.radians(degrees)
    matrix = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    left, right, mouth = (matrix @ point + 100 for point in ([-10 * side, 0], [10 * side, 0], [0, 20]))
    return left, right, mouth


@pytest.mark.parametrize("degrees", [-90, -40, 0, 40, 90])
def test_a_face_that_turns_keeps_its_size_and_has_that_angle(degrees: float) -> None:
    upright, sight = sight_from_landmarks(*landmarks(0), 1.0), sight_from_landmarks(*landmarks(degrees), 1.0)
    assert sight.angle == pytest.approx(degrees)
    assert sight.size == pytest.approx(upright.size)


def test_the_middle_lies_below_the_eyes_on_the_side_of_the_mouth() -> None:
    assert sight_from_landmarks(*landmarks(0), 1.0).y > 100
    clockwise = sight_from_landmarks(*landmarks(90), 1.0)  # the chin points to the left
    assert clockwise.x < 100
    assert clockwise.y == pytest.approx(100)


def test_half_in_profile_a_face_is_not_taken_for_a_small_one() -> None:
    frontal, profile = sight_from_landmarks(*landmarks(0), 1.0), sight_from_landmarks(*landmarks(0, 0.5), 1.0)
    assert profile.size > 0.8 * frontal.size


def test_of_several_candidates_for_one_face_the_first_stays() -> None:
    first, second, other = (Sight(x, 100, 80, 0, 1) for x in (100, 120, 300))
    assert distinct([first, second, other]) == [first, other]


def test_a_box_survives_the_way_through_a_sight() -> None:
    box = Box(-7, 12, 81, 81, 13.5)
    assert sight_of(box).scaled(0.5).scaled(2.0).box() == box
