"""Learn the network's weights from FER2013, or from your own pictures in the same form.

    python train.py --data fer2013 --votes ferplus_votes.csv

Writes `model.json`, `model_weights.h5` and the compiled form beside them, and what was learned as charts. The live page
uses the new weights at its next start.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faces.emotions import EMOTIONS
from faces.errors import FacesError, SettingsError
from faces.needs import need
from learn.dataset import KNOWN_TRAINING_COUNTS, Dataset, load_dataset, twins

if TYPE_CHECKING:
    import keras

    from learn.fit import Checkpoint, Recipe


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
    add("--out", type=Path, default=Path(), help="folder for everything that is written")
    add("--arch", choices=("compact", "classic"), default="compact", help="classic: the network of the Stanford report")
    add(
        "--epochs",
        type=int,
        default=60,
        help="rounds through all pictures; the learning rate falls to nothing over them",
    )
    add("--batch", type=int, default=64, help="pictures per step")
    add("--rate", type=float, default=2e-3, help="highest learning rate")
    add("--votes-share", type=float, default=0.25, help="weight of people's votes against the original label, 0 to 1")
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
        "--resume",
        action="store_true",
        help="go on from the last checkpoint in --out: exactly where it stopped if all options are the same; "
        "--arch, --batch, --seed, --precision and --votes must be",
    )
    add("--look", action="store_true", help="only look at the data: counts, unreadable pictures, twins")
    return parser.parse_args(arguments)


def recipe_of(options: argparse.Namespace) -> "Recipe":
    from learn.fit import Recipe

    if options.epochs < 1 or options.batch < 2 or not options.rate > 0 or not 0 <= options.votes_share <= 1:
        raise SettingsError("--epochs must be 1 or more, --batch 2 or more, --rate above 0, --votes-share from 0 to 1.")
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
        patience=options.patience,
        seed=options.seed,
        precision=options.precision,
        votes=options.votes is not None,
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


def learn(data: Dataset, recipe: "Recipe", out: Path, *, resume: bool, start: Path | None = None) -> Path:
    """Train with a checkpoint an epoch under `out/checkpoints`; the file of the best weights, also after Ctrl-C.

    start: a folder with the model.json and model_weights.h5 to begin with. Its network must be of the recipe's `arch`.
    It counts only where nothing is resumed.
    """
    import keras

    from learn.fit import Batches, Checkpoint, Log, Number, Progress, Rate, Reseed, Validate, compile_network
    from learn.network import build_network

    pictures = len(data["train"])
    if pictures < recipe.batch:
        raise SettingsError(
            f"--batch {recipe.batch} is more than the {pictures} training pictures: give --batch {pictures} or less."
        )
    checkpoints = out / "checkpoints"
    if checkpoints.exists() and not resume and (checkpoints / "state.json").exists():
        raise SettingsError(f"{checkpoints} holds an earlier run. Go on with --resume, or give another --out.")
    checkpoints.mkdir(parents=True, exist_ok=True)

    keras.utils.set_random_seed(recipe.seed)
    keras.config.set_dtype_policy("mixed_bfloat16" if recipe.precision == "bfloat16" else "float32")
    network = build_network(recipe.arch, fast=keras.backend.backend() == "torch")
    compile_network(network, recipe)
    checkpoint = Checkpoint(checkpoints, recipe)
    first = go_on(network, recipe, checkpoint) if resume else 0
    if start is not None and not first:
        begin_with(network, start)
    log = out / "training_log.csv"
    if first and log.exists():
        keep_epochs(log, first)
    batches = Batches(data["train"], recipe, first)
    validation = data[data.measured_on()]
    callbacks = [
        Progress(batches, recipe, print),
        Rate(recipe, len(batches)),
        Reseed(recipe),
        Validate(validation, recipe, print),
        Number(checkpoint, recipe),  # before the two that write
        Log(log, append=first > 0),
        checkpoint,  # after the log: a run that is killed between the two learns the epoch again and logs it again
    ]
    try:
        network.fit(batches, epochs=recipe.epochs, initial_epoch=first, shuffle=False, callbacks=callbacks)
    except KeyboardInterrupt:
        print(f"\nStopped. --resume --out {out} goes on with epoch {checkpoint.epoch + 2}.")
    if checkpoint.best_epoch < 0:
        raise SettingsError("No epoch was finished, so there is nothing to keep.")
    print(f"Best: epoch {checkpoint.best_epoch + 1}.")
    return checkpoints / "best.weights.h5"


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
    from learn.store import load_network

    weights = load_network(folder / "model.json", folder / "model_weights.h5").get_weights()
    if [w.shape for w in weights] != [w.shape for w in network.get_weights()]:
        raise SettingsError(f"--start {folder} holds another network than --arch {network.name}: give its --arch.")
    network.set_weights(weights)


def finish(data: Dataset, recipe: "Recipe", best: Path, out: Path) -> None:
    """Calibrate the best weights on the validation pictures and write the two files and what they compile to."""
    import keras
    import numpy as np

    from learn.charts import draw_architecture, draw_curves
    from learn.compiled import compiled_form
    from learn.measure import best_temperature, unsure_below, with_temperature
    from learn.network import ARCHITECTURES, build_finished, build_network
    from learn.store import save_network

    keras.config.set_dtype_policy("float32")
    mirrored = ARCHITECTURES[recipe.arch].mirrored
    trained = build_finished(recipe.arch)
    trained.load_weights(best)
    validation = data[data.measured_on()]
    scores = trained.predict(validation.images[..., None].astype(np.float32), batch_size=256, verbose=0)
    temperature = best_temperature(scores, validation.labels)
    calibrated = with_temperature(scores, temperature)
    # What counts before a camera is what people would say: their majority decides where there is one.
    majority = validation.majority()
    clear = majority >= 0 if (majority >= 0).any() else np.ones(len(validation), bool)
    truth = np.where(majority >= 0, majority, validation.labels)
    threshold = unsure_below(calibrated[clear], truth[clear])
    sure = calibrated.max(1) >= threshold
    right = calibrated.argmax(1) == validation.labels
    calibration = {
        "temperature": temperature,
        "unsure_below": threshold,
        "share_unsure": round(float(1 - sure.mean()), 4),
        "accuracy_when_sure": round(float(right[sure].mean()), 4) if sure.any() else 0.0,
    }
    network = build_network(recipe.arch, temperature=temperature, mirrored=mirrored)
    network.set_weights(trained.get_weights())
    model_json, model_weights = save_network(network, out, calibration)
    print(f"Calibrated: {json.dumps(calibration)}")
    print("Compiling for the live page.")
    compiled_form(model_json, model_weights)
    draw_architecture(build_network(recipe.arch, temperature=temperature), out / "model.png", mirrored=mirrored)
    draw_curves(out / "training_log.csv", out / "curves.png")


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
        recipe = recipe_of(options)
        options.out.mkdir(parents=True, exist_ok=True)
        best = learn(data, recipe, options.out, resume=options.resume, start=options.start)
        finish(data, recipe, best, options.out)
        from evaluate import evaluate

        figures: dict[str, Any] = evaluate(data, data.measured_on(), options.out, options.out)
        print(json.dumps(figures))
    except FacesError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
