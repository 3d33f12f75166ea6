"""What somebody who watches a video may do with it: pause it, move in it, step through it, let it end."""

import math
import threading
from dataclasses import dataclass, replace

from faces.errors import InputError


@dataclass(frozen=True, slots=True)
class PlaybackState:
    """Where a video is, and how it goes on."""

    position: float = 0.0  # seconds from its beginning, of the picture that is shown
    length: float | None = None  # seconds; None where the file does not say, until it was played once
    paused: bool = False
    loop: bool = True  # whether it begins again at its end


@dataclass(frozen=True, slots=True)
class Move:
    """Somewhere else in the video: to a time, and then so many pictures forward or back."""

    to: float | None = None  # seconds from its beginning; None: from where it is
    steps: int = 0


class Playback:
    """Takes orders from any thread, for the one thread that reads the video."""

    def __init__(self) -> None:
        self._state = PlaybackState()
        self._move: Move | None = None
        self._guard = threading.Lock()
        self._news = threading.Event()

    def state(self) -> PlaybackState:
        return self._state

    def order(
        self,
        *,
        paused: bool | None = None,
        loop: bool | None = None,
        position: float | None = None,
        step: int = 0,
    ) -> None:
        """Change what is given. `position` is in seconds from the beginning; a step also pauses the video.

        Raises InputError for a position that is not a time.
        """
        if position is not None and not (math.isfinite(position) and position >= 0):
            raise InputError('"position" must be a number of seconds, 0 or more.')
        with self._guard:
            state = self._state
            paused = True if step and paused is None else paused
            self._state = replace(
                state,
                paused=state.paused if paused is None else paused,
                loop=state.loop if loop is None else loop,
            )
            if position is not None:
                self._move = Move(position, step)
            elif step:
                before = self._move or Move()
                self._move = replace(before, steps=before.steps + step)
        self.wake()

    def wake(self) -> None:
        """End the reader's wait, so that it looks what is wanted of it."""
        self._news.set()

    def wait(self, seconds: float) -> bool:
        """The reader waits for as long, or until there is an order; whether the time went by without one."""
        came = self._news.wait(seconds)
        self._news.clear()
        return not came

    def take_move(self) -> Move | None:
        """Where the reader is to go next, told once."""
        with self._guard:
            move, self._move = self._move, None
        return move

    def note(self, position: float, length: float | None) -> None:
        """The reader shows the picture of that time."""
        with self._guard:
            self._state = replace(self._state, position=position, length=length)

    def pause(self) -> None:
        """The reader has come to the end."""
        self.order(paused=True)
