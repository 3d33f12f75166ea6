"""What every source is: an iterator of frames, opened on entering and closed on leaving a with statement.

    with open_source("clip.mp4") as source:
        for frame in source:
            ...

Frames come in real time; videos and pictures are turned upright as their metadata says.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from faces.records import Frame
from sources.playback import Playback


class Source(ABC):
    """What all sources share; each one defines how it opens, which frames it yields, and how it closes."""

    name = ""
    kind = ""  # what a person calls it: "camera", "network", "video" or "picture"
    comes_back = False  # may come back after a failure: worth retrying
    freezes = False  # repeats its last picture for ever when it is unplugged
    faces_user = False  # faces the person at the screen, who expects a mirror image
    playback: Playback | None = None  # takes orders to pause and move, where it is a video

    def __init__(self) -> None:
        self._ending = threading.Event()

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release everything that is open; may be called again."""
        self._close()
        self._ending.clear()

    def interrupt(self) -> None:
        """End the iteration soon; may be called from another thread."""
        self._ending.set()

    @abstractmethod
    def __iter__(self) -> Iterator[Frame]:
        """The frames. Raises SourceError where it is not open, or gives no more."""

    @abstractmethod
    def _open(self) -> None:
        """Open it. Raises SourceError where that fails, and leaves nothing open then."""

    @abstractmethod
    def _close(self) -> None: ...
