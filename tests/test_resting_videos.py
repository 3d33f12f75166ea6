"""A resting face in videos: from a profile, and from a stretch of the video itself."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.resting import calibrate, profile_text, stretch_of
from analysis.settings import Settings
from faces.calibrate import Resting, resting_values
from faces.errors import InputError, SettingsError
from faces.pipeline import Pipeline
from faces.records import Box, Frame, Image, Shot
from faces.smooth import Smoother
from faces.track import Tracker

SAD_AT_REST = (0.02, 0.02, 0.02, 0.02, 0.4, 0.5, 0.02)
PROFILE = json.dumps(resting_values(Resting(SAD_AT_REST, 15.0, 300)))
IMAGE = np.full((240, 320, 3), 128, np.uint8)


class TwoPeople:
    unsure_below = 0.3

    def find(self, image: Image, expected: Sequence[Box] = ()) -> list[Box]:
        return [Box(20, 80, 80, 80), Box(200, 80, 80, 80)]

    def classify(self, image: Image, boxes: Sequence[Box]) -> NDArray[np.float32]:
        return np.tile(np.array(SAD_AT_REST, np.float32), (len(boxes), 1))


def make() -> Pipeline:
    two = TwoPeople()
    return Pipeline(two, Tracker(), two, Smoother(unsure_below=two.unsure_below))


def frames(seconds: float = 20.0) -> list[Frame]:
    return [Frame(IMAGE, index / 10, 0.0, index) for index in range(round(10 * seconds))]


def seen_at_the_end(settings: Settings) -> tuple[str, Shot]:
    pipeline = make()
    note = calibrate(pipeline, settings, frames, make)
    return note, [pipeline.process(frame) for frame in frames()][-1]


def emotions(shot: Shot) -> dict[int, str]:
    return {face.person: face.emotion for face in shot.faces}


@pytest.mark.parametrize("settings", [Settings(resting=PROFILE), Settings(resting_from="0:02-0:14")])
def test_only_the_one_person_is_read_by_it(settings: Settings) -> None:
    note, shot = seen_at_the_end(settings)
    assert emotions(shot) == {1: "neutral", 2: "sad"}
    assert note.startswith("Person 1 is read relative to a resting face; calibrated for you: sad -")


def test_another_person_can_be_named() -> None:
    _, shot = seen_at_the_end(Settings(resting=PROFILE, resting_person=2))
    assert emotions(shot) == {1: "sad", 2: "neutral"}


def test_without_one_nothing_is_changed() -> None:
    note, shot = seen_at_the_end(Settings())
    assert (note, emotions(shot)) == ("", {1: "sad", 2: "sad"})


@pytest.mark.parametrize(
    "settings", [Settings(resting_from="0:01-0:05"), Settings(resting_from="1-15", resting_person=7)]
)
def test_a_stretch_without_a_resting_face_is_told(settings: Settings) -> None:
    with pytest.raises(InputError, match="shows no resting face from 1 to"):
        seen_at_the_end(settings)


@pytest.mark.parametrize(
    ("text", "stretch"), [("0:05-0:20", (5, 20)), ("5-20", (5, 20)), ("1:00:00-1:00:12.5", (3600, 3612.5))]
)
def test_a_stretch_is_read(text: str, stretch: tuple[float, float]) -> None:
    assert stretch_of(text) == stretch


@pytest.mark.parametrize("text", ["", "5", "20-5", "a-b", "-5-3", "5-", "nan-inf"])
def test_what_is_no_stretch_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is not a stretch"):
        stretch_of(text)


def test_a_profile_that_cannot_be_used_is_told_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        profile_text(tmp_path / "none.json")
    for content in (b"", b"\xff\xfe\x00", b"{}", b"[1]"):
        (tmp_path / "broken.json").write_bytes(content)
        with pytest.raises(SettingsError, match="cannot be used"):
            profile_text(tmp_path / "broken.json")
    (tmp_path / "good.json").write_text(PROFILE)
    assert profile_text(tmp_path / "good.json") == PROFILE
