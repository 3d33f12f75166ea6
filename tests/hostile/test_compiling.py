"""New weights have to be compiled, which takes a while: the page is served meanwhile, however many ask for faces."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image as Pillow
from running_site import Site, read_to_end

import learn.compiled
import main
import model
from benchmarks.made_videos import colours, encoded
from web.pictures import AT_ONCE, WAITING

ASKERS = 45
PICTURE = encoded(Pillow.fromarray(colours(160, 120)), "JPEG")
ANALYSE = (
    b"POST /api/analyze HTTP/1.0\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(PICTURE), PICTURE)
)


@pytest.fixture
def compilers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[threading.Event]]:
    """Every compiler that was started, which ends when it is set; until then the weights are new."""
    started: list[threading.Event] = []
    done: list[bool] = []
    ready = learn.compiled.read_compiled

    def compile_elsewhere(*_: Path) -> None:
        started.append(threading.Event())
        done.append(started[-1].wait(60))

    monkeypatch.setattr(learn.compiled, "_compile_elsewhere", compile_elsewhere)
    monkeypatch.setattr(learn.compiled, "read_compiled", lambda *files: ready(*files) if done else None)
    monkeypatch.setattr(model, "_shared", [])
    main._picture_reader.cache_clear()
    yield started
    for compiler in started:
        compiler.set()
    main._picture_reader.cache_clear()


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode()


def test_one_network_is_compiled_for_everybody_and_all_else_is_answered(
    compilers: list[threading.Event],
) -> None:
    with Site() as site, ExitStack() as stack:
        asking = [stack.enter_context(site.connect(ANALYSE)) for _ in range(ASKERS)]
        questions = [stack.enter_context(site.connect(get("/api/uses/activity"))) for _ in range(ASKERS)]
        for path in ("/healthz", "/api/state", "/", "/healthz"):
            assert site.ask(get(path)).startswith(b"HTTP/1.1 200"), path
        assert all(read_to_end(question).startswith(b"HTTP/1.1 200") for question in questions)
        assert len(compilers) == 1, "none has ended yet"
        compilers[0].set()
        answers = [read_to_end(one) for one in asking]
    assert sum(answer.startswith(b"HTTP/1.1 200") for answer in answers) == AT_ONCE + WAITING
    assert sum(answer.startswith(b"HTTP/1.1 503") for answer in answers) == ASKERS - AT_ONCE - WAITING
    assert len(compilers) == 1
