"""The resting face of one person of a video, from a profile or from a stretch of the video itself."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from analysis.settings import Settings
from faces.calibrate import Resting, Scores, read_resting, resting_face
from faces.errors import InputError, SettingsError
from faces.pipeline import Pipeline
from faces.records import Frame


def profile_text(file: Path) -> str:
    """The text of a profile's file; SettingsError where it cannot be used."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        read_resting(json.loads(text))
    except OSError as error:
        raise SettingsError(f"The resting face in {file} cannot be read: {error.strerror}.") from error
    except (ValueError, InputError) as error:
        raise SettingsError(f"The resting face in {file} cannot be used. {error}") from error
    return text


def stretch_of(text: str) -> tuple[float, float]:
    """(start, end) in seconds of "0:05-0:20" or "5-20"; SettingsError for anything else."""
    start, dash, end = text.partition("-")
    try:
        first, last = _seconds(start), _seconds(end)
    except ValueError:
        dash = ""
        first = last = 0.0
    if not dash or not 0 <= first < last:
        raise SettingsError(f"{text!r} is not a stretch of a video. Write it like 0:05-0:20.")
    return first, last


def _seconds(text: str) -> float:
    """Of "1:02:03", "0:05.5" or "5"."""
    seconds = 0.0
    for part in text.strip().split(":"):
        number = float(part)
        if not 0 <= number < 1e6:
            raise ValueError(text)
        seconds = 60 * seconds + number
    return seconds


def calibrate(
    pipeline: Pipeline, settings: Settings, frames: Callable[[], Iterable[Frame]], make: Callable[[], Pipeline]
) -> str:
    """Let the pipeline read one person relative to their rest, as the settings say; a note about it, or nothing.

    frames: the video from its start, for a stretch of it, which a pipeline of its own from `make` looks through first:
    it gives everybody the same number as the next.
    """
    if settings.resting:
        profile = read_resting(json.loads(settings.resting))
    elif settings.resting_from:
        profile = _rest_in(frames(), make(), stretch_of(settings.resting_from), settings.resting_person)
    else:
        return ""
    pipeline.calibrator.use(settings.resting_person, profile, seen=False)
    return f"Person {settings.resting_person} is read relative to a resting face; {profile.words()}."


def _rest_in(frames: Iterable[Frame], pipeline: Pipeline, stretch: tuple[float, float], person: int) -> Resting:
    start, end = stretch
    rows, times = list[Scores](), list[float]()
    for frame in frames:
        if frame.seconds > end:
            break
        for face in pipeline.process(frame).faces:
            if face.person == person and frame.seconds >= start:
                rows.append(np.array(face.scores))
                times.append(frame.seconds)
    steps = np.diff(times)
    try:
        return resting_face(rows, float(steps[steps < 1.0].sum()), of_seconds=end - start)
    except InputError as error:
        raise InputError(f"Person {person} shows no resting face from {start:g} to {end:g} s. {error}") from error
