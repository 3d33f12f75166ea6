"""Pictures of a training run and of its mistakes, drawn with Matplotlib."""

import csv
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import keras
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import MaxNLocator

from faces.emotions import EMOTIONS
from learn.dataset import Split
from learn.measure import Metrics, Scores, Targets, calibration_error, reliability
from learn.network import ARCHITECTURES, HEADS, build_network

P = ParamSpec("P")

HEAD_NAMES = {"labels": "label head", "people": "people's head"}

INK, QUIET, ACCENT, SECOND = "#1f2933", "#8795a1", "#0072b2", "#d55e00"
STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.grid": True,
    "grid.color": "#e4e7eb",
    "axes.axisbelow": True,
    "legend.frameon": False,
}


def _styled(draw: Callable[P, None]) -> Callable[P, None]:
    """Draw in our style, without changing the style of other code."""

    @wraps(draw)
    def styled(*given: P.args, **named: P.kwargs) -> None:
        with plt.rc_context(STYLE):
            draw(*given, **named)

    return styled


def _figure(width: float, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    figure, axes = plt.subplots(1, columns, figsize=(width, height), squeeze=False, layout="constrained")
    return figure, list(axes[0])


def _save(figure: Figure, file: Path) -> None:
    figure.savefig(file, dpi=110)
    plt.close(figure)


@_styled
def draw_curves(log: Path, file: Path) -> None:
    """Loss and accuracy over epochs, for training and validation, from the CSV log."""
    with log.open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    epochs = [int(row["epoch"]) + 1 for row in rows]
    figure, (left, right) = _figure(10, 4.8, 2)
    series = (
        (left, "loss", "training", QUIET),
        (left, "val_loss", "validation", ACCENT),
        (right, "labels_accuracy", "label head, training (varied copies)", QUIET),
        (right, "val_accuracy", "label head, validation, original labels", ACCENT),
        (right, "val_majority_accuracy", "people's head, validation, majority of ten people", SECOND),
    )
    for axes, column, label, colour in series:
        axes.plot(epochs, [float(row[column]) for row in rows], color=colour, label=label, linewidth=1.8)
    left.set(title="Loss", xlabel="epoch")
    right.set(title="Accuracy", xlabel="epoch")
    right.yaxis.set_major_formatter("{x:.0%}")
    for axes in (left, right):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15))  # below, where no line runs
    _save(figure, file)


@_styled
def draw_confusion(metrics: Metrics, file: Path) -> None:
    """Which emotion is taken for which: rows are labels, each row sums to 100 %."""
    counts = np.array(metrics.confusion)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    figure, (axes,) = _figure(6.4, 5.6)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.grid(visible=False)
    for (row, column), share in np.ndenumerate(shares):
        colour = "white" if share > 0.5 else INK
        axes.text(column, row, f"{share:.0%}", ha="center", va="center", color=colour, fontsize=10)
    axes.set_xticks(range(len(EMOTIONS)), EMOTIONS, rotation=35, ha="right")
    axes.set_yticks(range(len(EMOTIONS)), [f"{e} ({n})" for e, n in zip(EMOTIONS, counts.sum(1), strict=True)])
    axes.set(title=f"Accuracy {metrics.accuracy:.1%} on {metrics.pictures:,} pictures", xlabel="guess", ylabel="label")
    _save(figure, file)


@_styled
def draw_reliability(scores: Scores, targets: Targets, ylabel: str, file: Path) -> None:
    """How often a guess is confirmed at each confidence; on the diagonal the confidence is exactly right."""
    rows = reliability(scores, targets)
    figure, (axes,) = _figure(5.2, 4.8)
    axes.plot([0, 1], [0, 1], color=QUIET, linestyle="--", label="perfect")
    sizes = [20 + 400 * count / len(targets) for _, _, count in rows]
    points = ([row[0] for row in rows], [row[1] for row in rows])
    axes.plot(*points, color=ACCENT)
    axes.scatter(*points, s=sizes, color=ACCENT, zorder=3, label="measured (area: pictures)")
    axes.set(
        title=f"Calibration error {calibration_error(scores, targets):.3f}",
        xlabel="confidence",
        ylabel=ylabel,
        xlim=(0, 1),
        ylim=(0, 1),
    )
    axes.legend(loc="upper left")
    _save(figure, file)


@_styled
def draw_per_emotion(metrics: Metrics, file: Path) -> None:
    """Precision, recall and F1 of every emotion."""
    figure, (axes,) = _figure(7.5, 4)
    places = np.arange(len(EMOTIONS))
    for shift, (key, colour) in enumerate((("precision", ACCENT), ("recall", "#56b4e9"), ("f1", INK))):
        axes.bar(
            places + (shift - 1) * 0.26, [metrics.per_emotion[e][key] for e in EMOTIONS], 0.24, color=colour, label=key
        )
    labels = [f"{e}\n{metrics.per_emotion[e]['pictures']:.0f}" for e in EMOTIONS]
    axes.set_xticks(places, labels)
    axes.set(title="By emotion (number of pictures below)", ylim=(0, 1.12))
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.legend(ncols=3, loc="upper right")
    _save(figure, file)


@_styled
def draw_mistakes(scores: Scores, split: Split, file: Path, *, count: int = 40) -> None:
    """The most confident mistakes as a contact sheet: the label, and the guess. To look at, not to publish."""
    guesses = scores.argmax(1)
    wrong = np.flatnonzero(guesses != split.labels)
    surest = wrong[np.argsort(-scores[wrong, guesses[wrong]])][:count]
    columns, rows = 8, max(1, -(-len(surest) // 8))
    figure, grid = plt.subplots(
        rows, columns, figsize=(columns * 1.4, rows * 1.75), squeeze=False, layout="constrained"
    )
    for axes in grid.flat:
        axes.axis("off")
    for axes, i in zip(grid.flat, surest, strict=False):
        axes.imshow(split.images[i], cmap="gray", vmin=0, vmax=255)
        guess = EMOTIONS[guesses[i]]
        axes.set_title(
            f"{EMOTIONS[split.labels[i]]}\nsaid {guess} {scores[i, guesses[i]]:.0%}",
            fontsize=8,
            fontweight="normal",
        )
    _save(figure, file)


@_styled
def draw_architecture(arch: str, file: Path) -> None:
    """The network as a row of steps, each with its layers and the size of what leaves it; then the heads, joined."""
    network = build_network(arch)
    steps: dict[str, list[keras.layers.Layer]] = {}
    for layer in network.layers:
        steps.setdefault(layer.name.split("_")[0], []).append(layer)
    trunk = [name for name in steps if name not in HEADS]
    names = [*trunk, *HEADS, "joined"]
    figure, (axes,) = _figure(1.65 * len(names), 4.6)
    axes.axis("off")
    title = f"{network.name}: {network.count_params():,} weights"
    if ARCHITECTURES[arch].mirrored:
        title += "; it sees the face and its mirror image and takes the mean of each head's logits"
    axes.set(xlim=(-0.15, len(names)), ylim=(-0.06, 1.06), title=title)
    for place, name in enumerate(names):
        members = steps.get(name, [])
        size = "x".join(str(side) for side in (members or steps[HEADS[0]])[-1].output.shape[1:])
        words = list(map(_words, members)) or ["both heads'", "logits,", "weighted", "softmax"]
        _draw_step(axes, place, HEAD_NAMES.get(name, name), words, size)
    fork, (labels, people) = len(trunk) - 1, (len(trunk), len(trunk) + 1)
    for place in range(1, len(trunk) + 1):
        _draw_arrow(axes, place - 1, place)
    _draw_arrow(axes, fork, people, level=0.05)
    _draw_arrow(axes, labels, people + 1, level=0.94)
    _draw_arrow(axes, people, people + 1)
    _save(figure, file)


def _draw_step(axes: Axes, place: int, name: str, words: list[str], size: str) -> None:
    box = FancyBboxPatch(
        (place, 0.12),
        0.8,
        0.74,
        boxstyle="round,pad=0.03",
        facecolor="#e8f1f8" if any("conv" in word or "dense" in word for word in words) else "#f5f7fa",
        edgecolor=QUIET,
    )
    axes.add_patch(box)
    axes.text(place + 0.4, 0.84, name, ha="center", va="top", fontweight="bold", fontsize=9)
    axes.text(place + 0.4, 0.77, "\n".join(words), ha="center", va="top", fontsize=8, linespacing=1.4)
    axes.text(place + 0.4, 0.13, size, ha="center", va="bottom", fontsize=9, color=ACCENT)


def _draw_arrow(axes: Axes, start: int, end: int, *, level: float = 0.5) -> None:
    """From one step to the next one, or to a later one past those between, above (0.94) or below them (0.05)."""
    style = {"arrowstyle": "->", "color": INK}
    if level == 0.5:
        axes.annotate("", (end - 0.05, level), (start + 0.84, level), arrowprops=style)
        return
    near = 0.09 if level < 0.5 else 0.89
    axes.plot([start + 0.4, start + 0.4, end + 0.4], [near, level, level], color=INK, linewidth=1)
    axes.annotate("", (end + 0.4, near + (0.01 if level < 0.5 else -0.01)), (end + 0.4, level), arrowprops=style)


@_styled
def draw_trade(curve: list[tuple[float, float]], chosen: int, file: Path) -> None:
    """What is gained on the one measure for what is lost on the other, by the label head's share in the joined answer.

    curve: agreement with the labels and with people's majority at each share; `chosen` is the place of the one in use.
    """
    figure, (axes,) = _figure(6.6, 5)
    across, up = [[point[side] for point in curve] for side in (0, 1)]
    axes.plot(across, up, color=ACCENT, linewidth=1.8, marker=".", label="label head's share, in steps of 0.05")
    axes.scatter(across[chosen], up[chosen], s=140, color=ACCENT, zorder=3, label="the joined answer")
    for end, name, shift in ((0, "people's head", (8, 4)), (-1, "label head", (-72, -8))):
        axes.annotate(name, (across[end], up[end]), textcoords="offset points", xytext=shift, fontsize=9)
    axes.set(
        title="One answer cannot have both", xlabel="agrees with the labels", ylabel="agrees with people's majority"
    )
    axes.margins(0.18)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:.1%}")
    axes.legend(loc="lower left")
    _save(figure, file)


def _words(layer: keras.layers.Layer) -> str:
    kind = type(layer).__name__
    details = {
        "Conv2D": lambda: f"conv {layer.filters}, {layer.kernel_size[0]}x{layer.kernel_size[1]}",
        "Dense": lambda: f"dense {layer.units}",
        "Dropout": lambda: f"dropout {layer.rate:g}",
        "SpatialDropout2D": lambda: f"map dropout {layer.rate:g}",
        "Rescaling": lambda: f"times {float(layer.scale):.2f}",
    }
    names = {
        "InputLayer": "grey face",
        "LayerNormalization": "mean 0\nvariance 1",
        "BatchNormalization": "batch norm",
        "MaxPooling2D": "max pool 2x2",
        "ReLU": "ReLU",
    }
    return details[kind]() if kind in details else names.get(kind, kind.lower())
