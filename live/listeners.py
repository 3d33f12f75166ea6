"""Those who are told of every shot, and not only of the newest when they ask: what is recorded or watched for."""

import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # numpy takes a quarter of a second to load: the page is served before it is needed
    from faces.records import Shot


class Listener(Protocol):
    """Told by the inference thread, which waits for it: it must be quick."""

    def take(self, shot: "Shot") -> None:
        """One more shot, in the order of time."""

    def restart(self) -> None:
        """From the next shot on persons are counted from 1 again: they are others than before."""

    def end(self) -> None:
        """No shot comes any more: the camera is closed. It must not be waited for."""


class Listeners:
    """Any number of them; may change while the session runs."""

    def __init__(self) -> None:
        self._all: tuple[Listener, ...] = ()
        self._guard = threading.Lock()

    def add(self, listener: Listener) -> None:
        with self._guard:
            self._all = (*self._all, listener)

    def remove(self, listener: Listener) -> None:
        with self._guard:
            self._all = tuple(one for one in self._all if one is not listener)

    def take(self, shot: "Shot") -> None:
        """Tell everybody."""
        for listener in self._all:
            listener.take(shot)

    def restart(self) -> None:
        """Tell everybody."""
        for listener in self._all:
            listener.restart()

    def end(self) -> None:
        """Tell everybody."""
        for listener in self._all:
            listener.end()
