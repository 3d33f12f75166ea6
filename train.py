"""Learn the network's weights from FER2013, or from your own pictures in the same form.

    python train.py --data fer2013 --votes ferplus_votes.csv

Writes `model.json`, `model_weights.h5` and the compiled form beside them, and what was learned as charts, into a folder
of the run's own. `use_weights.py` puts them to use.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from faces.emotions import EMOTIONS
from faces.errors import FacesError
from faces.needs import need
from learn.dataset import KNOWN_TRAINING_COUNTS, Dataset, twins
from learn.options import parse, recipe_of
from learn.reading import load_dataset

FEW_PICTURES = 400
"""Disgust has 436 in FER2013, and half of those in the validation part are found."""


def look(data: Dataset) -> None:
    """Print what there is to learn from, before any of it is learned."""
    print(f"\n{'emotion':<10}" + "".join(f"{split:>12}" for split in data.splits) + f"{'FER2013 train':>16}")
    for emotion in EMOTIONS:
        counts = "".join(f"{part.counts()[emotion]:>12,}" for part in data.splits.values())
        print(f"{emotion:<10}{counts}{KNOWN_TRAINING_COUNTS[emotion]:>16,}")
    sums = "".join(f"{len(part):>12,}" for part in data.splits.values())
    print(f"{'all':<10}{sums}{sum(KNOWN_TRAINING_COUNTS.values()):>16,}")
    for split, part in data.splits.items():
        repeats = len(part) - len({image.tobytes() for image in part.images})
        print(f"{split}: {repeats:,} pictures repeat another one exactly.")
    for split, part in data.splits.items():
        if split != "train" and "train" in data.splits:
            print(f"{split}: {int(twins(part, data['train']).sum()):,} pictures have a twin in train.")
    if data.problems:
        print(f"{len(data.problems)} pictures were left out:")
        for problem in data.problems[:10]:
            print(f"  {problem}")
        if len(data.problems) > 10:
            print(f"  and {len(data.problems) - 10} more")


def own_folder(runs: Path, *, resume: bool) -> Path:
    """The next free number in `runs`; with `resume` the last one in use."""
    used = sorted(int(folder.name) for folder in runs.glob("*") if folder.is_dir() and folder.name.isdecimal())
    last = used[-1] if used else 0
    return runs / str(last if resume and used else last + 1)


def summary(data: Dataset, figures: dict[str, Any], best_epoch: int, epochs: int, out: Path) -> str:
    """What a run reached, where it lies, what to do next, and whether there was enough to learn from."""
    label_head, joined = figures["answers"]["labels"], figures["answers"]["joined"]
    low, high = figures["intervals"]["accuracy"]
    lines = [
        f"\nEpoch {best_epoch + 1} of {epochs} was the best. On {figures['pictures']:,} validation pictures:",
        f"- the joined answer, the one that is shown, is the label's for {joined['accuracy']:.1%} (with other pictures "
        f"like these {low:.0%} to {high:.0%}); the label head alone has {label_head['accuracy']:.1%};",
    ]
    if (majority := joined["majority_accuracy"]) is not None:
        lines.append(f"- where more than half of the people agree, it says the same for {majority:.1%}.")
    lines += [
        f"The weights and charts are in {out}. Nothing that was in use has changed: to put them to use,",
        f"    python use_weights.py {out} --data (and --votes) as here",
    ]
    few = {emotion: count for emotion, count in data["train"].counts().items() if count < FEW_PICTURES}
    if few:
        named = ", ".join(f"{emotion} ({count:,})" for emotion, count in few.items())
        lines.append(
            f"There is too little to learn from of: {named}. With fewer than {FEW_PICTURES} pictures an emotion is "
            "rarely found; add pictures of it, or begin with the shipped weights (--start .)."
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments, description=(__doc__ or "").split("\n\n")[0])
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        if not options.look:
            packages = (os.environ["KERAS_BACKEND"], "tensorflow", "keras", "h5py", "matplotlib")
            need(*dict.fromkeys(packages), purpose="Training", requirements="requirements.txt")
        started = time.monotonic()
        data = load_dataset(options.data, options.votes)
        print(f"Read {sum(map(len, data.splits.values())):,} pictures in {time.monotonic() - started:.0f} s.")
        look(data)
        if options.look:
            return 0
        recipe, out = recipe_of(options), options.out or own_folder(Path("runs"), resume=options.resume)
        out.mkdir(parents=True, exist_ok=True)
        print(f"Everything is written to {out}.")
        from learn.run import finish, learn

        checkpoint = learn(data, recipe, out, resume=options.resume, start=options.start, cache=options.cache)
        finish(data, recipe, checkpoint.best_weights(), out)
        from evaluate import evaluate

        figures: dict[str, Any] = evaluate(data, data.measured_on(), out, out)
        print(summary(data, figures, checkpoint.best_epoch, recipe.epochs, out))
        print(json.dumps(figures))
    except FacesError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"train.py: {error.filename or 'A file of the run'} could not be written or read: {error.strerror}. Free "
            "some space, or give back the right to write there; --resume then goes on after the last whole epoch.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
