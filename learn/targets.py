"""What the heads are taught of each picture: its label, and the votes of people."""

import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS
from learn.dataset import Split


def vote_shares(part: Split) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """(N,) whether anybody voted for one of the seven, and (N, 7) the share of those votes for each.

    A picture without any votes counts as if all had voted for its label.
    """
    votes = np.zeros((len(part), len(EMOTIONS))) if part.votes is None else part.votes[:, : len(EMOTIONS)]
    if not votes.any():
        votes = np.eye(len(EMOTIONS))[part.labels]
    total = votes.sum(1, keepdims=True)
    return total[:, 0] > 0, np.asarray(votes / np.maximum(total, 1), np.float32)


def soft_targets(part: Split, *, votes_share: float, smoothing: float) -> NDArray[np.float32]:
    """(N, 7) training targets: the original label, softened, mixed with the share of people's votes.

    votes_share: weight of the votes over the seven emotions, 0..1; a picture without such votes keeps its label.
    smoothing: label smoothing of the original label (Szegedy et al., 2016).
    """
    classes = len(EMOTIONS)
    targets = np.eye(classes, dtype=np.float32)[part.labels] * (1 - smoothing) + smoothing / classes
    if part.votes is not None and votes_share:
        voted, shares = vote_shares(part)
        targets = np.where(voted[:, None], (1 - votes_share) * targets + votes_share * shares, targets)
    return np.asarray(targets, np.float32)


def head_targets(part: Split, *, votes_share: float, smoothing: float) -> dict[str, NDArray[np.float32]]:
    """(N, 7) training targets for each head: labels with a share of people's votes, and people's votes alone.

    A picture without votes over the seven emotions teaches both heads its label.
    """
    return {
        "labels": soft_targets(part, votes_share=votes_share, smoothing=smoothing),
        "people": soft_targets(part, votes_share=1.0, smoothing=smoothing),
    }
