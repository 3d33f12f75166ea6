"""Terminal output: plain lines whatever characters a name contains; a closed terminal never ends the server."""

import logging
import os
import sys
import unicodedata

INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Unicode's categories of letters that move the cursor, change colours, turn the direction, or are half of a letter."""

JOINERS = "\u200c\u200d"
"""Of the category Cf, but parts of ordinary words and pictures."""


def plain(text: str) -> str:
    """The text with every letter that cannot be seen written as its escape: a name from outside commands nothing."""
    return "".join(letter if _is_visible(letter) else _escaped(letter) for letter in text)


def _is_visible(letter: str) -> bool:
    return letter in JOINERS or unicodedata.category(letter) not in INVISIBLE


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def say(text: str, *, error: bool = False) -> None:
    """Print one line. Where nobody can read it, because the output is closed or full, nobody is told any more."""
    name = "stderr" if error else "stdout"
    stream = getattr(sys, name)
    if stream is None:  # a program without a console
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        print(plain(text).encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
    except (OSError, ValueError):
        # What is left in the buffer would fail again at the end of the program, and change its exit status.
        setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115  # open as long as the program runs


class PlainFormatter(logging.Formatter):
    """Log lines in which no line of a message can pass for one of the log's own."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = plain(record.message)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(plain(line) for line in super().format(record).split("\n"))
