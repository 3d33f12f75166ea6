"""What a run saves after every epoch to resume exactly: each file is complete or absent, and checked."""

import hashlib
import io
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from faces.errors import SettingsError
from faces.files import whole_file
from learn.recipe import MUST_STAY, Recipe

SLOTS = ("even", "odd")
"""Epochs alternate between them, so that the previous one is complete until the new one is."""


class Log(keras.callbacks.CSVLogger):
    """Keras' log, except that an earlier run's is left alone until this run has an epoch to write."""

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        pass

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if self.csv_file is None:
            super().on_train_begin()
        super().on_epoch_end(epoch, logs)


class Checkpoint(keras.callbacks.Callback):
    """Saves after every epoch all that a run needs to resume exactly, and keeps the best weights beside it.

    Each of "even", "odd" and "best" is an .npz of arrays and a .json that names its epoch and its checksum; a pair that
    does not belong together counts as absent.
    """

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        super().__init__()
        self.folder, self.recipe = folder, recipe
        self.best, self.best_epoch, self.epoch = -1.0, -1, -1

    def restore(self, model: keras.Model) -> int:
        """Load the last whole epoch into `model`; the number of the epoch to go on with (0 where there is none).

        Says what is damaged and what differs from the recipe until then. Raises SettingsError where a difference is
        one of MUST_STAY, and where everything is damaged.
        """
        notes = [(slot, note) for slot in SLOTS if (note := self._note(slot)) is not None]
        for slot, note in sorted(notes, key=lambda pair: -int(pair[1]["epoch"])):
            self._compare(note["recipe"])
            if (arrays := self._whole(slot, note)) is not None:
                restore_arrays(model, arrays)
                self.epoch = int(note["epoch"])
                self._restore_best()
                return self.epoch + 1
            print(f"The checkpoint of epoch {note['epoch'] + 1} is damaged.")
        if self.holds_run():
            raise SettingsError(
                f"Nothing in {self.folder} is complete, so no epoch can be resumed. "
                "Delete the folder to start again, or give another --out."
            )
        return 0

    def holds_run(self) -> bool:
        """Whether any epoch was ever completed here."""
        return any((self.folder / f"{slot}.json").exists() for slot in SLOTS)

    def best_weights(self) -> list[NDArray[Any]]:
        """The weights of the best epoch, in the network's order. Raises SettingsError where they are damaged."""
        note = self._note("best")
        arrays = None if note is None else self._whole("best", note)
        if arrays is None:
            raise SettingsError(
                f"The best weights in {self.folder} are damaged. --resume with more --epochs chooses new ones."
            )
        return [arrays[name] for name in sorted(arrays)]

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        chosen = (logs or {})["val_choice"]
        if chosen > self.best:
            self.best, self.best_epoch = chosen, epoch
            self._write("best", arrays_of(self.model, learning=False), {"epoch": epoch, "best": chosen})
        self._write(SLOTS[epoch % 2], arrays_of(self.model), {"epoch": epoch, "recipe": asdict(self.recipe)})
        self.epoch = epoch
        if epoch - self.best_epoch >= self.recipe.patience:
            print(f"No better epoch for {self.recipe.patience}: stopping early.")
            self.model.stop_training = True

    def _restore_best(self) -> None:
        note = self._note("best")
        if note is None or self._whole("best", note) is None:
            print("The best weights so far are damaged: the best are chosen anew from here on.")
            return
        self.best, self.best_epoch = float(note["best"]), int(note["epoch"])

    def _compare(self, before: dict[str, Any]) -> None:
        now = json.loads(json.dumps(asdict(self.recipe)))  # as it reads from the file
        changed = [name for name in now if before.get(name, now[name]) != now[name]]
        fixed = [name for name in changed if name in MUST_STAY]
        if fixed:
            was, given = (" and ".join(_option(name, recipe[name]) for name in fixed) for recipe in (before, now))
            raise SettingsError(
                f"{self.folder} holds a run that was started {was}: do the same to resume it, "
                f"or give another --out for a new run (this one is started {given})."
            )
        if changed:
            print("Unlike before: " + ", ".join(f"{name} {now[name]} (was {before[name]})" for name in changed) + ".")

    def _note(self, name: str) -> dict[str, Any] | None:
        try:
            note = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, UnicodeDecodeError, json.JSONDecodeError):
            return None
        return note if isinstance(note, dict) and {"epoch", "sha256"} <= note.keys() else None

    def _whole(self, name: str, note: dict[str, Any]) -> dict[str, NDArray[Any]] | None:
        try:
            content = (self.folder / f"{name}.npz").read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(content).hexdigest() != note["sha256"]:
            return None
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)

    def _write(self, name: str, arrays: dict[str, NDArray[Any]], note: dict[str, Any]) -> None:
        """Build it in memory first: then a full disk raises an error, where h5py would end the process."""
        memory = io.BytesIO()
        np.savez(memory, allow_pickle=False, **arrays)
        content = memory.getvalue()
        text = json.dumps({**note, "sha256": hashlib.sha256(content).hexdigest()}, indent=1)
        try:
            for file, written in ((f"{name}.npz", content), (f"{name}.json", text.encode())):
                with whole_file(self.folder / file) as part:
                    part.write_bytes(written)
        except OSError as error:
            raise SettingsError(
                f"{self.folder}: the checkpoint could not be written ({error.strerror}). The previous one is kept: "
                "free some space, then use --resume."
            ) from error


def arrays_of(model: keras.Model, *, learning: bool = True) -> dict[str, NDArray[Any]]:
    """Every weight by its position; with `learning` also the optimizer's state."""
    kinds = {"weight": model.weights, **({"optimizer": model.optimizer.variables} if learning else {})}
    return {
        f"{kind}{place:04}": np.asarray(keras.ops.convert_to_numpy(variable))
        for kind, variables in kinds.items()
        for place, variable in enumerate(variables)
    }


def restore_arrays(model: keras.Model, arrays: dict[str, NDArray[Any]]) -> None:
    """The inverse of arrays_of()."""
    for kind, variables in (("weight", model.weights), ("optimizer", model.optimizer.variables)):
        for place, variable in enumerate(variables):
            variable.assign(arrays[f"{kind}{place:04}"])


def _option(name: str, value: object) -> str:
    """How the run was started, in words and as on the command line."""
    if name == "votes":
        return "with --votes" if value else "without --votes"
    if name == "heads_only":
        return "with --heads-only" if value else "without --heads-only"
    if name == "teachers":
        return " ".join(["with --teachers", *value]) if isinstance(value, list) and value else "without --teachers"
    return f"with --{name} {value}"


class FiniteLoss(keras.callbacks.Callback):
    """Raises SettingsError as soon as the loss is NaN or infinite, so that nothing of that epoch is kept."""

    def __init__(self, checkpoint: Checkpoint, recipe: Recipe) -> None:
        super().__init__()
        self.checkpoint, self.recipe = checkpoint, recipe

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._check((logs or {})["loss"])

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._check((logs or {})["val_loss"])  # the last step's weights are used here for the first time

    def _check(self, loss: float) -> None:
        if math.isfinite(loss):
            return
        whole = self.checkpoint.epoch + 1
        kept = f"--resume continues after epoch {whole}" if whole else "no epoch was completed and nothing was written"
        print()  # Keras' progress bar leaves its line open
        raise SettingsError(
            f"The loss became NaN or infinite in epoch {whole + 1}: lower --rate (now {self.recipe.rate:g}); {kept}."
        )
