"""The assistant: as a use, and as the example that a person can read."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from played import Pieces, play

from faces.emotions import EMOTIONS
from faces.errors import InputError
from timeline.record import Record
from timeline.uses import use_of
from timeline.uses.assistant import Assistant, Said, Saying, read_sayings

EXAMPLE = Path(__file__).parent.parent / "examples" / "assistant.py"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SAD = read_sayings("sad: one\nsad: two\nsad: three\nhappy: nice")


def evening(pieces: Pieces, at: datetime = NOON) -> Record:
    return replace(play(pieces, fps=2).record(), started_at=at)


def test_a_line_is_said_once_an_expression_lasted() -> None:
    record = evening([(15, {1: "sad"}), (10, {1: "neutral"}), (30, {1: "sad"}), (30, {1: "angry"}), (30, {1: "happy"})])
    found = Assistant(pause=0, sayings=SAD).answer(record).said
    assert [(one.seconds, one.emotion) for one in found] == [(45.0, "sad"), (105.0, "happy")]
    assert found[0].words in ("one", "two", "three")
    assert found[1] == Said(105.0, 1, "happy", "nice")


def test_never_the_same_twice_in_a_row_where_there_is_anything_else() -> None:
    record = evening([(25, {1: "sad"}), (5, {1: "neutral"})] * 20)
    found = [one.words for one in Assistant(pause=0, sayings=SAD).answer(record).said]
    assert len(found) == 20
    assert all(before != after for before, after in pairwise(found))
    assert len(set(found)) == 3
    only = [one.words for one in Assistant(pause=0, sayings=(Saying("sad", "one"),)).answer(record).said]
    assert only == ["one"] * 20


def test_after_a_saying_it_pauses() -> None:
    record = evening([(25, {1: "sad"}), (5, {1: "neutral"})] * 20)
    found = Assistant(pause=100, sayings=SAD).answer(record).said
    assert [one.seconds for one in found] == [20.0, 140.0, 260.0, 380.0, 500.0]


@pytest.mark.parametrize(
    ("quiet", "hour", "silent"),
    [
        ("22:00-08:00", 23, True),
        ("22:00-08:00", 3, True),
        ("22:00-08:00", 8, False),
        ("12:00-14:00", 13, True),
        ("", 3, False),
    ],
)
def test_it_is_quiet_in_the_quiet_hours(quiet: str, hour: int, silent: bool) -> None:
    found = Assistant(quiet=quiet, sayings=SAD).answer(evening([(30, {1: "sad"})], NOON.replace(hour=hour)))
    assert (len(found.said), found.quiet) == ((0, 1) if silent else (1, 0))


def test_what_was_said_stays_said_while_the_session_goes_on() -> None:
    pieces = [(25, {1: "sad"}), (5, {1: "neutral"})] * 10
    early = Assistant(pause=0, sayings=SAD).answer(evening(pieces[:8])).said
    assert Assistant(pause=0, sayings=SAD).answer(evening(pieces)).said[: len(early)] == early


def test_sayings_are_read_with_comments_and_a_byte_order_mark() -> None:
    data = b"\xef\xbb\xbf# mine\n\nsad: Put the kettle on: now.\n  happy :  Gr\xc3\xbc\xc3\x9fe \n"
    assert read_sayings(data) == (Saying("sad", "Put the kettle on: now."), Saying("happy", "Grüße"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "There are no sayings in it"),
        (b"# nothing\n", "There are no sayings in it"),
        (b"sad: x\nS\xfcd: y", "Line 2 of the sayings is not UTF-8"),
        (b"x" * 1_000_001, "more than 1 MB"),
        (b"sad: ok\ngloomy: x", "Line 2 of the sayings does not begin with an expression"),
        (b"sad", "Line 1 of the sayings does not begin"),
        (b"sad:  ", "Line 1 of the sayings must have 1 to 500 letters"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_line(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_sayings(data)


@pytest.mark.parametrize("texts", [{"lasts": "0"}, {"pause": "-1"}, {"quiet": "late"}, {"sayings": ""}])
def test_parameters_out_of_range_are_refused(texts: dict[str, str]) -> None:
    with pytest.raises(InputError):
        use_of("assistant", texts)


# --- the example ------------------------------------------------------------------------------------------


class LivePage(BaseHTTPRequestHandler):
    """Events as the live page sends them: a sad face for a while, with news of somebody else in between."""

    def do_GET(self) -> None:
        assert self.path == "/api/events?token=secret"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'event: state\ndata: {"faces": [{"emotion": "sad"}]}\n\n')
        for _ in range(8):
            time.sleep(0.1)
            self.wfile.write(b': still here\n\nevent: segment\ndata: {"person": 2, "emotion": "happy"}\n\n')

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def live_page() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), LivePage)
    thread = threading.Thread(target=server.serve_forever, name="live page")
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/?token=secret"
    server.shutdown()
    server.server_close()
    thread.join()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, EXAMPLE, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_the_example_says_a_line_of_its_file_on_the_live_pages_events(live_page: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("# mine\nsad: Put the kettle on.\n", encoding="utf-8")
    answer = run(live_page, "--file", str(file), "--lasts", "0.3", "--pause", "60", "--quiet", "0", "0")
    assert answer.stdout.count("sad: Put the kettle on.") == 1
    assert "The live page has ended." in answer.stderr


def test_the_examples_own_file_is_one_that_the_use_reads() -> None:
    found = read_sayings(EXAMPLE.with_suffix(".txt").read_bytes())
    assert {saying.emotion for saying in found} <= set(EMOTIONS)


@pytest.mark.parametrize(("data", "words"), [(b"", "has no sayings"), (b"sad: \xff", "UTF-8")])
def test_the_example_says_what_is_wrong_with_its_file(data: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_bytes(data)
    assert words in run("--file", str(file)).stderr


def test_the_example_says_that_there_is_no_page() -> None:
    answer = run("http://127.0.0.1:9")
    assert "Is the page open at http://127.0.0.1:9" in answer.stderr
    assert "Traceback" not in answer.stderr
