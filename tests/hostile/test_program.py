"""The program as a process: what its terminal, its environment and its file names do to it."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes import wait_until, write_film
from test_main import PATIENCE_SECONDS, ROOT, running

import model
from learn.compile import EXIT_ORPHANED
from learn.compiled import WITH_PARENT

posix = pytest.mark.skipif(sys.platform == "win32", reason="file names and streams of POSIX")


def is_healthy(port: int) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE_SECONDS) as answer:
        return bool(answer.status == 200)


@contextmanager
def program(*options: str, stdout: Any, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "--port", "0", *options],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@posix
def test_a_reader_who_leaves_after_one_line_ends_nothing() -> None:
    port = free_port()
    with program("--source", "demo", "--port", str(port), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"Open http://" in process.stdout.readline()
        process.stdout.close()
        order = json.dumps({"action": "stop"}).encode()
        for _ in range(3):  # the news of each is printed
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/api/camera", order, {"Content-Type": "application/json"}
            )
            urllib.request.urlopen(request, timeout=PATIENCE_SECONDS).close()
            order = json.dumps({"action": "start"}).encode()
        assert is_healthy(port)
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0
        assert process.stderr is not None and b"Traceback" not in process.stderr.read()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
def test_a_full_standard_output_ends_nothing() -> None:
    port = free_port()

    def answers() -> bool:
        try:
            return is_healthy(port)
        except OSError:
            return False

    with Path("/dev/full").open("wb", buffering=0) as full, program("--port", str(port), stdout=full) as process:
        assert wait_until(answers, PATIENCE_SECONDS)
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0


@posix
@pytest.mark.parametrize("name", [b"\xff\xfe.mp4", b"na\x1b[2Jme.mp4", "ü\u202e.jpg".encode(), b"a\nb.mp4"])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_a_name_that_cannot_be_printed_is_told_in_letters_that_can(name: bytes, encoding: str, tmp_path: Path) -> None:
    file = os.fsencode(tmp_path) + b"/" + name
    Path(os.fsdecode(file)).write_bytes(b"x")
    command = [sys.executable, str(ROOT / "main.py"), "--port", "0", "--source", os.fsdecode(file)]
    done = subprocess.run(
        command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": encoding}, timeout=60, check=False
    )
    assert done.returncode == 2
    said = done.stderr.decode(encoding)
    assert "characters that cannot be seen" in said and said.count("\n") == 1 and said.strip().isprintable()


@posix
def test_the_owner_opens_a_file_through_the_page_and_other_users_do_not(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", 20)
    with running("--source", "demo", folder=tmp_path) as command:
        order = json.dumps({"action": "start", "source": str(film)}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{command.port()}/api/camera", order, {"Content-Type": "application/json"}
        )
        if sys.platform == "linux":
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                assert answer.status == 200
            assert wait_until(lambda: command.state()["source"]["name"] == "film.mp4", PATIENCE_SECONDS)
        else:
            assert "?owner=" in command.said


@pytest.mark.parametrize("way", ["environment", "file"])
def test_a_token_and_a_source_with_a_secret_need_not_stand_in_the_command(tmp_path: Path, way: str) -> None:
    token = "a secret from elsewhere"
    file = tmp_path / "token.txt"
    file.write_text(f"{token}\n", encoding="utf-8")
    options = ["--token-file", str(file)] if way == "file" else []
    environment = {"FACES_TOKEN": token} if way == "environment" else {}
    environment["FACES_SOURCE"] = "rtsp://me:secret@127.0.0.1:9/live"
    with program(*options, stdout=subprocess.PIPE, **environment) as process:
        assert process.stdout is not None
        first = process.stdout.readline().decode()
        port = re.search(r":(\d+)/", first)
        assert port and "token=a%20secret" in first
        request = urllib.request.Request(
            f"http://127.0.0.1:{port[1]}/api/state", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            assert json.load(answer)["source"]["value"] == "rtsp://127.0.0.1:9"
        process.terminate()
        rest, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert "secret" not in (rest + errors).decode()


def test_a_token_file_without_a_token_is_told(tmp_path: Path) -> None:
    with running("--token-file", str(tmp_path / "none.txt"), folder=tmp_path) as command:
        assert command.process.wait(PATIENCE_SECONDS) == 2
    assert "holds no token" in command.said


@posix
def test_a_compiler_ends_with_whoever_started_it() -> None:
    """As learn.compiled starts it, but without the long work: the thread that watches is the real one."""
    code = (
        "import time, learn.compile as c; c.compile_files = lambda *_: (print('at work', flush=True), time.sleep(60));"
        f"import sys; sys.exit(c.main(['a', 'b', {WITH_PARENT!r}]))"
    )
    held, holding = os.pipe()
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=held, stdout=subprocess.PIPE) as compiler:
        os.close(held)
        assert compiler.stdout is not None and compiler.stdout.readline() == b"at work\n"
        assert compiler.poll() is None
        os.close(holding)
        assert compiler.wait(PATIENCE_SECONDS) == EXIT_ORPHANED


def test_many_questions_at_once_load_the_network_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def make() -> object:
        time.sleep(0.2)  # as long as others need to ask, too
        made.append(object())
        return made[-1]

    monkeypatch.setattr(model, "FacialExpressionModel", make)
    monkeypatch.setattr(model, "_shared", [])
    threads = [threading.Thread(target=model.shared_model) for _ in range(45)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert len(made) == 1
