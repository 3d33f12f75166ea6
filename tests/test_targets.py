"""What a head is taught of a picture adds up to one, whatever was voted."""

import numpy as np
import pytest
from pictures import part_with

from faces.emotions import EMOTIONS
from learn.targets import soft_targets


def test_soft_targets_mix_label_and_votes_and_sum_to_one() -> None:
    happy, sad = EMOTIONS.index("happy"), EMOTIONS.index("sad")
    votes = np.zeros((2, 10))
    votes[0, sad], votes[0, 9] = 8, 2  # the votes for "not a face" do not count among the seven
    targets = soft_targets(part_with(votes.tolist(), [happy, happy]), votes_share=0.4, smoothing=0.07)
    assert targets.sum(1) == pytest.approx([1, 1])
    assert targets[0, happy] == pytest.approx(0.6 * (1 - 0.07 + 0.01))
    assert targets[0, sad] == pytest.approx(0.4 + 0.6 * 0.01)
    assert targets[1, happy] == pytest.approx(0.94)  # no votes: the label alone
