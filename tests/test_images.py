"""Every kind of picture becomes the one kind that the stages take."""

import numpy as np
import pytest
from numpy.typing import NDArray

from faces.errors import InputError
from sources.images import to_bgr

GREY_LEVEL = 100


@pytest.mark.parametrize(
    "image",
    [
        np.full((4, 5), GREY_LEVEL, np.uint8),
        np.full((4, 5, 1), GREY_LEVEL, np.uint8),
        np.full((4, 5, 3), GREY_LEVEL, np.uint8),
        np.full((4, 5), GREY_LEVEL * 256 + 7, np.uint16),
        np.full((4, 5, 3), GREY_LEVEL / 255, np.float64),
        np.dstack([np.full((4, 5, 3), GREY_LEVEL, np.uint8), np.full((4, 5), 255, np.uint8)]),
        np.dstack([np.full((4, 5), GREY_LEVEL, np.uint8), np.full((4, 5), 255, np.uint8)]),
    ],
    ids=["grey", "one channel", "bgr", "16 bits", "floats", "alpha", "grey with alpha"],
)
def test_every_kind_of_picture_becomes_the_same_image(image: NDArray[np.generic]) -> None:
    assert np.array_equal(to_bgr(image), np.full((4, 5, 3), GREY_LEVEL, np.uint8))
    assert to_bgr(image).dtype == np.uint8


def test_what_is_see_through_is_laid_on_white() -> None:
    clear = np.zeros((2, 2, 4), np.uint8)
    assert np.array_equal(to_bgr(clear), np.full((2, 2, 3), 255, np.uint8))


def test_an_image_that_is_right_already_is_not_copied() -> None:
    image = np.zeros((4, 5, 3), np.uint8)
    assert np.shares_memory(to_bgr(image), image)


def test_yes_and_no_become_white_and_black() -> None:
    assert np.unique(to_bgr(np.array([[True, False]]))).tolist() == [0, 255]


def test_holes_in_a_float_picture_are_black() -> None:
    assert to_bgr(np.full((1, 1), np.nan)).tolist() == [[[0, 0, 0]]]


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((0, 5, 3), np.uint8),
        np.zeros((4, 5, 5), np.uint8),
        np.zeros(7, np.uint8),
        np.zeros((4, 5), np.int64),
        np.zeros((4, 5), np.complex64),
    ],
    ids=["empty", "five channels", "one line", "wide integers", "complex"],
)
def test_what_is_no_picture_is_refused_with_a_reason(image: NDArray[np.generic]) -> None:
    with pytest.raises(InputError, match=r"cannot be read\. Give"):
        to_bgr(image)
