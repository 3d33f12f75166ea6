"""A face as JSON: the only place for its keys and its rounding, for the page, tables, files and sessions."""

from typing import TYPE_CHECKING, Any

from faces.affect import arousal, valence
from faces.emotions import EMOTIONS

if TYPE_CHECKING:  # numpy takes a quarter of a second to load: the page is served before it is needed
    from collections.abc import Mapping

    from faces.records import Face

DECIMALS = 4
"""Of confidence, scores, valence and arousal, in memory as in every file: reading back gives the same values."""

ANGLE_DECIMALS = 1


def face_values(face: "Face", scale: float = 1.0) -> dict[str, Any]:
    """One face as JSON carries it.

    - box: [x, y, width, height] in whole pixels, of a picture that is `scale` times as large as the face's own.
    - angle: roll in degrees; positive when the head is turned clockwise as seen in the picture.
    - detection: how sure the detector is that this is a face, 0..1; null where it does not say.
    - confidence, and scores by emotion: 0..1; valence and arousal: -1..1 (see `faces.affect`).
    """
    box = (face.box.x, face.box.y, face.box.width, face.box.height)
    scores = [round(float(score), DECIMALS) for score in face.scores]
    return {
        "person": face.person,
        "box": [round(number * scale) for number in box],
        "angle": round(face.box.angle, ANGLE_DECIMALS),
        "emotion": face.emotion,
        "confidence": round(float(face.confidence), DECIMALS),
        "scores": dict(zip(EMOTIONS, scores, strict=True)),
        "valence": round(valence(scores), DECIMALS),
        "arousal": round(arousal(scores), DECIMALS),
        "quality": face.quality,
        "detection": None if face.box.score is None else round(float(face.box.score), DECIMALS),
    }


def face_of(values: "Mapping[str, Any]") -> "Face":
    """The inverse of face_values(), with its rounded numbers: converting back gives the same JSON."""
    from faces.records import Box, Face

    x, y, width, height = values["box"]
    return Face(
        person=values["person"],
        box=Box(x, y, width, height, values["angle"], score=values.get("detection")),
        emotion=values["emotion"],
        confidence=values["confidence"],
        scores=tuple(values["scores"][emotion] for emotion in EMOTIONS),
        quality=values["quality"],
    )
