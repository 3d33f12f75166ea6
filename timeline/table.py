"""A table of plain numbers that only ever grows, so that readers need no copy."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Lines = NDArray[np.void]
"""A structured array; its layout is told by who made it."""


class Table:
    """Lines of one layout. What was read stays true while more lines come."""

    def __init__(self, layout: np.dtype[np.void]) -> None:
        self._before = np.zeros(0, layout)
        self._lines = np.zeros(64, layout)
        self._count = 0

    def append(self, line: tuple[Any, ...]) -> None:
        """One more line, its values in the order of the layout."""
        if self._count == len(self._lines):
            self._lines = np.concatenate([self._lines, np.zeros_like(self._lines)])
        self._lines[self._count] = line
        self._count += 1

    def lines(self, since: int = 0) -> Lines:
        """Every line from this number on, without copying; read-only."""
        own = self._lines[: self._count]
        found = np.concatenate([self._before, own])[since:] if len(self._before) else own[since:]
        found.flags.writeable = False
        return found

    def twin(self) -> Self:
        """A table that begins with the same lines and then goes its own way."""
        twin = type(self)(self._lines.dtype)
        twin._before = self.lines()
        return twin
