"""A whole training run: from the pictures to weights that the live page can use."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from faces.errors import SettingsError
from learn.batches import Batches
from learn.charts import draw_architecture, draw_curves
from learn.checkpoint import Checkpoint, FiniteLoss, Log
from learn.compiled import compiled_form
from learn.dataset import Dataset
from learn.distil import TeacherAnswers, copy_weights
from learn.fit import LearningRate, Progress, Reseed, Validate, compile_network, leave_trunk
from learn.joining import calibration_of, find_joining, labels_offset
from learn.network import build_finished, build_network
from learn.recipe import Recipe, strength
from learn.store import load_network, save_network


def learn(
    data: Dataset,
    recipe: Recipe,
    out: Path,
    *,
    resume: bool,
    start: Path | None = None,
    cache: Path | None = None,
) -> Checkpoint:
    """Train with a checkpoint an epoch under `out/checkpoints`, which is returned; also after Ctrl-C.

    start: a folder with the model.json and model_weights.h5 to begin with. Its network must be of the recipe's `arch`.
    It counts only where nothing is resumed.
    cache: where the teachers' answers are kept; None for a folder in `out`.
    """
    pictures = len(data["train"])
    if pictures < recipe.batch:
        raise SettingsError(
            f"--batch {recipe.batch} is more than the {pictures} training pictures: give --batch {pictures} or less."
        )
    checkpoint = Checkpoint(out / "checkpoints", recipe)
    if checkpoint.holds_run() and not resume:
        raise SettingsError(f"{checkpoint.folder} holds an earlier run. Go on with --resume, or give another --out.")
    checkpoint.folder.mkdir(parents=True, exist_ok=True)
    network = new_network(recipe)
    first = go_on(network, recipe, checkpoint) if resume else 0
    if start is not None and not first:
        begin_with(network, start)
    log = out / "training_log.csv"
    if first and log.exists():
        keep_epochs(log, first)
    batches = taught_batches(data, recipe, first, cache or out / "answers")
    callbacks = [
        Progress(batches, recipe, print),
        LearningRate(recipe, len(batches)),
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


def new_network(recipe: Recipe) -> keras.Model:
    """By the recipe's seed, ready to train."""
    keras.utils.set_random_seed(recipe.seed)
    keras.config.set_dtype_policy("mixed_bfloat16" if recipe.precision == "bfloat16" else "float32")
    network = build_network(recipe.arch, fast=keras.backend.backend() == "torch")
    if recipe.heads_only:
        leave_trunk(network)
    compile_network(network, recipe)
    return network


def taught_batches(data: Dataset, recipe: Recipe, first: int, cache: Path) -> Batches:
    answers = None
    if recipe.teachers and first < recipe.epochs:
        answers = TeacherAnswers(recipe.teachers, data["train"], cache, seed=recipe.seed, strength=strength(0, recipe))
    return Batches(data["train"], recipe, first, answers)


def go_on(network: keras.Model, recipe: Recipe, checkpoint: Checkpoint) -> int:
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


def begin_with(network: keras.Model, folder: Path) -> None:
    """Copy the weights that `folder` holds into `network`. Raises SettingsError where they are of another shape."""
    copy_weights(load_network(folder / "model.json", folder / "model_weights.h5"), network)


def finish(data: Dataset, recipe: Recipe, weights: Sequence[NDArray[np.float32]], out: Path) -> None:
    """Join and calibrate `weights`, the offset by the training pictures and the rest by the validation pictures.

    Writes the two files and what they compile to.
    """
    keras.config.set_dtype_policy("float32")
    trained = build_finished(recipe.arch, fast=keras.backend.backend() == "torch")
    trained.set_weights(weights)
    validation = data[data.measured_on()]
    pictures = validation.images[..., None].astype(np.float32)
    scores = trained.predict(pictures, batch_size=256, verbose=0)
    said = trained.predict(data["train"].images[..., None].astype(np.float32), batch_size=256, verbose=0)
    offset = labels_offset(said["labels"], data["train"].labels)
    joining = find_joining(scores["labels"], scores["people"], validation, offset)
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
