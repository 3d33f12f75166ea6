"""Tests of faces/terminal.py."""

import io
import logging
import sys

import pytest

from faces.terminal import PlainFormatter, plain, say

NAMES = {
    "a\x1b]0;owned\x07b": r"a\x1b]0;owned\x07b",
    "two\nlines\r": r"two\nlines\r",
    "\x9b31m": r"\x9b31m",
    "turned \u202egpj.exe": r"turned \u202egpj.exe",
    "half \ud800": r"half \ud800",
    "not UTF-8 \udcff": r"not UTF-8 \udcff",
    "line\u2028end": r"line\u2028end",
    "Zoë \u202f3 PM 👩\u200d💻 日本": "Zoë \u202f3 PM 👩\u200d💻 日本",
}


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_seen_is_escaped_and_what_can_stays(name: str) -> None:
    assert plain(name) == NAMES[name]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_every_name_can_be_said_in_every_terminal(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(file, encoding, newline="\n"))
    for name in NAMES:
        say(name)
    assert file.getvalue().count(b"\n") == len(NAMES) and b"\x1b" not in file.getvalue()


class Full(io.StringIO):
    """As /dev/full is."""

    asked = 0

    def flush(self) -> None:
        self.asked += 1
        raise OSError(28, "No space left on device")


def test_a_terminal_that_is_closed_full_or_not_there_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    say("one")
    say("two")
    monkeypatch.setattr(sys, "stderr", None)
    say("three", error=True)
    full = Full()
    monkeypatch.setattr(sys, "stdout", full)
    say("four")
    say("five")
    assert full.asked == 1


def test_a_line_of_the_log_is_one_line_and_a_traceback_several() -> None:
    formatter = PlainFormatter("%(levelname)s %(message)s")
    record = logging.LogRecord("x", logging.INFO, "x", 1, "evil\nERROR pretended \x1b[2J", (), None)
    assert formatter.format(record) == r"INFO evil\nERROR pretended \x1b[2J"
    try:
        raise ValueError("a\x1bb")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "it failed", (), sys.exc_info())
    text = formatter.format(record)
    assert text.count("\n") > 2 and "\x1b" not in text
