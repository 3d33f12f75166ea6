"""One training run that can be watched, interrupted, resumed and trusted."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS
from faces.errors import SettingsError
from learn.augment import augment
from learn.dataset import Split, soft_targets
from learn.network import build_finished

COLLAPSED_SHARE = 0.6  # happy, the largest class, is a quarter of FER2013

MUST_STAY = ("arch", "batch", "seed", "precision", "votes")
"""What a resumed run keeps: the shapes, the order of the pictures, what the best epoch is chosen by."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a run learns, beside the pictures."""

    arch: str = "compact"
    epochs: int = 60
    batch: int = 64
    rate: float = 2e-3  # highest learning rate
    warmup: int = 4  # epochs until it is reached
    decay: float = 0.05  # AdamW's weight decay
    votes_share: float = 0.25
    smoothing: float = 0.05
    least_strength: float = 0.4  # of the variations, at the end of the run
    patience: int = 15
    seed: int = 0
    precision: str = "float32"
    votes: bool = False  # whether people's votes are there, which also choose the best epoch


class Batches(keras.utils.PyDataset):
    """Varied copies of the training pictures; the same seed, epoch and position always give the same batch."""

    def __init__(self, part: Split, recipe: Recipe, first_epoch: int) -> None:
        super().__init__()
        self.part, self.recipe, self.epoch = part, recipe, first_epoch
        self.targets = soft_targets(part, votes_share=recipe.votes_share, smoothing=recipe.smoothing)
        self.seconds = 0.0  # spent here, while the network waited
        self._shuffle()

    def __len__(self) -> int:
        return len(self.part) // self.recipe.batch  # a short last batch would upset batch normalisation

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        started = time.perf_counter()
        rng = np.random.default_rng((self.recipe.seed, self.epoch, index))
        chosen = self.order[index * self.recipe.batch : (index + 1) * self.recipe.batch]
        pictures = augment(self.part.images[chosen], rng, strength(self.epoch, self.recipe))
        self.seconds += time.perf_counter() - started
        return pictures, self.targets[chosen]

    def on_epoch_end(self) -> None:
        self.epoch += 1
        self._shuffle()

    def _shuffle(self) -> None:
        self.order = np.random.default_rng((self.recipe.seed, self.epoch)).permutation(len(self.part))


def strength(epoch: int, recipe: Recipe) -> float:
    """How much the pictures are varied: fully for half of the run, then less and less, down to `least_strength`.

    A small network with little time never sees a picture twice alike: halfway through the first run it was still worse
    on its varied training copies (59 %) than on the validation pictures (61 %).
    """
    along = max(0.0, 2 * epoch / recipe.epochs - 1)
    return 1 - (1 - recipe.least_strength) * along


def learning_rate(epoch: float, recipe: Recipe) -> float:
    """Linear warm-up, then half a cosine down to a thousandth (Loshchilov and Hutter, 2017)."""
    if epoch < recipe.warmup:
        return recipe.rate * (epoch + 1) / (recipe.warmup + 1)
    along = (epoch - recipe.warmup) / max(1, recipe.epochs - recipe.warmup)
    return recipe.rate * max(1e-3, 0.5 * (1 + math.cos(math.pi * along)))


class Progress(keras.callbacks.Callback):
    """After each epoch: how long the whole run still takes, and the share of time the network waited for pictures."""

    def __init__(self, batches: Batches, recipe: Recipe, say: Callable[[str], None]) -> None:
        super().__init__()
        self.batches, self.recipe, self.say = batches, recipe, say
        self.started = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.started, self.batches.seconds = time.perf_counter(), 0.0

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        seconds = time.perf_counter() - self.started
        waiting = self.batches.seconds / seconds
        if logs is not None:
            logs["seconds"], logs["waiting"] = seconds, waiting
        left = (self.recipe.epochs - epoch - 1) * seconds / 60
        self.say(f"\nEpoch {epoch + 1}: waited for pictures {waiting:.0%} of the time; about {left:.0f} min left.")


class Rate(keras.callbacks.Callback):
    """Sets the learning rate before every step, from the step's place in the whole run."""

    def __init__(self, recipe: Recipe, steps: int) -> None:
        super().__init__()
        self.recipe, self.steps, self.epoch = recipe, steps, 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.model.optimizer.learning_rate = learning_rate(self.epoch + batch / self.steps, self.recipe)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))


class Reseed(keras.callbacks.Callback):
    """Sets the dropout's random state before every epoch, since weight files do not carry it."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        for place, layer in enumerate(self.model.layers):
            if isinstance(layer, keras.layers.Dropout):
                layer.seed_generator.state.assign([self.recipe.seed * 1000 + epoch, place])


class Validate(keras.callbacks.Callback):
    """After each epoch: loss and accuracy on the pictures that choose the weights; warns of one class for all.

    `val_choice`, which picks the weights, is the mean of the accuracy on the original labels and on people's majority
    (the original accuracy alone where there are no votes). The finished network is asked: mirrored, if it will be.
    """

    def __init__(self, part: Split, recipe: Recipe, say: Callable[[str], None]) -> None:
        super().__init__()
        self.part, self.say = part, say
        self.pictures = part.images[..., None].astype(np.float32)
        self.targets = soft_targets(part, votes_share=recipe.votes_share, smoothing=recipe.smoothing)
        self.majority = part.majority()
        self.finished = build_finished(recipe.arch)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.finished.set_weights(self.model.get_weights())
        scores = np.asarray(self.finished.predict(self.pictures, batch_size=256, verbose=0), np.float32)
        guesses = scores.argmax(1)
        clear = self.majority >= 0
        accuracy = float(np.mean(guesses == self.part.labels))
        majority = float(np.mean(guesses[clear] == self.majority[clear])) if clear.any() else accuracy
        if logs is not None:
            logs["val_loss"] = float(-np.mean(np.sum(self.targets * np.log(scores + 1e-7), 1)))
            logs["val_accuracy"] = accuracy
            logs["val_majority_accuracy"] = majority
            logs["val_choice"] = (accuracy + majority) / 2
        largest = int(np.bincount(guesses, minlength=len(EMOTIONS)).argmax())
        share = float(np.mean(guesses == largest))
        if epoch >= 2 and share > COLLAPSED_SHARE:
            self.say(
                f"Warning: {share:.0%} of the validation pictures are called {EMOTIONS[largest]}. "
                "One class swallows the rest: check the labels and the counts, or lower --rate."
            )


class Log(keras.callbacks.CSVLogger):
    """Keras' log, but an earlier run's stays as it is until this one has an epoch to write."""

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        pass

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if self.csv_file is None:
            super().on_train_begin()
        super().on_epoch_end(epoch, logs)


class Checkpoint(keras.callbacks.Callback):
    """Writes after every epoch all that a run needs to go on exactly, and keeps the best weights beside it."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        super().__init__()
        self.folder, self.recipe = folder, recipe
        self.best, self.best_epoch, self.epoch = -1.0, -1, -1

    def restore(self, model: keras.Model) -> int:
        """Load the last finished epoch into `model`; the number of the epoch to go on with (0 where there is none).

        Says what differs from the recipe until then. Raises SettingsError where it is one of MUST_STAY.
        """
        state_file = self.folder / "state.json"
        if not state_file.exists():
            return 0
        state = json.loads(state_file.read_text())
        self._compare(state["recipe"])
        model.load_weights(self.folder / state["weights"])
        self.best, self.best_epoch, self.epoch = state["best"], state["best_epoch"], state["epoch"]
        return self.epoch + 1

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        chosen = (logs or {})["val_choice"]
        if chosen > self.best:
            self.best, self.best_epoch = chosen, epoch
            self._write("best.weights.h5")
        name = f"epoch{epoch % 2}.weights.h5"  # the one before stays whole until the state names the new one
        self._write(name)
        self.epoch = epoch
        state = {"epoch": epoch, "weights": name, "best": self.best, "best_epoch": self.best_epoch}
        part = self.folder / "state.part"
        part.write_text(json.dumps({**state, "recipe": asdict(self.recipe)}, indent=1))
        part.replace(self.folder / "state.json")
        if epoch - self.best_epoch >= self.recipe.patience:
            print(f"No better epoch for {self.recipe.patience}: stopping early.")
            self.model.stop_training = True

    def _compare(self, before: dict[str, Any]) -> None:
        now = asdict(self.recipe)
        changed = [name for name in now if before.get(name, now[name]) != now[name]]
        fixed = [name for name in changed if name in MUST_STAY]
        if fixed:
            was, given = (" ".join(_option(name, recipe[name]) for name in fixed) for recipe in (before, now))
            raise SettingsError(
                f"{self.folder} holds a run with {was}, not {given}. "
                f"Give {was} to go on with it, or another --out for a new run."
            )
        if changed:
            print("Unlike before: " + ", ".join(f"{name} {now[name]} (was {before[name]})" for name in changed) + ".")

    def _write(self, name: str) -> None:
        part = self.folder / f"part-{name}"
        self.model.save_weights(part)
        part.replace(self.folder / name)


def _option(name: str, value: object) -> str:
    """As it stands on the command line."""
    if name == "votes":
        return "--votes" if value else "no --votes"
    return f"--{name} {value}"


class Number(keras.callbacks.Callback):
    """Raises SettingsError as soon as the loss is no number any more, so that nothing of that epoch is kept."""

    def __init__(self, checkpoint: Checkpoint, recipe: Recipe) -> None:
        super().__init__()
        self.checkpoint, self.recipe = checkpoint, recipe

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._check((logs or {})["loss"])

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._check((logs or {})["val_loss"])  # the last step's weights are first tried here

    def _check(self, loss: float) -> None:
        if math.isfinite(loss):
            return
        whole = self.checkpoint.epoch + 1
        kept = f"--resume goes on after epoch {whole}" if whole else "no epoch was finished and nothing was written"
        print()  # Keras' progress bar leaves its line open
        raise SettingsError(
            f"The loss is no number any more in epoch {whole + 1}: lower --rate (it is {self.recipe.rate:g}); {kept}."
        )


def compile_network(network: keras.Model, recipe: Recipe) -> None:
    optimizer = keras.optimizers.AdamW(recipe.rate, weight_decay=recipe.decay)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    jit: Any = False if keras.backend.backend() == "torch" else "auto"
    optimizer.build(network.trainable_variables)  # so that a checkpoint finds a place for its moving averages
    network.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"], jit_compile=jit)
