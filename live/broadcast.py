"""Hands the newest value of one producer to any number of consumers: nobody queues and nobody waits for anybody."""

import threading
import time
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Issue(Generic[T]):
    """One published value and its number."""

    number: int  # counted from 1; a gap means that values were skipped
    value: T


class Broadcast(Generic[T]):
    """Keeps one value, the newest; a slow consumer skips those it missed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._newest: Issue[T] | None = None
        self._count = 0
        self._closed = False

    @property
    def closed(self) -> bool:
        return self._closed

    def publish(self, value: T) -> None:
        """Replace the value and wake everyone who is waiting."""
        with self._changed:
            if self._closed:
                return
            self._count += 1
            self._newest = Issue(self._count, value)
            self._changed.notify_all()

    def newest(self) -> Issue[T] | None:
        """The value of this moment, or None before the first."""
        return self._newest

    def wait(self, after: int = 0, timeout_seconds: float | None = None) -> Issue[T] | None:
        """The newest value with a number above `after`; None when the time runs out or the broadcast closes."""
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        with self._changed:
            while not self._closed:
                if self._newest is not None and self._newest.number > after:
                    return self._newest
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return None
                self._changed.wait(left)
        return None

    def close(self) -> None:
        """End it: everyone who is waiting gets None at once, and nothing is published afterwards."""
        with self._changed:
            self._closed = True
            self._newest = None
            self._changed.notify_all()
