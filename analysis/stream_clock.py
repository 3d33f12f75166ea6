"""The times of one stream of a video, running on where its own clock jumps."""

BACK_SECONDS, GAP_SECONDS = 0.5, 3600.0
"""Time stamps that go back or on by more than this from one frame to the next are a jump of the clock, as where two
recordings were joined or bytes are damaged; nothing is shorter or longer for it."""


class StreamClock:
    """The times of one stream, running on where its own clock jumps."""

    def __init__(self) -> None:
        self.jumps = 0
        self.shift = 0.0  # seconds that are added to the stream's own times from here on
        self._last: float | None = None

    def __call__(self, seconds: float, step: float) -> float:
        """A time of the stream, `step` after the last one if the clock has jumped in between."""
        if self._last is not None and not -BACK_SECONDS <= seconds - self._last <= GAP_SECONDS:
            self.shift += self._last + step - seconds
            self.jumps += 1
        self._last = seconds
        return seconds + self.shift
