"""What every source is: an iterator of frames that opens when it is entered and closes when it is left.

    with open_source("clip.mp4") as source:
        for frame in source:
            ...

Frames come at the speed of the world; videos and pictures are turned upright as they say.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from faces.records import Frame


class Source(ABC):
    """What all sources share; each says how it opens, which frames it gives, and how it closes."""

    name = ""
    kind = ""  # what a person calls it: "camera", "network", "video" or "picture"
    comes_back = False  # gone today may be back tomorrow: worth another try
    freezes = False  # repeats its last picture for ever when it is unplugged
    faces_user = False  # looks at the person before the screen, who expects a mirror

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
        """Let go of everything that is open; again is allowed."""
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
        """Raises SourceError where it cannot be opened, and leaves nothing open then."""

    @abstractmethod
    def _close(self) -> None: ...
