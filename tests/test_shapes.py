"""Tests of faces/shapes.py: a face as JSON."""

import json

import pytest

from faces.records import Box, Face
from faces.shapes import face_of, face_values

SCORES = (0.0, 0.0, 0.0, 0.123456, 0.876544, 0.0, 0.0)


def face(**changed: object) -> Face:
    values = {"person": 3, "box": Box(10, 20, 31, 31, 12.34), "emotion": "neutral", "confidence": 0.876544}
    return Face(**{**values, "scores": SCORES, **changed})  # type: ignore[arg-type]


def test_a_face_has_these_keys_in_this_order() -> None:
    keys = ["person", "box", "angle", "emotion", "confidence", "scores", "valence", "arousal", "quality", "detection"]
    assert list(face_values(face())) == keys


def test_numbers_are_rounded_and_survive_json() -> None:
    values = json.loads(json.dumps(face_values(face())))
    assert (values["angle"], values["confidence"], values["scores"]["happy"]) == (12.3, 0.8765, 0.1235)
    assert values["valence"] == pytest.approx(0.81 * 0.123456, abs=1e-4)
    assert values["arousal"] == pytest.approx(0.51 * 0.123456, abs=1e-4)


def test_a_box_is_scaled_to_the_picture_that_was_given() -> None:
    assert face_values(face(), scale=2.5)["box"] == [25, 50, 78, 78]


def test_a_face_that_was_read_back_is_told_alike() -> None:
    told = face_values(face(), scale=2.5)
    assert face_values(face_of(json.loads(json.dumps(told)))) == told
