"""The live page with faces that nobody had to find, for measuring the page alone: they sway and change expression.

python -m benchmarks.posed SOURCE FACES PORT
"""

import math
import sys
import threading

import numpy as np

from camera import VideoCamera
from faces.calibrator import Calibrator
from faces.emotions import EMOTIONS
from faces.records import Box, Face, Frame, Shot
from main import create_app
from web.server import Server, listen

COLUMNS, SIZE, SPACE = 5, 56, 116
"""Faces in a row, and pixels: of a face, and from one to the next."""

SWAY = 6.0
TURN_FRAMES = 60
SURE = 0.72
VIEWERS = 4


class PosedStages:
    """Gives each frame the same number of faces, wherever people may be in it."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.calibrator = Calibrator()

    def process(self, frame: Frame) -> Shot:
        return Shot(frame, tuple(posed(person, frame.index) for person in range(1, self._count + 1)))


def posed(person: int, index: int) -> Face:
    """That person's face in the frame of this number: box and scores change in every frame, as those of people do."""
    row, column = divmod(person - 1, COLUMNS)
    swayed = SWAY * math.sin(index / 20 + person)
    box = Box(round(24 + column * SPACE + swayed), round(30 + row * SPACE - swayed), SIZE, SIZE)
    strongest = (person + (index + 7 * person) // TURN_FRAMES) % len(EMOTIONS)
    sure = SURE + 0.06 * math.sin(index / 9 + person)
    scores = np.full(len(EMOTIONS), (1 - sure) / (len(EMOTIONS) - 1))
    scores[strongest] = sure
    return Face(person, box, EMOTIONS[strongest], sure, tuple(map(float, scores)))


def main() -> None:
    source, count, port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with VideoCamera(source, make_stages=lambda _: PosedStages(count)) as camera:
        server = Server(create_app(camera, max_viewers=VIEWERS), listen("127.0.0.1", port), max_viewers=VIEWERS)
        server.start()
        camera.start()
        try:
            threading.Event().wait()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
