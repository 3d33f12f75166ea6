import math

import numpy as np
import pytest

from timeline.agreement import agreement


def test_a_hand_computed_rank_correlation_has_the_known_interval() -> None:
    """Ten pairs with two neighbours exchanged: rho = 1 - 6 * 2 / (10 * 99)."""
    found = agreement([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [10, 20, 30, 50, 40, 60, 70, 80, 90, 100])
    rho = 1 - 12 / 990
    half = 1.6449 * math.sqrt((1 + rho**2 / 2) / 7)
    assert found.correlation is not None
    assert (found.correlation.value, found.correlation.low, found.correlation.high) == pytest.approx(
        (rho, math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half)), abs=1e-4
    )
    assert found.verdict == "agrees"


def test_equals_share_the_mean_of_their_ranks() -> None:
    """Ranks 1.5 1.5 3 4 ... 10 against 1 2 ... 10."""
    found = agreement([1, 1, *range(3, 11)], list(range(1, 11)))
    assert found.correlation is not None
    assert found.correlation.value == pytest.approx(float(np.corrcoef([1.5, 1.5, *range(3, 11)], range(1, 11))[0, 1]))


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (range(9), range(9), "too early"),
        (range(10), range(10), "agrees"),
        (range(10), range(10, 0, -1), "no use"),
        ([1] * 10, range(10), "no use"),
        ([1, 9, 3, 7, 5, 6, 4, 8, 2, 10], range(10), "no use"),
        ([], [], "too early"),
    ],
)
def test_a_gauge_that_is_worth_nothing_is_called_so(first: list[float], second: list[float], verdict: str) -> None:
    assert agreement(first, second).verdict == verdict


def test_the_interval_covers_a_known_correlation_nine_times_in_ten() -> None:
    """Normal pairs with r = 0.6 have a rank correlation of 6 / pi asin(r / 2) = 0.582."""
    random = np.random.default_rng(3)
    covered = []
    for _ in range(400):
        pairs = random.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 30)
        found = agreement(pairs[:, 0].tolist(), pairs[:, 1].tolist()).correlation
        assert found is not None
        covered.append(found.low <= 6 / math.pi * math.asin(0.3) <= found.high)
    assert 0.87 <= np.mean(covered) <= 0.94
