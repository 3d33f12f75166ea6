"""Everything besides the pictures that decides what a run learns, and what follows from it epoch by epoch."""

import math
from dataclasses import dataclass

MUST_STAY = ("arch", "batch", "seed", "precision", "votes", "teachers", "heads_only")
"""What a resumed run keeps: the shapes, the order of the pictures, what the best epoch is chosen by."""


@dataclass(frozen=True)
class Recipe:
    """Everything besides the pictures that decides what a run learns."""

    arch: str = "compact"
    epochs: int = 60
    batch: int = 64
    rate: float = 2e-3  # highest learning rate
    warmup: int = 4  # epochs until it is reached
    decay: float = 0.05  # AdamW's weight decay
    votes_share: float = 0.25  # of people's votes in what the label head is taught
    smoothing: float = 0.05
    least_strength: float = 0.4  # of the variations, at the end of the run
    patience: int = 15
    seed: int = 0
    precision: str = "float32"
    teachers: tuple[str, ...] = ()  # folders, each with ":labels" or ":people" where it teaches one head only
    teachers_share: float = 0.6  # of what the teachers say in the targets
    rounds: int = 40  # of varied copies that the teachers are asked about; the epochs go through them again and again
    webcam_share: float = 0.25  # of the pictures that are spoiled as a bad webcam would
    heads_only: bool = False  # the trunk stays as it is
    votes: bool = False  # whether people's votes are there, which also choose the best epoch


def round_of(epoch: int, recipe: Recipe) -> int:
    """Which varied copies an epoch shows: new ones every time, or those that the teachers were asked about, in turn."""
    return epoch % recipe.rounds if recipe.teachers else epoch


TAUGHT_STRENGTH = 0.8
"""With teachers, since a round comes back at any time of the run."""


def strength(epoch: int, recipe: Recipe) -> float:
    """How much the pictures are varied: fully for half of the run, then less and less, down to `least_strength`.

    With teachers always the same, TAUGHT_STRENGTH.
    A small network with little time never sees the same copy twice: halfway through the first run it was still worse
    on its varied training copies (59 %) than on the validation pictures (61 %).
    """
    if recipe.teachers:
        return TAUGHT_STRENGTH
    along = max(0.0, 2 * epoch / recipe.epochs - 1)
    return 1 - (1 - recipe.least_strength) * along


def learning_rate(epoch: float, recipe: Recipe) -> float:
    """Linear warm-up, then half a cosine down to a thousandth (Loshchilov and Hutter, 2017)."""
    if epoch < recipe.warmup:
        return recipe.rate * (epoch + 1) / (recipe.warmup + 1)
    along = (epoch - recipe.warmup) / max(1, recipe.epochs - recipe.warmup)
    return recipe.rate * max(1e-3, 0.5 * (1 + math.cos(math.pi * along)))
