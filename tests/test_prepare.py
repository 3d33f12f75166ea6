"""Training and the camera look at faces in one and the same way."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import drawn_face

from benchmarks.scenes import demo_image
from faces.errors import InputError
from faces.prepare import MARGIN, SIDE, crop, prepare
from faces.records import Box


@given(st.integers(1, 300), st.integers(1, 300), st.booleans())
def test_a_face_of_any_size_becomes_48_by_48(height: int, width: int, colour: bool) -> None:
    face = np.zeros((height, width, 3) if colour else (height, width), np.uint8)
    assert prepare(face).shape == (SIDE, SIDE)
    assert prepare(face).dtype == np.uint8


def test_a_picture_of_the_right_size_is_not_touched() -> None:
    face = drawn_face("happy", np.random.default_rng(0))
    assert np.array_equal(prepare(face), face)


@pytest.mark.parametrize(
    "bad", [np.zeros((48, 48)), np.zeros((0, 48), np.uint8), np.zeros((48, 48, 4), np.uint8), np.zeros(48, np.uint8)]
)
def test_what_is_no_face_array_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(InputError):
        prepare(bad)


def test_training_and_live_prepare_the_same_pixels() -> None:
    """A training picture shown to the camera, found by the detector, comes out as that training picture."""
    face = drawn_face("surprise", np.random.default_rng(0))
    image = np.full((300, 400, 3), 90, np.uint8)
    side = 144
    large = cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)
    image[60 : 60 + side, 110 : 110 + side] = large[..., None]
    found = round(side / MARGIN)  # the detector's box is this much smaller than the training picture's frame
    inset = (side - found) // 2
    seen = prepare(crop(image, Box(110 + inset, 60 + inset, found, found)))
    assert np.abs(seen.astype(int) - prepare(face).astype(int)).mean() < 6


@pytest.mark.parametrize("angle", [-30.0, 25.0])
def test_a_tilted_face_is_turned_upright(angle: float) -> None:
    face = cv2.resize(drawn_face("happy", np.random.default_rng(0)), (120, 120))
    grey = cv2.copyMakeBorder(face, 100, 100, 100, 100, cv2.BORDER_CONSTANT, value=60)
    image = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    clockwise = cv2.getRotationMatrix2D((159.5, 159.5), -angle, 1)  # OpenCV counts against the clock
    tilted = cv2.warpAffine(image, clockwise, (320, 320), borderValue=(60, 60, 60))
    upright = prepare(crop(image, Box(100, 100, 120, 120))).astype(int)
    turned_back = prepare(crop(tilted.astype(np.uint8), Box(100, 100, 120, 120, angle))).astype(int)
    wrong_way = prepare(crop(tilted.astype(np.uint8), Box(100, 100, 120, 120, -angle))).astype(int)
    assert np.abs(upright - turned_back).mean() < 6 < np.abs(upright - wrong_way).mean()


@pytest.mark.parametrize("side", [100, 150, 275, 330])
def test_a_large_face_is_cut_where_it_is(side: int) -> None:
    """Shrinking it before it is turned saves time and must not move it by a part of a pixel."""
    image, box = demo_image(width=640), Box(190, 40, side, side, 5.0)
    full = round(side * MARGIN)
    middle = (box.x + (side - 1) / 2, box.y + (side - 1) / 2)
    turn = np.asarray(cv2.getRotationMatrix2D(middle, box.angle, 1.0), np.float64)
    turn[:, 2] += (full - 1) / 2 - np.array(middle)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    whole = prepare(np.asarray(cv2.warpAffine(grey, turn, (full, full), borderMode=cv2.BORDER_REPLICATE), np.uint8))
    assert np.abs(prepare(crop(image, box)).astype(int) - whole).mean() < 1.5


@given(st.integers(-60, 120), st.integers(-60, 90), st.integers(1, 200), st.floats(-90, 90))
def test_a_box_over_the_edge_still_gives_a_square(x: int, y: int, side: int, angle: float) -> None:
    image = np.zeros((90, 120, 3), np.uint8)
    box = Box(x, y, side, side, angle)
    try:
        cut = crop(image, box)
    except InputError:
        assert x + side <= 0 or y + side <= 0 or x >= 120 or y >= 90
    else:
        assert cut.shape[0] == cut.shape[1]
