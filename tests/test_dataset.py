"""People agree on a picture where more than half of their votes are for one emotion; twins are the same picture."""

import cv2
import numpy as np
from pictures import part_with

from faces.emotions import EMOTIONS
from learn.dataset import Split, twins


def test_a_majority_is_more_than_half_of_all_votes() -> None:
    happy, sad = EMOTIONS.index("happy"), EMOTIONS.index("sad")
    votes = np.zeros((3, 10))
    votes[0, happy], votes[0, 9] = 6, 4
    votes[1, happy], votes[1, sad] = 5, 5
    votes[2, 9] = 10  # not a face
    assert part_with(votes.tolist(), [0, 0, 0]).majority().tolist() == [happy, -1, -1]


def test_twins_are_found_though_brighter_and_recompressed() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 180, (20, 48, 48)).astype(np.uint8)
    images = np.stack([cv2.GaussianBlur(image, (0, 0), 3) for image in images])
    whole = Split(images, np.zeros(20, np.int64), [str(i) for i in range(20)])
    decoded = cv2.imdecode(cv2.imencode(".jpg", images[3])[1], cv2.IMREAD_GRAYSCALE)
    assert decoded is not None
    copy = decoded.astype(np.uint8) + 20
    new = cv2.GaussianBlur(rng.integers(0, 180, (48, 48)).astype(np.uint8), (0, 0), 3)
    asked = Split(np.stack([copy, new]).astype(np.uint8), np.zeros(2, np.int64), ["copy", "new"])
    assert twins(asked, whole).tolist() == [True, False]
