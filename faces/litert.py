"""LiteRT's interpreters are made ready here, so that what the terminal says is what this program has to say."""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NOTE = b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU."
"""Printed by LiteRT when a process makes its first interpreter ready; no setting of LiteRT 2 turns it off."""

_turn = threading.Lock()
_noted = threading.Event()


def allocate(interpreter: Any) -> None:
    """`interpreter.allocate_tensors()` without NOTE. Raises ValueError and RuntimeError as LiteRT does."""
    with _turn:
        if _noted.is_set():
            interpreter.allocate_tensors()
            return
        with _without_note():
            interpreter.allocate_tensors()
        _noted.set()


@contextmanager
def _without_note() -> Iterator[None]:
    """What is written to the terminal's standard error meanwhile, also by other threads, comes after it, less NOTE."""
    if sys.stderr is None:  # closed: nothing is printed anyway
        yield
        return
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
            written.seek(0)
            for line in written:
                if line.strip() != NOTE:
                    os.write(2, line)
