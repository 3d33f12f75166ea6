"""Measure any weights on any labelled pictures, exactly as the live page would judge them.

    python evaluate.py --data fer2013 --votes ferplus_votes.csv

Prints a table, then one line of JSON for programs; writes charts to --out.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from faces.emotions import EMOTIONS
from faces.errors import FacesError
from faces.needs import need
from learn.dataset import Dataset, load_dataset, twins
from learn.measure import Metrics, Scores, label_flips, measure
from model import FacialExpressionModel


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").split("\n\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add(
        "--data",
        required=True,
        type=Path,
        help="folder, archive or fer2013.csv; a train part, if any, only serves to find twins",
    )
    add("--votes", type=Path, help="ferplus_votes.csv: adds the agreement with the majority of ten people")
    add(
        "--split",
        choices=("validation", "test", "train"),
        help="which part to measure on (default: validation, else test)",
    )
    add("--model", type=Path, default=Path(__file__).parent, help="folder with model.json and model_weights.h5")
    add("--out", type=Path, help="folder for the charts and figures.json (default: none are written)")
    return parser.parse_args(arguments)


def evaluate(data: Dataset, split: str, model_folder: Path, out: Path | None) -> dict[str, Any]:
    """All figures of one set of weights on one part of the data; with `out`, the charts as well."""
    model = FacialExpressionModel(model_folder / "model.json", model_folder / "model_weights.h5")
    part = data[split]
    started = time.perf_counter()
    scores = model.predict(list(part.images))
    seconds = time.perf_counter() - started
    metrics = measure(scores, part.labels)
    sure = scores.max(1) >= model.unsure_below
    right = scores.argmax(1) == part.labels
    figures: dict[str, Any] = {
        "version": 1,
        "split": split,
        "pictures": metrics.pictures,
        "accuracy": round(metrics.accuracy, 4),
        "macro_f1": round(metrics.macro_f1, 4),
        "calibration_error": round(metrics.calibration_error, 4),
        "unsure_below": model.unsure_below,
        "share_unsure": round(float(1 - sure.mean()), 4),
        "accuracy_when_sure": mean_or_none(right[sure]),
        "label_flips": label_flips(model.predict, part.images),
        "milliseconds_per_face": round(1000 * seconds / len(part), 2),
        "per_emotion": metrics.per_emotion,
    }
    if split != "train" and "train" in data.splits:
        own = ~twins(part, data["train"])
        figures["without_twins"] = {"pictures": int(own.sum()), "accuracy": mean_or_none(right[own])}
    figures |= majority_figures(scores, part.majority())
    if out is not None:
        write_results(scores, data, split, metrics, figures, out)
    return figures


def mean_or_none(right: "np.typing.NDArray[np.bool_]") -> float | None:
    """The share, to four digits, or None of nothing: JSON knows no NaN."""
    return round(float(right.mean()), 4) if right.size else None


def majority_figures(scores: Scores, majority: "np.typing.NDArray[np.int64]") -> dict[str, Any]:
    """Agreement with what more than half of the voters say, and what becomes of faces that people call neutral."""
    clear = majority >= 0
    if not clear.any():
        return {}
    agreement = measure(scores[clear], majority[clear])
    neutral = EMOTIONS.index("neutral")
    guesses = scores[majority == neutral].argmax(1)
    taken_for = {EMOTIONS[i]: mean_or_none(guesses == i) for i in range(len(EMOTIONS))}
    return {
        "majority": {
            "pictures": agreement.pictures,
            "accuracy": round(agreement.accuracy, 4),
            "macro_f1": round(agreement.macro_f1, 4),
            "neutral_taken_for": taken_for,
        }
    }


def write_results(
    scores: Scores, data: Dataset, split: str, metrics: Metrics, figures: dict[str, Any], out: Path
) -> None:
    from learn.charts import draw_confusion, draw_mistakes, draw_per_emotion, draw_reliability

    out.mkdir(parents=True, exist_ok=True)
    draw_confusion(metrics, out / "confusion.png")
    draw_per_emotion(metrics, out / "per_emotion.png")
    draw_reliability(scores, data[split], metrics, out / "reliability.png")
    draw_mistakes(scores, data[split], out / "surest_mistakes.png")
    everything = {**figures, "confusion": asdict(metrics)["confusion"]}
    (out / "figures.json").write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


def print_table(figures: dict[str, Any]) -> None:
    print(f"{figures['pictures']:,} pictures of {figures['split']}: accuracy {figures['accuracy']:.1%}")
    print(f"{'emotion':<10}{'precision':>10}{'recall':>10}{'F1':>10}{'pictures':>10}")
    for emotion, row in figures["per_emotion"].items():
        print(f"{emotion:<10}{row['precision']:>10.1%}{row['recall']:>10.1%}{row['f1']:>10.1%}{row['pictures']:>10,}")


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    try:
        if options.out:
            need("keras", "matplotlib", purpose="Drawing charts (--out)", requirements="requirements.txt")
        data = load_dataset(options.data, options.votes)
        figures = evaluate(data, options.split or data.measured_on(), options.model, options.out)
    except FacesError as error:
        print(f"evaluate.py: {error}", file=sys.stderr)
        return 1
    print_table(figures)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
