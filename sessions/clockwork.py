"""Where shots belong in the time of a session, whatever the camera and its clock do meanwhile."""

from faces.records import Shot


class Clockwork:
    """Places shots in the time of the session, and keeps apart the persons of one run of the camera and the next."""

    def __init__(self) -> None:
        self._shift: float | None = None  # from the time of the source to that of the session
        self._last = 0.0
        self._index: int | None = None
        self._persons_before = self._persons = 0

    def place(self, shot: Shot, now: float) -> tuple[float, int]:
        """(second of the session, how many persons there were before this run); `now` is when the shot came."""
        frame = shot.frame
        if self._index is not None and frame.index <= self._index:  # the camera was started again
            self.restart()
        if self._shift is None:
            self._shift = max(now, self._last) - frame.seconds
        self._last = max(self._last, frame.seconds + self._shift)
        self._persons = max(self._persons, self._persons_before + max((face.person for face in shot.faces), default=0))
        return self._last, self._persons_before

    def skipped(self, shot: Shot) -> int:
        """Frames of the camera between the last shot and this one."""
        before, self._index = self._index, shot.frame.index
        return 0 if before is None or shot.frame.index <= before else shot.frame.index - before - 1

    def restart(self) -> None:
        """What comes next has its own time, index and persons."""
        self._persons_before = self._persons
        self._index = self._shift = None
