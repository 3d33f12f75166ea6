"""Learn the network's weights from FER2013, or from your own pictures in the same form.

    python train.py --data fer2013 --votes ferplus_votes.csv

Writes `model.json`, `model_weights.h5` and the compiled form beside them, and what was learned as charts, into a folder
of the run's own. `use_weights.py` puts them to use.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faces.emotions import EMOTIONS
from faces.errors import FacesError, SettingsError
from faces.needs import need
from learn.dataset import KNOWN_TRAINING_COUNTS, Dataset, twins
from learn.reading import load_dataset

if TYPE_CHECKING:
    import keras
    import numpy as np
    from numpy.typing import NDArray

    from learn.batches import Batches
    from learn.checkpoint import Checkpoint
    from learn.recipe import Recipe


FEW_PICTURES = 400
"""Disgust has 436 in FER2013, and half of those in the validation part are found."""


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").split("\n\n")[0],
        epilog="KERAS_BACKEND=torch (pip install torch) trains about 1.7 times faster than TensorFlow on a processor "
        "with bfloat16, and like KERAS_BACKEND=jax on a GPU. The files that come out are the same.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--data",
        required=True,
        type=Path,
        help="folder with train/ and validation/ (or test/), an archive, or fer2013.csv",
    )
    add("--votes", type=Path, help="ferplus_votes.csv: ten people's votes per picture, as soft targets")
    add(
        "--out",
        type=Path,
        help="folder for everything that is written (default: a new one, runs/1, runs/2 and so on; with --resume the "
        "newest of them)",
    )
    add(
        "--arch",
        choices=("compact", "classic", "small", "vgg", "half_resnet"),
        default="compact",
        help="compact: the shipped one; classic: the Stanford report's; small: a student of several teachers; vgg and "
        "half_resnet: teachers, too slow for the live page",
    )
    add(
        "--epochs",
        type=int,
        default=60,
        help="rounds through all pictures; the learning rate falls to nothing over them",
    )
    add("--batch", type=int, default=64, help="pictures per step")
    add("--rate", type=float, default=2e-3, help="highest learning rate")
    add("--votes-share", type=float, default=0.25, help="weight of people's votes against the original label, 0 to 1")
    add(
        "--teachers",
        nargs="+",
        default=[],
        metavar="DIR",
        help="folders of finished networks whose answers are learned as well; DIR:labels or DIR:people for one head",
    )
    add("--teachers-share", type=float, default=0.6, help="weight of the teachers' answers in the targets, 0 to 1")
    add("--rounds", type=int, default=40, help="of varied copies that the teachers are asked about, used in turn")
    add("--cache", type=Path, help="folder for the teachers' answers (default: answers in --out)")
    add("--webcam-share", type=float, default=0.25, help="share of the pictures spoiled as bad webcams do, 0 to 1")
    add("--smoothing", type=float, default=0.05, help="label smoothing of the original label")
    add("--patience", type=int, default=15, help="stop after this many epochs without a better one")
    add("--seed", type=int, default=0, help="the same seed, data and machine give the same run")
    add(
        "--precision",
        choices=("float32", "bfloat16"),
        default="float32",
        help="bfloat16 is faster where the processor has it",
    )
    add(
        "--start",
        type=Path,
        help="folder whose model.json and model_weights.h5 to begin with, instead of from chance "
        "(with --resume only where no epoch was finished)",
    )
    add(
        "--heads-only",
        action="store_true",
        help="leave the trunk of --start as it is: a head for other targets in a few quick epochs, as a start for all",
    )
    add(
        "--resume",
        action="store_true",
        help="go on from the last checkpoint in --out: exactly where it stopped if all options are the same; "
        "--arch, --batch, --seed, --precision and --votes must be",
    )
    add("--look", action="store_true", help="only look at the data: counts, unreadable pictures, twins")
    return parser.parse_args(arguments)


def recipe_of(options: argparse.Namespace) -> "Recipe":
    from learn.recipe import Recipe

    if options.epochs < 1 or options.batch < 2 or not options.rate > 0 or not 0 <= options.votes_share <= 1:
        raise SettingsError("--epochs must be 1 or more, --batch 2 or more, --rate above 0, --votes-share from 0 to 1.")
    shares = (options.teachers_share, options.webcam_share)
    if options.rounds < 1 or not all(0 <= share <= 1 for share in shares):
        raise SettingsError("--rounds must be 1 or more, --teachers-share and --webcam-share from 0 to 1.")
    if options.heads_only and options.start is None and not options.resume:
        raise SettingsError("--heads-only leaves the trunk as it is: give the folder to take it from with --start.")
    if not 0 <= options.seed < 2**32:
        raise SettingsError("--seed must be from 0 to 4294967295.")
    return Recipe(
        arch=options.arch,
        epochs=options.epochs,
        batch=options.batch,
        rate=options.rate,
        warmup=min(4, options.epochs // 4),
        votes_share=options.votes_share if options.votes else 0.0,
        smoothing=options.smoothing,
        teachers=tuple(options.teachers),
        teachers_share=options.teachers_share,
        rounds=options.rounds,
        webcam_share=options.webcam_share,
        patience=options.patience,
        seed=options.seed,
        precision=options.precision,
        votes=options.votes is not None,
        heads_only=options.heads_only,
    )


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


def learn(
    data: Dataset,
    recipe: "Recipe",
    out: Path,
    *,
    resume: bool,
    start: Path | None = None,
    cache: Path | None = None,
) -> "Checkpoint":
    """Train with a checkpoint an epoch under `out/checkpoints`, which is returned; also after Ctrl-C.

    start: a folder with the model.json and model_weights.h5 to begin with. Its network must be of the recipe's `arch`.
    It counts only where nothing is resumed.
    cache: where the teachers' answers are kept; None for a folder in `out`.
    """
    import keras

    from learn.checkpoint import Checkpoint, FiniteLoss, Log
    from learn.fit import Progress, Rate, Reseed, Validate, compile_network, leave_trunk
    from learn.network import build_network

    pictures = len(data["train"])
    if pictures < recipe.batch:
        raise SettingsError(
            f"--batch {recipe.batch} is more than the {pictures} training pictures: give --batch {pictures} or less."
        )
    checkpoint = Checkpoint(out / "checkpoints", recipe)
    if checkpoint.holds_run() and not resume:
        raise SettingsError(f"{checkpoint.folder} holds an earlier run. Go on with --resume, or give another --out.")
    checkpoint.folder.mkdir(parents=True, exist_ok=True)

    keras.utils.set_random_seed(recipe.seed)
    keras.config.set_dtype_policy("mixed_bfloat16" if recipe.precision == "bfloat16" else "float32")
    network = build_network(recipe.arch, fast=keras.backend.backend() == "torch")
    if recipe.heads_only:
        leave_trunk(network)
    compile_network(network, recipe)
    first = go_on(network, recipe, checkpoint) if resume else 0
    if start is not None and not first:
        begin_with(network, start)
    log = out / "training_log.csv"
    if first and log.exists():
        keep_epochs(log, first)
    batches = taught_batches(data, recipe, first, cache or out / "answers")
    callbacks = [
        Progress(batches, recipe, print),
        Rate(recipe, len(batches)),
        Reseed(recipe),
        Validate(data[data.measured_on()], recipe, print),
        FiniteLoss(checkpoint, recipe),  # before the two that write
        Log(log, append=first > 0),
        checkpoint,  # after the log: a run that is killed between the two learns the epoch again and logs it again
    ]
    try:
        network.fit(batches, epochs=recipe.epochs, initial_epoch=first, shuffle=False, callbacks=callbacks)
    except KeyboardInterrupt:
        print(f"\nStopped. --resume --out {out} goes on with epoch {checkpoint.epoch + 2}.")
    if checkpoint.best_epoch < 0:
        raise SettingsError("No epoch was finished, so there is nothing to keep.")
    return checkpoint


def taught_batches(data: Dataset, recipe: "Recipe", first: int, cache: Path) -> "Batches":
    from learn.batches import Batches
    from learn.distil import Answers
    from learn.recipe import strength

    answers = None
    if recipe.teachers and first < recipe.epochs:
        answers = Answers(recipe.teachers, data["train"], cache, seed=recipe.seed, strength=strength(0, recipe))
    return Batches(data["train"], recipe, first, answers)


def go_on(network: "keras.Model", recipe: "Recipe", checkpoint: "Checkpoint") -> int:
    """Bring the network to its last checkpoint; the number of the epoch to go on with, 0 where there is none."""
    first = checkpoint.restore(network)
    if not first:
        print(f"{checkpoint.folder} holds no finished epoch to go on from: beginning with epoch 1.")
    elif first < recipe.epochs:
        print(f"Going on with epoch {first + 1} of {recipe.epochs}; best so far: epoch {checkpoint.best_epoch + 1}.")
    else:
        print(f"All {recipe.epochs} epochs are learned: only the end is left to do.")
    return first


def keep_epochs(log: Path, epochs: int) -> None:
    """Cut `log` after its first `epochs` epochs, one row each below the head."""
    rows = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(rows[: epochs + 1]))


def begin_with(network: "keras.Model", folder: Path) -> None:
    """Copy the weights that `folder` holds into `network`. Raises SettingsError where they are of another shape."""
    from learn.distil import copy_weights
    from learn.store import load_network

    copy_weights(load_network(folder / "model.json", folder / "model_weights.h5"), network)


def finish(data: Dataset, recipe: "Recipe", weights: "Sequence[NDArray[np.float32]]", out: Path) -> None:
    """Join and calibrate `weights` by the validation pictures; write the two files and what they compile to."""
    import keras
    import numpy as np

    from learn.charts import draw_architecture, draw_curves
    from learn.compiled import compiled_form
    from learn.joining import calibration_of, find_joining
    from learn.network import build_finished
    from learn.store import save_network

    keras.config.set_dtype_policy("float32")
    trained = build_finished(recipe.arch, fast=keras.backend.backend() == "torch")
    trained.set_weights(weights)
    validation = data[data.measured_on()]
    pictures = validation.images[..., None].astype(np.float32)
    scores = trained.predict(pictures, batch_size=256, verbose=0)
    joining = find_joining(scores["labels"], scores["people"], validation)
    network = build_finished(recipe.arch, joining)
    network.set_weights(weights)
    joined = network.predict(pictures, batch_size=256, verbose=0)["joined"]
    calibration = asdict(calibration_of(joined, validation, joining))
    model_json, model_weights = save_network(network, out, calibration)
    print(f"Calibrated: {json.dumps(calibration)}")
    print("Compiling for the live page.")
    compiled_form(model_json, model_weights)
    draw_architecture(recipe.arch, out / "model.png")
    draw_curves(out / "training_log.csv", out / "curves.png")


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
    options = parse(arguments)
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
        checkpoint = learn(data, recipe, out, resume=options.resume, start=options.start, cache=options.cache)
        finish(data, recipe, checkpoint.best_weights(), out)
        from evaluate import evaluate

        figures: dict[str, Any] = evaluate(data, data.measured_on(), out, out)
        print(summary(data, figures, checkpoint.best_epoch, recipe.epochs, out))
        print(json.dumps(figures))
    except FacesError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
