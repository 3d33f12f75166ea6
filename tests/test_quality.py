"""Why a guess may be worth less, told from a real face made small, dark, blurred or turned."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from benchmarks.scenes import portrait, square
from faces.quality import SMALL_BELOW_PIXELS, judge, too_far_turned
from faces.records import Box, Image

FACE = square(160, 120, 90)


def blurred(image: Image, pixels: float) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), pixels), dtype=np.uint8)


def test_a_plain_face_is_good() -> None:
    assert judge(portrait(90), FACE) == "good"


def test_a_face_is_small_below_the_width_at_which_details_are_lost() -> None:
    assert judge(portrait(90), square(160, 120, SMALL_BELOW_PIXELS - 1)) == "small"
    assert judge(portrait(90), square(160, 120, SMALL_BELOW_PIXELS)) != "small"


def test_a_face_in_the_dark_is_dark() -> None:
    assert judge((portrait(90) * 0.2).astype(np.uint8), FACE) == "dark"


def test_soft_light_is_not_taken_for_blur() -> None:
    faint = (portrait(90) * 0.25 + 90).astype(np.uint8)
    assert judge(faint, FACE) == "good"


def test_a_face_out_of_focus_is_blurred() -> None:
    assert judge(blurred(portrait(90), 6), FACE) == "blurred"


@pytest.mark.parametrize("angle", [-40.0, 40.0])
def test_a_head_on_the_shoulder_is_turned(angle: float) -> None:
    assert judge(portrait(90), Box(FACE.x, FACE.y, FACE.width, FACE.height, angle)) == "turned"


@pytest.mark.parametrize(
    ("yaw", "quality", "too_far"), [(-20, "good", False), (40, "turned", False), (-60, "turned", True)]
)
def test_who_looks_aside_is_turned_and_a_profile_too_far(yaw: float, quality: str, too_far: bool) -> None:
    box = replace(FACE, yaw=yaw)
    assert judge(portrait(90), box) == quality
    assert too_far_turned(box) == too_far


def test_a_face_with_a_little_roll_is_good() -> None:
    assert judge(portrait(90), Box(FACE.x, FACE.y, FACE.width, FACE.height, 12.0)) == "good"


@pytest.mark.parametrize("box", [square(-500, 0, 90), square(0, 900, 90), square(320, 240, 90), Box(0, 0, 0, 0)])
def test_a_box_beyond_the_edge_is_judged_by_what_is_there(box: Box) -> None:
    assert judge(portrait(90), box) in {"good", "small", "dark", "blurred", "turned"}
