"""A face as JSON: the one home of its keys and of its rounding, for the page, tables, files and sessions."""

from typing import TYPE_CHECKING, Any

from faces.affect import arousal, valence
from faces.emotions import EMOTIONS

if TYPE_CHECKING:  # numpy takes a quarter of a second to load: the page is served before it is needed
    from faces.records import Face

DECIMALS = 4
"""Of confidence, scores, valence and arousal, in memory as in every file: reading back gives the same values."""

ANGLE_DECIMALS = 1


def face_values(face: "Face", scale: float = 1.0) -> dict[str, Any]:
    """One face as JSON carries it.

    - box: [x, y, width, height] in whole pixels, of a picture that is `scale` times as large as the face's own.
    - angle: roll in degrees; positive when the head is turned clockwise as seen in the picture.
    - confidence, and scores by emotion: 0..1; valence and arousal: -1..1 (see `faces.affect`).
    """
    box = (face.box.x, face.box.y, face.box.width, face.box.height)
    return {
        "person": face.person,
        "box": [round(number * scale) for number in box],
        "angle": round(face.box.angle, ANGLE_DECIMALS),
        "emotion": face.emotion,
        "confidence": round(float(face.confidence), DECIMALS),
        "scores": {name: round(float(score), DECIMALS) for name, score in zip(EMOTIONS, face.scores, strict=True)},
        "valence": round(valence(face.scores), DECIMALS),
        "arousal": round(arousal(face.scores), DECIMALS),
        "quality": face.quality,
    }
