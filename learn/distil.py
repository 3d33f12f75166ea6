"""Finished networks as teachers: what they say about each varied copy of the training pictures, computed once and kept.

A student learns best from answers to exactly the copies that it sees, over many epochs (Beyer et al., "Knowledge
distillation: a good teacher is patient and consistent", 2022). The copies repeat after some rounds, so that the answers
fit in a small cache and the teachers run only once.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from faces.errors import SettingsError
from faces.files import whole_file
from learn.augment import varied
from learn.dataset import Split
from learn.network import ARCHITECTURES, HEADS, build_network
from learn.store import load_network

AT_ONCE = 2048


@dataclass(frozen=True)
class Teacher:
    """A folder with model.json and model_weights.h5, and the heads that it teaches."""

    folder: Path
    heads: tuple[str, ...]


def teacher_of(word: str) -> Teacher:
    """From DIR, which teaches both heads, or DIR:labels or DIR:people, which teaches one."""
    folder, colon, head = word.rpartition(":")
    if colon and head in HEADS:
        return Teacher(Path(folder), (head,))
    return Teacher(Path(word), HEADS)


class TeacherAnswers:
    """(N, 7) probabilities by the mean of the teachers' logits, for every picture of `part` in a round's copy of it.

    Each teacher looks at both sides of a face. A round is asked once and then lies in `folder` as float16. Raises
    SettingsError where the folder holds answers of other teachers, or about other pictures or copies.
    """

    def __init__(self, words: Sequence[str], part: Split, folder: Path, *, seed: int, strength: float) -> None:
        self.part, self.folder, self.seed, self.strength = part, folder, seed, strength
        self.teachers = [teacher_of(word) for word in words]
        self.networks: list[keras.Model] = []
        self._check({"teachers": [_sum_of(teacher) for teacher in self.teachers], "pictures": _sum_of_pictures(part)})

    def round(self, number: int) -> dict[str, NDArray[np.float32]]:
        """What the teachers say of the copies of round `number`, by head; a head without a teacher is left out."""
        file = self.folder / f"round{number}.npz"
        if not file.exists():
            said = {head: scores.astype(np.float16) for head, scores in self._ask(number).items()}
            with whole_file(file) as part, part.open("wb") as written:
                np.savez(written, allow_pickle=False, **said)
        with np.load(file) as kept:
            return {head: kept[head].astype(np.float32) for head in kept.files}

    def _check(self, sums: dict[str, Any]) -> None:
        now = {**sums, "seed": self.seed, "strength": self.strength}
        note = self.folder / "teachers.json"
        if not note.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            note.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        elif json.loads(note.read_text(encoding="utf-8")) != now:
            raise SettingsError(
                f"{self.folder} holds answers of other teachers, or about other pictures or another --seed. "
                "Give another --cache, or delete it."
            )

    def _ask(self, number: int) -> dict[str, NDArray[np.float32]]:
        print(f"Asking the teachers about round {number + 1} of the varied copies.")
        self.networks = self.networks or [_rebuilt(teacher.folder) for teacher in self.teachers]
        said = []
        for first in range(0, len(self.part), AT_ONCE):
            chosen = np.arange(first, min(first + AT_ONCE, len(self.part)))
            said.append(self._say(varied(self.part.images, chosen, (self.seed, number), self.strength)))
        return {head: np.concatenate([some[head] for some in said]) for head in said[0]}

    def _say(self, pictures: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        logits: dict[str, list[NDArray[np.float32]]] = {}
        for teacher, network in zip(self.teachers, self.networks, strict=True):
            for side in (pictures, pictures[:, :, ::-1]):
                scores = network.predict(side, batch_size=256, verbose=0)
                for head in teacher.heads:
                    logits.setdefault(head, []).append(np.log(scores[head] + 1e-7))
        powers = {head: np.exp(np.mean(some, axis=0)) for head, some in logits.items()}
        return {head: some / some.sum(1, keepdims=True) for head, some in powers.items()}


def _rebuilt(folder: Path) -> keras.Model:
    """The network of `folder`, one picture at a time, from layers that are quick on this backend."""
    source = load_network(folder / "model.json", folder / "model_weights.h5")
    if source.name not in ARCHITECTURES:
        raise SettingsError(f"{folder} holds {source.name!r}, which train.py did not make: it cannot teach.")
    network = build_network(source.name, fast=keras.backend.backend() == "torch")
    copy_weights(source, network)
    return network


def copy_weights(source: keras.Model, network: keras.Model) -> None:
    """Copy weights layer by layer. A network with one head, as train.py made until 0.4, gives it to both.

    Raises SettingsError where a layer is missing or of another shape.
    """
    given = {layer.name: layer.get_weights() for layer in source.layers if layer.weights}
    for layer in network.layers:
        if not layer.weights:
            continue
        weights = given.get(layer.name, given.get(layer.name.split("_", 1)[-1], []))
        if [w.shape for w in weights] != [w.shape for w in layer.get_weights()]:
            raise SettingsError(
                f"The weights to begin with are of {source.name!r}, another network than --arch {network.name}: "
                f"{layer.name} does not fit. Give the --arch that they were learned with."
            )
        layer.set_weights(weights)


def _sum_of(teacher: Teacher) -> str:
    weights = teacher.folder / "model_weights.h5"
    if not weights.is_file():
        raise SettingsError(f"{weights} does not exist: --teachers takes folders that train.py wrote.")
    return f"{hashlib.sha256(weights.read_bytes()).hexdigest()}:{'+'.join(teacher.heads)}"


def _sum_of_pictures(part: Split) -> str:
    return hashlib.sha256(part.images.tobytes()).hexdigest()
