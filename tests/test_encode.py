"""Tests of faces/encode.py."""

import cv2
import numpy as np
from fakes import picture

from faces.encode import card, encode


def test_a_picture_is_a_jpeg_of_the_same_size() -> None:
    image = cv2.imdecode(np.frombuffer(encode(picture(width=61, height=47)), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None and image.shape == (47, 61, 3)


def test_a_card_carries_words_and_an_empty_one_none() -> None:
    images = [
        cv2.imdecode(np.frombuffer(card(*words), np.uint8), cv2.IMREAD_GRAYSCALE)
        for words in (("",), ("Stopped",), ("No picture", "Camera 0 did not open \u2013 is it there? " * 5))
    ]
    marks = [int((image > 128).sum()) for image in images if image is not None]
    assert marks[0] == 0 < marks[1] < marks[2]
