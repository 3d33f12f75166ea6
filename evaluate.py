"""Measure any weights on any labelled pictures, exactly as the live page would read them.

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
from faces.errors import FacesError, ModelError
from faces.needs import need
from learn.compiled import ANSWERS, labels_share
from learn.dataset import Dataset, Split, twins
from learn.measure import Labels, Metrics, Scores, calibration_error, interval, label_flips, macro_f1, measure, mixed
from learn.options import Defaults
from learn.reading import load_dataset
from learn.targets import vote_shares
from model import FacialExpressionModel


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0], formatter_class=Defaults)
    add = parser.add_argument
    add(
        "--data",
        required=True,
        type=Path,
        help="folder, archive or fer2013.csv; a train part, if any, is only used to find twins",
    )
    add("--votes", type=Path, help="ferplus_votes.csv: adds the agreement with the majority of ten people")
    add(
        "--split",
        choices=("validation", "test", "train"),
        help="which part to measure on (default: validation, else test)",
    )
    add("--model", type=Path, default=Path(__file__).parent, help="folder with model.json and model_weights.h5")
    add(
        "--answer", choices=ANSWERS, default="joined", help="of both heads joined, as it is shown, or of one head alone"
    )
    add("--out", type=Path, help="folder for the charts and figures.json (default: none are written)")
    return parser.parse_args(arguments)


def evaluate(
    data: Dataset, split: str, model_folder: Path, out: Path | None, *, answer: str = "joined"
) -> dict[str, Any]:
    """All figures of one answer of one set of weights on one part of the data; with `out`, the charts as well."""
    model = FacialExpressionModel(model_folder / "model.json", model_folder / "model_weights.h5")
    part = data[split]
    started = time.thread_time()  # of the one core that is used, whatever else the machine does
    all_scores = model.predict_all(list(part.images), answers=model.answers)
    seconds = time.thread_time() - started
    if answer not in all_scores:
        raise ModelError(f"The network in {model_folder} answers {' and '.join(all_scores)}, not {answer}.")
    scores, majority = all_scores[answer], part.majority()
    metrics = measure(scores, part.labels)
    sure = scores.max(1) >= model.unsure_below
    right = scores.argmax(1) == part.labels
    figures: dict[str, Any] = {
        "version": 2,
        "split": split,
        "answer": answer,
        "pictures": metrics.pictures,
        "accuracy": round(metrics.accuracy, 4),
        "macro_f1": round(metrics.macro_f1, 4),
        "calibration_error": round(metrics.calibration_error, 4),
        "unsure_below": model.unsure_below,
        "share_unsure": round(float(1 - sure.mean()), 4),
        "accuracy_when_sure": mean_or_none(right[sure]),
        "label_flips": label_flips(lambda faces: model.predict(faces, answer=answer), part.images),
        "milliseconds_per_face": round(1000 * seconds / len(part), 2),
        "per_emotion": metrics.per_emotion,
        "intervals": intervals(scores, part),
    }
    if split != "train" and "train" in data.splits:
        own = ~twins(part, data["train"])
        figures["without_twins"] = {"pictures": int(own.sum()), "accuracy": mean_or_none(right[own])}
    figures |= majority_figures(scores, part)
    figures["answers"] = {name: brief(some, part.labels, majority) for name, some in all_scores.items()}
    if out is not None:
        write_results(scores, data, split, metrics, figures, out)
        if len(all_scores) > 1 and (majority >= 0).any():
            write_trade(all_scores, part, model_folder, out)
    return figures


def mean_or_none(right: "np.typing.NDArray[np.bool_]") -> float | None:
    """The share to four digits, or None where there is nothing: JSON has no NaN."""
    return round(float(right.mean()), 4) if right.size else None


def brief(scores: Scores, labels: Labels, majority: Labels) -> dict[str, float | None]:
    """The four figures by which the answers of one network are compared."""
    guesses, clear = scores.argmax(1), majority >= 0
    return {
        "accuracy": mean_or_none(guesses == labels),
        "macro_f1": round(macro_f1(guesses, labels), 4),
        "majority_accuracy": mean_or_none(guesses[clear] == majority[clear]),
        "majority_macro_f1": round(macro_f1(guesses[clear], majority[clear]), 4) if clear.any() else None,
    }


def intervals(scores: Scores, part: Split) -> dict[str, list[float]]:
    """95 % intervals of the figures that are compared with others', by how pictures happen to be drawn."""
    guesses, labels, majority = scores.argmax(1), part.labels, part.majority()
    clear = np.flatnonzero(majority >= 0)
    found = {
        "accuracy": interval(lambda drawn: float(np.mean(guesses[drawn] == labels[drawn])), len(labels)),
        "macro_f1": interval(lambda drawn: macro_f1(guesses[drawn], labels[drawn]), len(labels)),
    }
    if clear.size:
        said, meant = guesses[clear], majority[clear]
        neutral = np.flatnonzero(meant == EMOTIONS.index("neutral"))
        found["majority_accuracy"] = interval(lambda drawn: float(np.mean(said[drawn] == meant[drawn])), len(said))
        found["majority_macro_f1"] = interval(lambda drawn: macro_f1(said[drawn], meant[drawn]), len(said))
        if neutral.size:
            kept = said[neutral] == meant[neutral]
            found["neutral_called_neutral"] = interval(lambda drawn: float(np.mean(kept[drawn])), len(kept))
    return found


def majority_figures(scores: Scores, part: Split) -> dict[str, Any]:
    """Agreement with what more than half of the voters say, and what becomes of faces that people call neutral."""
    majority = part.majority()
    clear = majority >= 0
    if not clear.any():
        return {}
    agreement = measure(scores[clear], majority[clear])
    neutral = EMOTIONS.index("neutral")
    guesses = scores[majority == neutral].argmax(1)
    taken_for = {EMOTIONS[i]: mean_or_none(guesses == i) for i in range(len(EMOTIONS))}
    voted, votes = vote_shares(part)
    return {
        "votes_calibration_error": round(calibration_error(scores[voted], votes[voted]), 4),
        "majority": {
            "pictures": agreement.pictures,
            "accuracy": round(agreement.accuracy, 4),
            "macro_f1": round(agreement.macro_f1, 4),
            "neutral_taken_for": taken_for,
            "per_emotion": agreement.per_emotion,
            "by_brightness": by_brightness(part.images[clear], scores[clear].argmax(1) == majority[clear]),
        },
    }


def by_brightness(images: "np.typing.NDArray[np.uint8]", right: "np.typing.NDArray[np.bool_]") -> list[dict[str, Any]]:
    """The agreement in the darkest, middle and brightest third, by the mean grey of the picture's inner half."""
    quarter = images.shape[1] // 4
    brightness = images[:, quarter:-quarter, quarter:-quarter].mean((1, 2))
    thirds = np.array_split(np.argsort(brightness, kind="stable"), 3)
    return [
        {
            "mean_grey": round(float(brightness[third].mean()), 1),
            "pictures": len(third),
            "accuracy": mean_or_none(right[third]),
        }
        for third in thirds
        if len(third)
    ]


def write_results(
    scores: Scores, data: Dataset, split: str, metrics: Metrics, figures: dict[str, Any], out: Path
) -> None:
    from learn.charts import draw_confusion, draw_mistakes, draw_per_emotion, draw_reliability

    out.mkdir(parents=True, exist_ok=True)
    part = data[split]
    voted, votes = vote_shares(part)
    who = "share of people who say the same" if part.votes is not None else "share of right guesses"
    draw_confusion(metrics, out / "confusion.png")
    draw_per_emotion(metrics, out / "per_emotion.png")
    draw_reliability(scores[voted], votes[voted], who, out / "reliability.png")
    draw_mistakes(scores, part, out / "surest_mistakes.png")
    everything = {**figures, "confusion": asdict(metrics)["confusion"]}
    (out / "figures.json").write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


def write_trade(all_scores: dict[str, Scores], part: Split, model_folder: Path, out: Path) -> None:
    """The curve of what every other share of the label head would give."""
    from learn.charts import draw_trade

    majority = part.majority()
    shares = [round(0.05 * step, 2) for step in range(21)]
    mixes = [mixed(all_scores["labels"], all_scores["people"], share) for share in shares]
    briefs = [brief(scores, part.labels, majority) for scores in mixes]
    curve = [(float(b["accuracy"] or 0), float(b["majority_accuracy"] or 0)) for b in briefs]
    used = labels_share(model_folder / "model.json")
    draw_trade(curve, int(np.abs(np.array(shares) - used).argmin()), out / "trade.png")


def print_table(figures: dict[str, Any]) -> None:
    print(f"{figures['pictures']:,} pictures of {figures['split']}: accuracy {figures['accuracy']:.1%}")
    print(f"{'emotion':<10}{'precision':>10}{'recall':>10}{'F1':>10}{'pictures':>10}")
    for emotion, row in figures["per_emotion"].items():
        print(f"{emotion:<10}{row['precision']:>10.1%}{row['recall']:>10.1%}{row['f1']:>10.1%}{row['pictures']:>10,}")
    print(f"\n{'answer':<10}{'labels':>10}{'macro F1':>10}{'majority':>10}{'macro F1':>10}")
    for answer, row in figures["answers"].items():
        print(f"{answer:<10}" + "".join(f"{'':>10}" if share is None else f"{share:>10.1%}" for share in row.values()))


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    try:
        if options.out:
            need("keras", "matplotlib", purpose="Drawing charts (--out)", requirements="requirements.txt")
        data = load_dataset(options.data, options.votes)
        figures = evaluate(data, options.split or data.measured_on(), options.model, options.out, answer=options.answer)
    except FacesError as error:
        print(f"evaluate.py: {error}", file=sys.stderr)
        return 1
    print_table(figures)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
