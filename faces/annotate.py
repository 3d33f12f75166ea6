"""Draw boxes and labels on a copy of the image."""

import cv2

from faces.emotions import COLOURS
from faces.records import Face, Image, Shot


class Annotator:
    """Draws everybody of a shot."""

    def draw(self, shot: Shot) -> Image:
        """A copy of the frame's image with a box, the emotion and its confidence at every face."""
        image = shot.frame.image.copy()
        for face in shot.faces:
            _draw_face(image, face)
        return image


def _draw_face(image: Image, face: Face) -> None:
    red, green, blue = bytes.fromhex(COLOURS[face.emotion][1:])
    box = face.box
    cv2.rectangle(
        image, (box.x, box.y), (box.x + box.width, box.y + box.height), (blue, green, red), 2, cv2.LINE_AA
    )
    label = f"{face.emotion} {face.confidence:.0%}"
    cv2.putText(
        image,
        label,
        (box.x, max(16, box.y - 6)),
        cv2.FONT_HERSHEY_DUPLEX,
        0.6,
        (blue, green, red),
        1,
        cv2.LINE_AA,
    )
