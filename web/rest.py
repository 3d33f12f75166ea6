"""The resting face of the person calibrated in front of a camera, as the use "tension" compares with it."""

from typing import TYPE_CHECKING

from live.board import LiveSession

if TYPE_CHECKING:  # numpy takes a quarter of a second to load: the page is served before it is needed
    from timeline.record import Rest


def rest_of(session: LiveSession) -> "Rest | None":
    """Its scores as this camera tells them now: while the calibration is switched on, read relative to themselves.

    It counts since it is there, or was switched on or off, in seconds of the camera. None where nobody has recorded or
    loaded a resting face.
    """
    calibrator = session.calibrator()
    state = None if calibrator is None else calibrator.state
    if state is None or state.profile is None:
        return None
    from timeline.record import Rest

    profile = state.profile
    scores = profile.applied(profile.scores) if state.active else profile.scores
    return Rest(tuple(map(float, scores)), profile.measured_at, profile.seconds, state.since)
