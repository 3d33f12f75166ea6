"""A face is followed by its looks only as far and as long as looks can be trusted."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from benchmarks.scenes import portrait
from faces.detectors.follow import (
    PICTURES,
    REACH,
    RESTING_DEGREES,
    TRUST_NEEDED,
    Known,
    follow,
    nearest,
    searched_again,
)
from faces.detectors.haar import HaarDetector
from faces.detectors.sight import Sight
from faces.records import Box, Image

SIDE = 36
LEFT, TOP = 142, 102  # of the face in the picture
GREY = cv2.cvtColor(portrait(60), cv2.COLOR_BGR2GRAY)
PICTURE: Image = np.asarray(cv2.GaussianBlur(GREY, (0, 0), 1.0), np.uint8)  # soft as a shrunk face is
SURE = Known(Sight(160, 120, SIDE, 0, 9), PICTURE[TOP : TOP + SIDE, LEFT : LEFT + SIDE], TRUST_NEEDED)


def followed(picture: Image, known: Known = SURE) -> Known | None:
    return follow(known, picture)


def moved(x: float, y: float) -> Image:
    shift = np.array([[1, 0, x], [0, 1, y]], np.float64)
    return np.asarray(cv2.warpAffine(PICTURE, shift, PICTURE.shape[::-1], borderMode=cv2.BORDER_REPLICATE), np.uint8)


@pytest.mark.parametrize("step", [(0, 0), (3, -2), (0.5, 0.25), (-5.4, 6.7)])
def test_a_face_is_found_where_it_moved_to_the_fraction_of_a_pixel(step: tuple[float, float]) -> None:
    known = followed(moved(*step))
    assert known is not None
    assert (known.sight.x - 160, known.sight.y - 120) == pytest.approx(step, abs=0.2)
    assert known.sight.size == SIDE
    assert known.sight.angle == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize("degrees", [-5, -2, 1, 4])
def test_a_face_that_turns_is_followed_at_its_angle(degrees: float) -> None:
    turn = cv2.getRotationMatrix2D((160, 120), -degrees, 1.0)  # OpenCV counts the other way
    picture = cv2.warpAffine(PICTURE, turn, PICTURE.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    known = followed(np.asarray(picture, np.uint8))
    assert known is not None
    assert known.sight.angle == pytest.approx(degrees, abs=0.8)


def test_who_moved_too_far_or_is_covered_has_to_be_searched() -> None:
    assert followed(moved(REACH + 3, 0)) is None
    covered = PICTURE.copy()
    covered[120:150, 130:190] = 128
    assert followed(covered) is None


def test_a_face_that_was_not_searched_often_or_long_ago_is_due() -> None:
    assert replace(SURE, trust=TRUST_NEEDED - 1).due
    known: Known | None = SURE
    for _ in range(PICTURES):
        assert known is not None
        assert not known.due
        known = followed(PICTURE, known)
    assert known is not None
    assert known.due


def test_a_head_that_turns_loses_trust_and_wins_it_back() -> None:
    turned = searched_again(SURE, replace(SURE.sight, angle=RESTING_DEGREES + 1), SURE.looks)
    assert turned.due
    assert searched_again(turned, turned.sight, SURE.looks).trust == TRUST_NEEDED


def test_the_nearest_face_at_an_expected_place_is_meant() -> None:
    other = replace(SURE, sight=replace(SURE.sight, x=170))
    assert nearest(replace(SURE.sight, x=167), [SURE, other]) is other
    assert nearest(replace(SURE.sight, x=300), [SURE, other]) is None


def test_a_resting_face_is_searched_at_about_one_picture_in_six(monkeypatch: pytest.MonkeyPatch) -> None:
    detector, image, searches = HaarDetector(), portrait(90), 0
    boxes: list[Box] = []
    search = detector._look_again

    def counted(grey: Image, last: Sight) -> Sight | None:
        nonlocal searches
        searches += 1
        return search(grey, last)

    monkeypatch.setattr(detector, "_look_again", counted)
    for _ in range(TRUST_NEEDED + 1):
        boxes = detector.find(image, boxes)
    searches = 0
    for _ in range(33):
        boxes = detector.find(image, boxes)
        assert len(boxes) == 1
    assert 5 <= searches <= 8
