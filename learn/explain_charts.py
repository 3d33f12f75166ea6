"""The pictures of docs/how_it_works.md, drawn with Matplotlib from what the network and the cascade did."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import cv2
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from faces.emotions import COLOURS, EMOTIONS
from faces.records import Image
from learn.charts import ACCENT, INK, QUIET, SECOND, STYLE
from learn.explain_cascade import WINDOW, Search, Stage

Maps = NDArray[np.float32]
Face = NDArray[np.uint8]

MAPS_SHOWN = 8
"""Of each block's maps, those with the largest spread."""

SIGNED: dict[str, Any] = {"cmap": "RdBu_r"}
"""Blue is negative, red is positive, white is zero."""


def draw_one_filter(face: Face, filters: Maps, number: int, outputs: dict[str, Maps], file: Path) -> None:
    """One filter of the first layer on one face: its nine weights, and what each step of the block makes of it."""
    steps = (
        ("block1_norm1", "convolution + normalisation", SIGNED),
        ("block1_pool", "max pooling: half the side", SIGNED),
        ("block1_relu1", "ReLU: negative becomes zero", {"cmap": "Reds"}),
    )
    figure, places = _figure(13, 3.5, 5)
    _grey(places[0], face, f"the face, {face.shape[1]}x{face.shape[0]} pixels")
    _weights(places[1], filters[:, :, number])
    for axes, (name, title, colours) in zip(places[2:], steps, strict=True):
        values = outputs[name][:, :, number]
        _map(axes, values, f"{title}\n{values.shape[1]}x{values.shape[0]} values", colours)
    _save(figure, file)


def _weights(axes: Axes, weights: NDArray[np.float32]) -> None:
    """Nine weights as colours and numbers."""
    _map(axes, weights, "one filter:\n3x3 learned weights", SIGNED)
    limit = float(np.abs(weights).max())
    for (row, column), weight in np.ndenumerate(weights):
        ink = "white" if abs(weight) > 0.6 * limit else INK
        axes.text(column, row, f"{weight:+.2f}", ha="center", va="center", color=ink, fontsize=11)


def draw_filters(filters: Maps, file: Path) -> None:
    """All filters of the first layer."""
    count = filters.shape[2]
    columns = 16
    with plt.rc_context(STYLE):
        figure, grid = plt.subplots(
            -(-count // columns),
            columns,
            figsize=(12, 0.85 * -(-count // columns)),
            squeeze=False,
            layout="constrained",
        )
    for axes in grid.flat:
        axes.axis("off")
    for axes, weights in zip(grid.flat, np.moveaxis(filters, 2, 0), strict=False):
        _map(axes, weights, "", SIGNED)
    _save(figure, file)


def draw_feature_maps(face: Face, outputs: dict[str, Maps], file: Path) -> None:
    """The face, and the liveliest maps that leave each of the four blocks."""
    blocks = [(name, values) for name, values in outputs.items() if _leaves_block(name, outputs)]
    with plt.rc_context(STYLE):
        figure, grid = plt.subplots(
            len(blocks), MAPS_SHOWN + 1, figsize=(12, 1.5 * len(blocks)), squeeze=False, layout="constrained"
        )
    _grey(grid[0, 0], face, "")
    for axes in grid[1:, 0]:
        axes.axis("off")
    for row, (name, values) in zip(grid, blocks, strict=True):
        height, width, count = values.shape
        words = f"block {name[5]}\n{count} maps\n{width}x{height}"
        row[0].text(-0.12, 0.5, words, transform=row[0].transAxes, ha="right", va="center", fontsize=11)
        liveliest = np.argsort(-values.std((0, 1)))[:MAPS_SHOWN]
        for axes, number in zip(row[1:], liveliest, strict=True):
            _map(axes, values[:, :, number], "", {"cmap": "magma", "vmin": 0})
    _save(figure, file)


def _leaves_block(name: str, outputs: dict[str, Maps]) -> bool:
    """Whether it is the last ReLU of its block."""
    return name.startswith("block") and name == [other for other in outputs if other.startswith(f"{name[:6]}_relu")][-1]


def draw_softmax(probabilities: NDArray[np.float32], file: Path) -> None:
    """The three steps of softmax for one face: any numbers, their exponentials, shares of the sum."""
    logits = np.log(probabilities)
    logits = logits - logits.mean()  # softmax does not notice what is added to all seven alike
    figure, places = _figure(12, 2.7, 3)
    steps = (
        ("seven numbers, here with mean 0", logits, "{:+.2f}"),
        ("e to that power: above zero", np.exp(logits), "{:.2f}"),
        ("divided by their sum: probabilities", probabilities, "{:.0%}"),
    )
    for axes, (title, values, form) in zip(places, steps, strict=True):
        _bars(axes, values, form)
        axes.set_title(title, fontsize=11, fontweight="normal")
    _save(figure, file)


def _bars(axes: Axes, values: NDArray[np.floating], form: str, *, longest: float = 0.0) -> None:
    """One bar for each emotion, with its number; `longest` is the value of a full bar, else the largest."""
    axes.barh(EMOTIONS, values, color=[COLOURS[emotion] for emotion in EMOTIONS], edgecolor=QUIET, linewidth=0.5)
    reach = longest or float(np.abs(values).max())
    for place, value in enumerate(values):
        axes.text(max(float(value), 0) + 0.03 * reach, place, form.format(value), va="center", fontsize=10)
    axes.invert_yaxis()
    axes.set(xlim=(min(0.0, float(values.min())) * 1.05, 1.25 * (longest or float(values.max()))), xticks=[])
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.tick_params(length=0)
    axes.grid(visible=False)


def draw_scores(moments: Sequence[tuple[Face, NDArray[np.float32]]], file: Path) -> None:
    """Faces and their seven numbers."""
    with plt.rc_context(STYLE):
        figure, grid = plt.subplots(
            2, len(moments), figsize=(12, 4.6), squeeze=False, layout="constrained", height_ratios=(1, 1.25)
        )
        for (above, below), (face, scores) in zip(grid.T, moments, strict=True):
            _grey(above, face, "")
            _bars(below, scores, "{:.0%}", longest=1.0)
    _save(figure, file)


def draw_hiding(moments: Sequence[tuple[Face, NDArray[np.float32], str]], file: Path) -> None:
    """Where hiding a part of each face costs its strongest score most."""
    figure, places = _figure(12, 3.4, len(moments))
    for axes, (face, costs, emotion) in zip(places, moments, strict=True):
        _grey(axes, face, f"{emotion}: at most {costs.max():.0%} lost")
        strength = np.clip(costs / max(float(costs.max()), 1e-6), 0, 1)
        axes.imshow(np.ones_like(costs), cmap="Reds", vmin=0, vmax=1.3, alpha=0.75 * strength, interpolation="bilinear")
    _save(figure, file)


def draw_cascade(cascade: Sequence[Stage], search: Search, image: Image, file: Path) -> None:
    """The windows that passed; the first rules on the face; how many windows each stage leaves."""
    figure, (whole, rules, counts) = _figure(13, 3.7, 3, widths=(1.6, 0.9, 1.3))
    whole.imshow(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    for x, y, side in search.boxes:
        whole.add_patch(Rectangle((x, y), side, side, fill=False, edgecolor="#f0e442", linewidth=1, alpha=0.6))
    whole.set(title=f"{len(search.boxes)} windows pass all stages", xticks=[], yticks=[])
    _rules(rules, cascade, _best_window(search, image))
    counts.plot(range(len(search.left)), search.left, color=ACCENT, marker="o", markersize=3.5)
    counts.set(title="windows left", xlabel="after stage", yscale="log")
    for stage in (0, 1, 3, len(search.left) - 1):
        offset = (-6, 8) if stage == len(search.left) - 1 else (7, 2)
        counts.annotate(
            f"{search.left[stage]:,}",
            (stage, search.left[stage]),
            xytext=offset,
            textcoords="offset points",
            fontsize=10,
        )
    _save(figure, file)


def _best_window(search: Search, image: Image) -> NDArray[np.uint8]:
    """The 24x24 pixels of the window in the middle of those that passed."""
    x, y, side = (round(float(np.median(values))) for values in zip(*search.boxes, strict=True))
    grey = cv2.cvtColor(image[y : y + side, x : x + side], cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (WINDOW, WINDOW), interpolation=cv2.INTER_AREA), np.uint8)


def _rules(axes: Axes, cascade: Sequence[Stage], window: NDArray[np.uint8]) -> None:
    """The rectangles of the first two rules: the light ones minus the dark ones."""
    _grey(axes, window, "the first rule: light minus dark")
    for x, y, width, height, weight in cascade[0].rules[0].rectangles:
        colour = SECOND if weight > 0 else "white"
        axes.add_patch(
            Rectangle((x - 0.5, y - 0.5), width, height, facecolor=colour, edgecolor=colour, alpha=0.45, linewidth=1.5)
        )


# --- what all share ---------------------------------------------------------------------------------------


def _figure(
    width: float, height: float, columns: int, widths: Sequence[float] | None = None
) -> tuple[Figure, list[Axes]]:
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            1, columns, figsize=(width, height), squeeze=False, layout="constrained", width_ratios=widths
        )
    return figure, list(axes[0])


def _grey(axes: Axes, face: Face, title: str) -> None:
    axes.imshow(face, cmap="gray", vmin=0, vmax=255)
    _bare(axes, title)


def _map(axes: Axes, values: NDArray[np.float32], title: str, colours: dict[str, Any]) -> None:
    limit = max(float(np.abs(values).max()), 1e-6)
    axes.imshow(values, **{"vmin": -limit if colours is SIGNED else 0, "vmax": limit, **colours})
    _bare(axes, title)


def _bare(axes: Axes, title: str) -> None:
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=11, fontweight="normal", loc="center", color=INK)
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)


def _save(figure: Figure, file: Path) -> None:
    figure.savefig(file, dpi=110)
    plt.close(figure)
