"""What each stage costs, what the engines cost, whether memory grows, and what the detectors see."""

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import mean_milliseconds, median, milliseconds
from benchmarks.netcam import FPS, face_images, there_and_back
from benchmarks.report import ReportRow, Section
from faces.annotate import Annotator
from faces.detect import Detector, available_detectors, make_detector
from faces.detectors import DETECTORS
from faces.detectors.haar import HaarDetector
from faces.encode import encode
from faces.errors import InputError, SourceError
from faces.pipeline import make_pipeline
from faces.places import CASCADE_FILE
from faces.prepare import crop, prepare
from faces.quality import judge
from faces.records import Box, Frame, Image, Shot
from faces.smooth import Smoother
from faces.track import Tracker
from live.board import Picture
from live.broadcast import Broadcast

CALLS_TO_KNOW = 30
"""After so many pictures a face is known, also a tilted one."""

TILT_DEGREES = 30.0

MEMORY_WINDOW = 1000

NO_FACE = "No face was found in the demo clip, so that there is nothing to measure."


class Network(Protocol):
    """The classifier, as far as it is measured here."""

    @property
    def unsure_below(self) -> float: ...

    def predict(self, faces: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]: ...

    def classify(self, image: Image, boxes: Sequence[Box]) -> NDArray[np.float32]: ...


# --- stages -----------------------------------------------------------------------------------------------


def stages(network: Network, seconds: float) -> Section:
    """One face at 640x480, each stage by itself and then all together; the default detector beside the cascade."""
    images = there_and_back(face_images())
    share = seconds / 10
    box = _known_boxes(make_detector(), images)[0]
    whole, shot = _whole(network, images)
    beside, _ = _whole(network, images, detector="haar")
    scores, moments = np.asarray(shot.faces[0].scores), itertools.count()
    tracker, smoother, annotator = Tracker(), Smoother(), Annotator()
    drawn = annotator.draw(shot)
    timed: list[tuple[str, Callable[[], object]]] = [
        ("track", lambda: tracker.update([box], next(moments) / FPS)),
        ("crop and classify, 1 face", lambda: network.classify(images[0], [box])),
        ("crop and classify, 8 faces", lambda: network.classify(images[0], [box] * 8)),
        ("smooth", lambda: smoother.update(1, scores, next(moments) / FPS)),
        ("judge the quality", lambda: judge(images[0], box)),
        ("draw", lambda: annotator.draw(shot)),
        ("JPEG", lambda: encode(drawn)),
    ]
    rows = _find_rows(images, share)
    rows += [ReportRow(what, "ms", milliseconds(function, share)) for what, function in timed]
    rows.append(ReportRow("all of it", "ms", milliseconds(whole, share), milliseconds(beside, share), goal=1000 / FPS))
    return Section(
        "Stages, per picture of 640x480",
        rows,
        compared="haar",
        notes=["median of single calls, except where a mean is said; haar: the cascade alone"],
    )


def _find_rows(images: Sequence[Image], share: float) -> list[ReportRow]:
    """Finding by the default detector and by the cascade, which is also shown as most tutorials have it."""
    tilted, obvious, look = [_tilted(image) for image in images], _find_obvious(), itertools.cycle(images)
    looks = (
        ("nobody is known yet", images, False),
        ("the face is known", images, True),
        (f"the face is known, tilted {TILT_DEGREES:.0f} degrees", tilted, True),
    )
    rows = list[ReportRow]()
    for title, pictures, follow in looks:
        here, haar = (_find(detector, pictures, follow=follow) for detector in (make_detector(), make_detector("haar")))
        rows.append(ReportRow(f"find: {title}", "ms", milliseconds(here, share), milliseconds(haar, share)))
        means = mean_milliseconds(here, share), mean_milliseconds(haar, share)
        rows.append(ReportRow(f"find: {title}, mean", "ms", means[0], means[1]))
    rows.append(
        ReportRow("find: the cascade on the whole picture", "ms", milliseconds(lambda: obvious(next(look)), share))
    )
    return rows


def _whole(
    network: Network, images: Sequence[Image], *, detector: str = DETECTORS[0]
) -> tuple[Callable[[], bytes], Shot]:
    """All stages of one picture as one call, and what they showed last once the face was known."""
    pipeline, annotator = make_pipeline(network, detector=detector), Annotator()
    frames = (Frame(image, index / FPS, 0.0, index) for index, image in enumerate(itertools.cycle(images)))
    shot = [pipeline.process(next(frames)) for _ in range(CALLS_TO_KNOW)][-1]
    if not shot.faces:
        raise InputError(NO_FACE)
    return lambda: encode(annotator.draw(pipeline.process(next(frames)))), shot


def _tilted(image: Image) -> Image:
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -TILT_DEGREES, 1.0)
    return np.asarray(cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)


def _find(detector: Detector, images: Sequence[Image], *, follow: bool = True) -> Callable[[], object]:
    """One call of the detector, told what it found the time before."""
    boxes = _known_boxes(detector, images) if follow else []
    look = itertools.cycle(images)

    def find() -> None:
        nonlocal boxes
        found = detector.find(next(look), boxes)
        boxes = found if follow else []

    return find


def _known_boxes(detector: Detector, images: Sequence[Image]) -> list[Box]:
    """Of the latest picture on which somebody was found, after the first pictures of the clip."""
    boxes, known = list[Box](), list[Box]()
    for image in images[:CALLS_TO_KNOW]:
        boxes = detector.find(image, boxes)
        known = boxes or known
    if not known:
        raise InputError(NO_FACE)
    return known


def _find_obvious() -> Callable[[Image], list[Box]]:
    """The cascade at full size, with the settings of most tutorials."""
    cascade = cv2.CascadeClassifier(str(CASCADE_FILE))

    def find(image: Image) -> list[Box]:
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        return [Box(int(x), int(y), int(w), int(h)) for x, y, w, h in cascade.detectMultiScale(grey, 1.3, 5)]

    return find


# --- memory -----------------------------------------------------------------------------------------------


class Live(Protocol):
    """A camera that runs, as far as it is measured here."""

    @property
    def pictures(self) -> Broadcast[Picture]: ...

    def watching(self) -> AbstractContextManager[None]: ...


def memory(camera: Live, read_megabytes: Callable[[], float], pictures: int) -> Section:
    """A live session at full speed in this process, until it has made so many pictures."""
    window = min(MEMORY_WINDOW, max(1, pictures // 2))
    first, last = list[float](), list[float]()
    number, encoded, began = 0, 0, time.monotonic()
    with camera.watching():
        while number < pictures:
            issue = camera.pictures.wait(number, 20.0)
            if issue is None:
                raise SourceError(f"After {number} pictures no more came.")
            number = issue.number
            encoded += len(issue.value.jpeg)  # drawn only for whoever asks
            if number <= window:
                first.append(read_megabytes())
            elif number > pictures - window:
                last.append(read_megabytes())
    passed = time.monotonic() - began
    # the first pictures still load what is loaded once
    start, end = median(first[len(first) // 4 :]), median(last)
    grown = None if start is None or end is None else end - start
    return Section(
        "Memory",
        [
            ReportRow(f"over the first {window:,} pictures", "MB", start, goal=250.0),
            ReportRow(f"over the last {window:,} of {pictures:,}", "MB", end, goal=250.0),
            ReportRow("growth", "MB", grown, goal=10.0),
            ReportRow("pictures per second, as fast as it goes", "fps", number / passed, better="more"),
        ],
        notes=[f"a live session in this process, from the capture to the JPEG; {encoded / 1e6:,.0f} MB of pictures"],
    )


# --- engines ----------------------------------------------------------------------------------------------


def engines(make_network: Callable[[Path, Path], Network], files: tuple[Path, Path], seconds: float) -> Section:
    """The network as it is served here against Keras: `model.predict` and `model(x)`."""
    from learn.network import build_finished
    from learn.store import load_network, save_network

    images = face_images()
    box = _known_boxes(HaarDetector(), images)[0]
    faces = [crop(image, box) for image in images[:8]]
    rows = _engine_rows("this network", make_network(*files), load_network(*files), faces, seconds, goal=10.0)
    with tempfile.TemporaryDirectory() as folder:
        classic = build_finished("classic")
        saved = save_network(classic, Path(folder), {"unsure_below": 0.5})
        rows += _engine_rows("classic network", make_network(*saved), classic, faces, seconds, goal=None)
    return Section(
        "Engines, per face",
        rows,
        compared="Keras",
        notes=[f"the classic network's {classic.count_params():,} weights are random, which takes the same time"],
    )


def _engine_rows(
    name: str, network: Network, keras_network: Any, faces: Sequence[Image], seconds: float, *, goal: float | None
) -> list[ReportRow]:
    rows = list[ReportRow]()
    for count in (1, 8):
        ours, predict, call = _per_face(network, keras_network, faces[:count], seconds / 10)
        what = f"{name}, {'1 face' if count == 1 else f'{count} faces at once'}"
        rows.append(ReportRow(f"{what}: against model.predict", "ms", ours, predict))
        rows.append(ReportRow(f"{what}: against model(x)", "ms", ours, call))
        if count == 1 and goal is not None:
            rows.append(ReportRow(f"{what}: times faster than model.predict", "x", predict / ours, None, "more", goal))
    return rows


def _per_face(
    network: Network, keras_network: Any, faces: Sequence[Image], seconds: float
) -> tuple[float, float, float]:
    """Milliseconds: here, `model.predict`, `model(x)`."""
    pixels = np.stack([prepare(face) for face in faces]).astype(np.float32)[..., None]
    times = (
        milliseconds(lambda: network.predict(faces), seconds),
        milliseconds(lambda: keras_network.predict(pixels, verbose=0), seconds),
        milliseconds(lambda: keras_network(pixels, training=False), seconds),
    )
    ours, predict, call = (ms / len(faces) for ms in times)
    return ours, predict, call


# --- detectors --------------------------------------------------------------------------------------------


def detect(clip: Path | None, face_free: Callable[[int], Iterator[tuple[str, Image]]], seconds: float) -> Section:
    """Who is found in a clip with two people, and what is found where there is nobody."""
    rows = list[ReportRow]()
    notes = ["obvious: the upright cascade at full size, each picture by itself"]
    obvious = _find_obvious()
    usable = [name for name, _, problem in available_detectors() if problem is None]
    if clip is None:
        notes.append("no --clip was given, so that nobody was looked for")
    else:
        images, fps = read_clip(clip)
        began = time.perf_counter()
        plain = _halves([obvious(image) for image in images], images)
        plain_ms = 1000 * (time.perf_counter() - began) / len(images)
        for name in usable:
            found, ms = _followed(make_detector(name), images, fps)
            for side, share, other in zip(("left", "right"), _halves(found, images), plain, strict=True):
                rows.append(ReportRow(f"{name}: face in the {side} half of {clip.name}", "%", share, other, "more"))
            rows.append(ReportRow(f"{name}: time per picture of {clip.name}", "ms", ms, plain_ms))
    frames = max(8, round(seconds * FPS / 7))
    empty = list(face_free(frames))
    minutes = len(empty) / FPS / 60
    plain_boxes = sum(bool(obvious(image)) for _, image in empty)
    for name in usable:
        shown, raw = _false_boxes(make_detector(name), [image for _, image in empty])
        rows.append(ReportRow(f"{name}: false faces shown, where there is none", "per min", shown / minutes, goal=1.0))
        rows.append(ReportRow(f"{name}: pictures with a false box", "per min", raw / minutes, plain_boxes / minutes))
    notes.append(f"{len(empty)} generated pictures without faces: {', '.join(dict.fromkeys(k for k, _ in empty))}")
    return Section("Detectors", rows, notes=notes)


def read_clip(path: Path) -> tuple[list[Image], float]:
    clip = cv2.VideoCapture(str(path))
    try:
        fps = clip.get(cv2.CAP_PROP_FPS) or 25.0
        images = list[Image]()
        while (answer := clip.read())[0]:
            images.append(np.asarray(answer[1], dtype=np.uint8))
    finally:
        clip.release()
    if not images:
        raise SourceError(f"{path} is not a video that can be read. Try another --clip.")
    return images, fps


def _followed(detector: Detector, images: Sequence[Image], fps: float) -> tuple[list[list[Box]], float]:
    """The boxes that would be shown for each picture, and the milliseconds of the detector for one."""
    tracker, found, passed = Tracker(), list[list[Box]](), 0.0
    for index, image in enumerate(images):
        expected = tracker.expected()
        began = time.perf_counter()
        boxes = detector.find(image, expected)
        passed += time.perf_counter() - began
        found.append([track.box for track in tracker.update(boxes, index / fps) if track.seen])
    return found, 1000 * passed / len(images)


def _halves(found: Sequence[Sequence[Box]], images: Sequence[Image]) -> tuple[float, float]:
    """Percentages of pictures with a face in the left and in the right half."""
    middle = images[0].shape[1] / 2
    sides = [{box.x + box.width / 2 < middle for box in boxes} for boxes in found]
    left, right = (100 * sum(side in seen for seen in sides) / len(sides) for side in (True, False))
    return left, right


def _false_boxes(detector: Detector, images: Sequence[Image]) -> tuple[int, int]:
    """(persons that were shown, pictures with any box before tracking)."""
    tracker, persons, raw = Tracker(), set[int](), 0
    for index, image in enumerate(images):
        boxes = detector.find(image, tracker.expected())
        raw += bool(boxes)
        persons |= {track.person for track in tracker.update(boxes, index / FPS)}
    return len(persons), raw
