"""One training run that can be watched, interrupted and resumed."""

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS
from learn.batches import Batches
from learn.dataset import Split
from learn.network import HEADS, build_finished
from learn.recipe import Recipe, learning_rate
from learn.targets import head_targets

COLLAPSED_SHARE = 0.6  # happy, the largest class, is a quarter of FER2013


class Progress(keras.callbacks.Callback):
    """Turns to each epoch's pictures, then says how long the run still takes and how long it waited for pictures."""

    def __init__(self, batches: Batches, recipe: Recipe, say: Callable[[str], None]) -> None:
        super().__init__()
        self.batches, self.recipe, self.say = batches, recipe, say
        self.started = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.batches.begin(epoch)  # here and not at an epoch's end, which Keras also tells while it builds
        self.started, self.batches.seconds = time.perf_counter(), 0.0

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        seconds = time.perf_counter() - self.started
        waiting = self.batches.seconds / seconds
        if logs is not None:
            logs["seconds"], logs["waiting"] = seconds, waiting
        left = (self.recipe.epochs - epoch - 1) * seconds / 60
        self.say(f"\nEpoch {epoch + 1}: waited for pictures {waiting:.0%} of the time; about {left:.0f} min left.")


class LearningRate(keras.callbacks.Callback):
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

    `val_choice`, which picks the weights, is the mean of the label head's accuracy on the original labels and the
    people's head's on people's majority (the first alone where there are no votes). The finished network is asked:
    mirrored, if it will be.
    """

    def __init__(self, part: Split, recipe: Recipe, say: Callable[[str], None]) -> None:
        super().__init__()
        self.part, self.say = part, say
        self.pictures = part.images[..., None].astype(np.float32)
        self.targets = head_targets(part, votes_share=recipe.votes_share, smoothing=recipe.smoothing)
        self.majority = part.majority()
        self.finished = build_finished(recipe.arch, fast=keras.backend.backend() == "torch")

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.finished.set_weights(self.model.get_weights())
        scores = self.finished.predict(self.pictures, batch_size=256, verbose=0)
        if logs is not None:
            logs["val_loss"] = sum(
                float(-np.mean(np.sum(self.targets[h] * np.log(scores[h] + 1e-7), 1))) for h in HEADS
            )
            logs["val_accuracy"], _ = self._right(scores["labels"])
            _, logs["val_majority_accuracy"] = self._right(scores["people"])
            logs["val_joined_accuracy"], logs["val_joined_majority"] = self._right(scores["joined"])
            logs["val_choice"] = (logs["val_accuracy"] + logs["val_majority_accuracy"]) / 2
        if epoch >= 2:
            self._warn(scores["joined"].argmax(1))

    def _right(self, scores: NDArray[np.float32]) -> tuple[float, float]:
        """The share of guesses that agree with the labels, and with people's majority (else again with the labels)."""
        guesses, clear = scores.argmax(1), self.majority >= 0
        accuracy = float(np.mean(guesses == self.part.labels))
        return accuracy, float(np.mean(guesses[clear] == self.majority[clear])) if clear.any() else accuracy

    def _warn(self, guesses: NDArray[np.int64]) -> None:
        largest = int(np.bincount(guesses, minlength=len(EMOTIONS)).argmax())
        share = float(np.mean(guesses == largest))
        if share > COLLAPSED_SHARE:
            self.say(
                f"Warning: {share:.0%} of the validation pictures are called {EMOTIONS[largest]}. "
                "One class is swallowing the rest: check the labels and the counts, or lower --rate."
            )


def cross_entropy(scores: NDArray[np.float32], targets: NDArray[np.float32]) -> float:
    return float(-np.mean(np.sum(targets * np.log(scores + 1e-7), 1)))


def leave_trunk(network: keras.Model) -> None:
    """Let only the heads learn; the trunk then also keeps its moving averages."""
    for layer in network.layers:
        layer.trainable = layer.name.startswith(HEADS)


def compile_network(network: keras.Model, recipe: Recipe) -> None:
    optimizer = keras.optimizers.AdamW(recipe.rate, weight_decay=recipe.decay)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    jit: Any = False if keras.backend.backend() == "torch" else "auto"
    optimizer.build(network.trainable_variables)  # so that a checkpoint finds a place for its moving averages
    losses = dict.fromkeys(HEADS, "categorical_crossentropy")
    metrics: dict[str, list[str]] = {head: ["accuracy"] for head in HEADS}
    network.compile(optimizer, losses, metrics=metrics, jit_compile=jit)
