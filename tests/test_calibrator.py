"""Recording a resting face live, and reading one person's scores by it."""

from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from faces.calibrate import Resting
from faces.calibrator import Calibrator
from faces.emotions import EMOTIONS
from faces.errors import InputError

NEUTRAL, SAD = EMOTIONS.index("neutral"), EMOTIONS.index("sad")
SAD_SCORES = np.array([0.02, 0.02, 0.02, 0.02, 0.4, 0.5, 0.02])


def play(
    calibrator: Calibrator, seconds: float, persons: tuple[int, ...] = (1, 2), *, start: float = 0.0, seen: bool = True
) -> NDArray[np.floating]:
    """Frames of a camera at 20 a second with everybody sad at rest; the last scores that would be shown."""
    rows: NDArray[np.floating] = np.tile(SAD_SCORES, (len(persons), 1))
    read = rows
    for index in range(round(20 * seconds) + 1):
        now = start + index / 20
        calibrator.passed(persons, now)
        if seen:
            read = calibrator.read(persons, rows, now)
    return read


def test_after_recording_only_that_persons_scores_are_read_by_it() -> None:
    calibrator = Calibrator()
    noon = datetime(2026, 2, 1, 12, tzinfo=UTC)
    calibrator.record(2, 10.0, measured_at=noon)
    play(calibrator, 5.0)
    assert calibrator.state.profile is None
    assert calibrator.state.seconds_left == pytest.approx(5.0, abs=0.1)
    play(calibrator, 6.0, start=5.05)
    state = calibrator.state
    assert (state.person, state.active, state.seconds_left) == (2, True, None)
    assert state.profile is not None and state.profile.measured_at == noon
    read = play(calibrator, 0.1, start=12.0)
    assert read[0].argmax() == SAD
    assert read[1].argmax() == NEUTRAL


def test_it_can_be_switched_off_on_and_deleted() -> None:
    calibrator = Calibrator()
    with pytest.raises(InputError, match="Record one first"):
        calibrator.switch(active=True)
    calibrator.use(1, Resting(tuple(SAD_SCORES), 15.0, 300))
    assert play(calibrator, 0.1)[0].argmax() == NEUTRAL
    calibrator.switch(active=False)
    assert play(calibrator, 0.1)[0].argmax() == SAD
    calibrator.switch(active=True)
    assert play(calibrator, 0.1)[0].argmax() == NEUTRAL
    calibrator.forget()
    assert play(calibrator, 0.1)[0].argmax() == SAD
    assert calibrator.state.person is None


def test_it_counts_from_when_scores_were_first_read_so() -> None:
    calibrator = Calibrator()
    calibrator.record(1, 10.0)
    play(calibrator, 11.0, start=30.0)
    assert calibrator.state.since == pytest.approx(40.0, abs=0.1)
    play(calibrator, 1.0, start=50.0)
    calibrator.switch(active=False)
    assert calibrator.state.since == pytest.approx(51.0)
    play(calibrator, 1.0, start=60.0)
    calibrator.use(1, Resting(tuple(SAD_SCORES), 15.0, 300))
    assert calibrator.state.since == pytest.approx(61.0)


def test_who_leaves_takes_the_profile_along() -> None:
    """Nobody is recognised: whoever comes next must not be read by it."""
    calibrator = Calibrator()
    calibrator.use(1, Resting(tuple(SAD_SCORES), 15.0, 300))
    read = play(calibrator, 0.1, persons=(3,))
    assert read[0].argmax() == SAD
    assert calibrator.state.profile is None
    assert "has left" in calibrator.state.problem


def test_a_face_that_is_not_seen_gives_no_profile_and_that_is_told() -> None:
    calibrator = Calibrator()
    calibrator.record(1, 10.0)
    play(calibrator, 2.0)
    play(calibrator, 9.0, start=2.05, seen=False)
    assert calibrator.state.profile is None
    assert "too short" in calibrator.state.problem
    assert play(calibrator, 0.1, start=12.0)[0].argmax() == SAD


@pytest.mark.parametrize("seconds", [0.0, 9.0, 31.0, -5.0, float("nan")])
def test_another_length_is_refused(seconds: float) -> None:
    with pytest.raises(InputError, match="10 to 30 seconds"):
        Calibrator().record(1, seconds)
