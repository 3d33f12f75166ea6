"""The training pictures and their targets, batch by batch."""

import time

import keras
import numpy as np
from numpy.typing import NDArray

from learn.augment import varied, webcam
from learn.dataset import Split
from learn.distil import TeacherAnswers
from learn.network import HEADS
from learn.recipe import Recipe, round_of, strength
from learn.targets import head_targets


class Batches(keras.utils.PyDataset):
    """Varied copies of the training pictures; the same seed, epoch and position always give the same batch."""

    def __init__(self, part: Split, recipe: Recipe, epoch: int = 0, answers: TeacherAnswers | None = None) -> None:
        super().__init__()
        self.part, self.recipe, self.answers = part, recipe, answers
        self.taught = head_targets(part, votes_share=recipe.votes_share, smoothing=recipe.smoothing)
        self.seconds = 0.0  # spent here, while the network waited
        self.begin(epoch)

    def __len__(self) -> int:
        return len(self.part) // self.recipe.batch  # a short last batch would upset batch normalisation

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
        started = time.perf_counter()
        chosen = self.order[index * self.recipe.batch : (index + 1) * self.recipe.batch]
        views = (self.recipe.seed, round_of(self.epoch, self.recipe))
        pictures = varied(self.part.images, chosen, views, strength(self.epoch, self.recipe))
        rng = np.random.default_rng((self.recipe.seed, self.epoch, index))
        pictures = webcam(pictures, rng, self.recipe.webcam_share)
        self.seconds += time.perf_counter() - started
        return pictures, {head: self.targets[head][chosen] for head in HEADS}

    def begin(self, epoch: int) -> None:
        """Turn to the pictures and targets of this epoch."""
        self.epoch = epoch
        self.order = np.random.default_rng((self.recipe.seed, self.epoch)).permutation(len(self.part))
        self.targets = self.taught
        if self.answers is not None:
            said, share = self.answers.round(round_of(self.epoch, self.recipe)), self.recipe.teachers_share
            self.targets = self.taught | {head: share * said[head] + (1 - share) * self.taught[head] for head in said}
