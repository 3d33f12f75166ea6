"""The face cascade, evaluated stage by stage in plain numpy, to show how it comes to reject nearly everything.

Viola and Jones, "Rapid object detection using a boosted cascade of simple features", CVPR 2001. OpenCV does the same
for every second window, much faster, and tells only the result.
"""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.places import CASCADE_FILE
from faces.records import Image

WINDOW = 24
SHRINK = 1.2
"""Each copy of the picture is this much smaller than the one before, so that one window size finds every face size."""

WIDEST = 320
"""Width of the largest copy that is searched, in pixels."""


@dataclass(frozen=True)
class WeakClassifier:
    """One weak classifier: is the weighted sum of some rectangles below a threshold?"""

    rectangles: tuple[tuple[int, int, int, int, float], ...]  # x, y, width, height in the window; weight
    threshold: float  # per pixel of the window and unit of contrast
    below: float
    above: float


@dataclass(frozen=True)
class Stage:
    """Rules whose answers are added up; a window whose sum stays under the threshold is dropped."""

    rules: tuple[WeakClassifier, ...]
    threshold: float


@dataclass(frozen=True)
class Search:
    """What happened to the windows of one picture."""

    left: tuple[int, ...]  # windows alive before the first stage, and after each
    rules_per_window: float
    boxes: tuple[tuple[float, float, float], ...]  # x, y, side of each window that passed all stages, in the picture

    def numbers(self) -> dict[str, Any]:
        """For the text."""
        return {"left": list(self.left), "rules_per_window": round(self.rules_per_window, 1)}


def read_cascade(file: Path = CASCADE_FILE) -> tuple[Stage, ...]:
    """The stages of OpenCV's file of upright features."""
    root = ElementTree.parse(file).getroot()[0]
    features = [
        tuple(_rectangle(rect.text or "") for rect in feature.findall("rects/_"))
        for feature in root.findall("features/_")
    ]
    return tuple(_stage(stage, features) for stage in root.findall("stages/_"))


def _rectangle(text: str) -> tuple[int, int, int, int, float]:
    x, y, width, height, weight = text.split()
    return int(x), int(y), int(width), int(height), float(weight)


def _stage(stage: ElementTree.Element, features: list[tuple[tuple[int, int, int, int, float], ...]]) -> Stage:
    rules = []
    for weak in stage.findall("weakClassifiers/_"):
        node, leaves = (weak.findtext("internalNodes") or "").split(), (weak.findtext("leafValues") or "").split()
        rules.append(WeakClassifier(features[int(node[2])], float(node[3]), float(leaves[0]), float(leaves[1])))
    return Stage(tuple(rules), float(stage.findtext("stageThreshold") or 0))


def search(cascade: tuple[Stage, ...], image: Image) -> Search:
    """Every window of 24x24 pixels in every smaller copy of a picture, stage by stage."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    scale = min(1.0, WIDEST / grey.shape[1])
    left, asked, boxes = np.zeros(len(cascade) + 1, np.int64), 0, []
    while min(grey.shape) * scale >= WINDOW:
        size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
        small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
        alive, rules, corners = _search_copy(cascade, small)
        left += alive
        asked += rules
        boxes += [(x / scale, y / scale, WINDOW / scale) for x, y in corners]
        scale /= SHRINK
    return Search(tuple(int(count) for count in left), asked / int(left[0]), tuple(boxes))


def _search_copy(
    cascade: tuple[Stage, ...], grey: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], int, list[tuple[int, int]]]:
    """(windows alive before and after each stage, rules asked, corners of the windows that passed)."""
    sums, squares = cv2.integral2(grey)
    height, width = grey.shape[0] - WINDOW + 1, grey.shape[1] - WINDOW + 1
    y, x = (np.ravel(axis) for axis in np.mgrid[:height, :width])
    contrast = _contrast(sums, squares, x, y)
    counts, rules = [len(x)], 0
    for stage in cascade:
        answers = np.zeros(len(x))
        for rule in stage.rules:
            value = sum(weight * _sum(sums, x + left, y + top, w, h) for left, top, w, h, weight in rule.rectangles)
            answers += np.where(value / contrast < rule.threshold, rule.below, rule.above)
        rules += len(stage.rules) * len(x)
        kept = answers >= stage.threshold
        x, y, contrast = x[kept], y[kept], contrast[kept]
        counts.append(len(x))
    return np.array(counts, np.int64), rules, list(zip(x.tolist(), y.tolist(), strict=True))


def _sum(sums: NDArray[Any], x: NDArray[Any], y: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """The sum of a rectangle by four look-ups in the integral image, whatever its size."""
    below, right = y + height, x + width
    return np.asarray(sums[below, right] - sums[y, right] - sums[below, x] + sums[y, x])


def _contrast(sums: NDArray[Any], squares: NDArray[Any], x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """The window's area times its standard deviation, measured without its outermost pixels as OpenCV does."""
    side = WINDOW - 2
    area = side * side
    mean = _sum(sums, x + 1, y + 1, side, side)
    power = _sum(squares, x + 1, y + 1, side, side)
    return np.asarray(np.sqrt(np.maximum(area * power - mean.astype(np.float64) ** 2, 1.0)))
