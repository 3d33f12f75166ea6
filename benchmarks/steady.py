"""How still boxes stand on a resting face, how far they lag behind a turning head, how often labels change."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from benchmarks.inside import Network
from benchmarks.netcam import FPS, face_images
from benchmarks.report import ReportRow, Section
from benchmarks.scenes import portrait, turned
from faces.detect import make_detector
from faces.errors import InputError
from faces.pipeline import make_pipeline
from faces.records import Box, Frame, Image
from faces.track import Tracker

DETECTORS = ("auto", "haar")

NOISE = 4.0
"""Standard deviation in grey levels: what a webcam adds to every picture of a face at rest."""

TURN_DEGREES_PER_SECOND = 60.0
LARGEST_TURN = 40.0


def steady(network: Network) -> Section:
    """The default detector beside the cascade, as boxes and names are shown."""
    found = {name: _figures(name, network) for name in DETECTORS}
    rows = [ReportRow(what, unit, found["auto"][what, unit], found["haar"][what, unit]) for what, unit in found["auto"]]
    return Section(
        "How steady it is",
        rows,
        compared="haar",
        notes=[f"rest: one picture with the noise of a webcam; turn: {TURN_DEGREES_PER_SECOND:.0f} degrees a second"],
    )


def _figures(detector: str, network: Network) -> dict[tuple[str, str], float]:
    rest = _boxes(detector, _resting(90))
    middles = np.array([(box.x + box.width / 2, box.y + box.height / 2, box.width) for box in rest])
    angles = np.array([box.angle for box in rest])
    truth = _turn()
    seen = _boxes(detector, (turned(portrait(90), angle) for angle in truth), skip=0)
    lags = np.abs(np.array([box.angle for box in seen]) - truth[len(truth) - len(seen) :])
    return {
        ("at rest: place and size jump from picture to picture", "px"): float(np.abs(np.diff(middles, axis=0)).mean()),
        ("at rest: the angle jumps", "deg"): float(np.abs(np.diff(angles)).mean()),
        ("turning head: the box lags behind, mean", "deg"): float(lags.mean()),
        ("turning head: the box lags behind, most", "deg"): float(lags.max()),
        ("demo clip: the name changes", "per min"): _changes(detector, network),
    }


def _resting(count: int) -> Iterable[Image]:
    random, image = np.random.default_rng(0), portrait(90, size=(640, 480), middle=(320, 240))
    for _ in range(count):
        noisy = image + random.normal(0.0, NOISE, image.shape)
        yield np.clip(noisy, 0, 255).astype(np.uint8)


def _turn() -> np.ndarray:
    steps = np.arange(0.0, LARGEST_TURN, TURN_DEGREES_PER_SECOND / FPS)
    return np.concatenate([np.zeros(15), steps, steps[::-1], -steps, -steps[::-1]])


def _boxes(detector: str, images: Iterable[Image], *, skip: int = 30) -> list[Box]:
    """The box that is shown in each picture, once the face is known."""
    finder, tracker, shown = make_detector(detector), Tracker(), list[Box]()
    for index, image in enumerate(images):
        tracks = tracker.update(finder.find(image, tracker.expected()), index / FPS)
        shown += [track.box for track in tracks[:1] if index >= skip]
    if len(shown) < 2:
        raise InputError(f"The detector {detector} found no face in the portrait.")
    return shown


def _changes(detector: str, network: Network) -> float:
    pipeline, names = make_pipeline(network, detector=detector), list[str]()
    images: Sequence[Image] = face_images()
    for index, image in enumerate(images):
        names += [face.emotion for face in pipeline.process(Frame(image, index / FPS, 0.0, index)).faces[:1]]
    return 60 * FPS * sum(one != other for one, other in pairwise(names)) / max(1, len(names))
