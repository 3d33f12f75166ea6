"""Tests of main.py: the command itself, started as a person starts it."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import wait_until, write_film

import main as main_module
from camera import VideoCamera
from faces.detectors import DETECTORS
from faces.errors import SettingsError
from web.options import parse
from web.server import listen
from web.startup import StopSignal, wait_for_picture

ROOT = Path(main_module.__file__).parent

PATIENCE_SECONDS = 60.0
"""So slow a busy machine may be; nothing here measures speed."""

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to whole consoles only")


class Command:
    """`python main.py ...` in a process of its own."""

    def __init__(self, *options: str, folder: Path) -> None:
        self.log = folder / "terminal.txt"
        with self.log.open("w") as terminal:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "main.py"), *options],
                stdout=terminal,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def port(self) -> int:
        assert wait_until(lambda: "Ctrl-C" in self.said or self.process.poll() is not None, PATIENCE_SECONDS)
        found = re.search(r"http://localhost:(\d+)/", self.said)
        assert found, self.said
        return int(found[1])

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port()}{path}", timeout=PATIENCE_SECONDS) as answer:
            return answer.read()

    def watch(self) -> socket.socket:
        viewer = socket.create_connection(("127.0.0.1", self.port()), timeout=PATIENCE_SECONDS)
        viewer.sendall(b"GET /video_feed HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return viewer

    def state(self) -> Any:
        return json.loads(self.get("/api/state"))


@contextlib.contextmanager
def running(*options: str, folder: Path) -> Iterator[Command]:
    command = (
        Command("--port", "0", *options, folder=folder) if "--port" not in options else Command(*options, folder=folder)
    )
    try:
        yield command
    finally:
        command.process.kill()
        command.process.wait(PATIENCE_SECONDS)


@needs_signals
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_cleanly_while_somebody_watches(tmp_path: Path, number: signal.Signals) -> None:
    film = write_film(tmp_path / "film.mp4", 20)
    with running("--source", str(film), folder=tmp_path) as command, command.watch() as viewer:
        assert viewer.recv(100)
        command.process.send_signal(number)
        assert command.process.wait(PATIENCE_SECONDS) == 0
    assert "Traceback" not in command.said
    assert command.said.endswith("Stopped.\n")


def test_the_terminal_says_the_address_the_source_and_how_to_stop(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", 20)
    with running("--source", str(film), folder=tmp_path) as command:
        assert b"<!doctype html>" in command.get("/").lower()
        assert wait_until(lambda: "film.mp4: " in command.said, PATIENCE_SECONDS)
    assert "Open http://localhost:" in command.said
    assert "Ctrl-C" in command.said


def test_a_recording_is_said_once_it_has_begun_and_not_before(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"no database " * 10)
    with running("--source", "demo", "--record", "one", "--database", str(damaged), folder=tmp_path) as command:
        assert command.process.wait(PATIENCE_SECONDS) == 2
    assert "is damaged" in command.said and "'one'" not in command.said
    good = str(tmp_path / "good.db")
    with running("--source", "demo", "--record", "one", "--database", good, folder=tmp_path) as command:
        assert wait_until(lambda: f"Recording 'one' into {good}" in command.said, PATIENCE_SECONDS)
        assert command.state()["recording"]["name"] == "one"


def test_a_source_that_cannot_be_ends_the_command_in_words(tmp_path: Path) -> None:
    with running("--source", "ftp://camera", folder=tmp_path) as command:
        assert command.process.wait(PATIENCE_SECONDS) == 2
    assert "Use rtsp:// or http://" in command.said and "Traceback" not in command.said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--engine", "ray"], "pip install -r requirements-ray"), (["--address", "auto"], "add --engine ray")],
)
def test_a_cluster_that_cannot_be_used_is_told_before_any_address(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SettingsError, match=words):
        main_module.serve(parse(["--port", "0", *arguments]))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("detector", ["crystal ball", "yunet:none.onnx"])
def test_a_detector_that_cannot_be_is_told_before_any_address(
    detector: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main_module, "StopSignal", object)  # the real one would take Ctrl-C from pytest
    with pytest.raises(SettingsError, match=detector.removeprefix("yunet:")):
        main_module.serve(parse(["--port", "0", "--source", "demo", "--detector", detector]))
    assert capsys.readouterr().out == ""


def test_a_detector_from_a_file_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"this is no network")
    with running("--source", "demo", "--detector", f"yunet:{file}", folder=tmp_path) as command:
        assert command.state()["detector"] == f"yunet:{file}"
        assert wait_until(lambda: f"The YuNet model {file} cannot be read" in command.said, PATIENCE_SECONDS)


def test_a_file_that_is_missing_is_told_and_the_page_stays(tmp_path: Path) -> None:
    with running("--source", str(tmp_path / "none.mp4"), folder=tmp_path) as command:
        assert wait_until(lambda: command.state()["source"]["status"] == "failed", PATIENCE_SECONDS)
        assert "There is no file" in command.state()["source"]["message"]
        assert wait_until(lambda: "There is no file" in command.said, PATIENCE_SECONDS)


@pytest.mark.parametrize("option", ["--port", "--width", "--max-viewers"])
def test_what_is_not_a_number_is_told_in_words(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse([option, "abc"])
    assert capsys.readouterr().err.strip().endswith(f"argument {option}: 'abc' is not a whole number")


def test_a_taken_port_moves_and_says_so(tmp_path: Path) -> None:
    with contextlib.closing(listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running("--port", str(port), "--source", "demo", folder=tmp_path) as command:
            moved = command.port()
    assert moved != port
    assert f"Port {port} is taken, so this is port {moved}." in command.said


def test_listening_beyond_this_machine_without_a_token_is_refused(tmp_path: Path) -> None:
    with running("--host", "0.0.0.0", folder=tmp_path) as command:
        assert command.process.wait(PATIENCE_SECONDS) == 2
    assert "--token" in command.said and "Traceback" not in command.said


def test_the_help_explains_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    words = capsys.readouterr().out
    camera = "source detector no-mirror width height fps"
    access = "host port token token-file lan certificate key allow-host max-viewers max-cameras"
    records = "record database rules webhook"
    for option in f"{camera} {access} {records}".split():
        assert re.search(rf"--{option}( [A-Z]+| \[T\])?\n? +[A-Za-z]", words), option
    assert all(name in words for name in (*DETECTORS, "yunet:FILE"))


@pytest.mark.parametrize(
    "options",
    [
        ["--port", "70000"],
        ["--port", "x"],
        ["--fps", "0"],
        ["--width", "-1"],
        ["--max-viewers", "0"],
        ["--max-viewers", "1000000"],
        ["--nose"],
    ],
)
def test_options_that_make_no_sense_are_refused(options: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse(options)


def test_the_server_is_reached_before_anything_heavy_is_loaded() -> None:
    code = "import sys, main; print([name for name in ('numpy', 'cv2', 'tensorflow', 'keras') if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_serving_never_loads_tensorflow() -> None:
    code = (
        "import sys, camera, main\n"
        "import faces.pipeline, faces.annotate, live.capture, model\n"
        "print([name for name in ('tensorflow', 'keras', 'torch') if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_macos_is_asked_for_the_camera_on_the_main_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    from sources import cameras

    entered: list[object] = []

    def enter(self: cameras.Webcam) -> cameras.Webcam:
        entered.append(self)
        return self

    monkeypatch.setattr(cameras.Webcam, "__enter__", enter)
    assert main_module._prepare(parse([])) is None and entered == []
    monkeypatch.setattr("sys.platform", "darwin")
    prepared = main_module._prepare(parse([]))
    assert entered == [prepared] and prepared is not None and prepared.name == "Camera 0"
    assert main_module._prepare(parse(["--source", "demo"])) is None


def test_a_short_token_is_refused() -> None:
    with pytest.raises(SettingsError, match="too short"):
        main_module.serve(parse(["--token", "abc"]))


def test_the_printed_address_lets_in_whatever_the_token_is_made_of(tmp_path: Path) -> None:
    token = "päss word+100%&more=#1/?"
    with running("--source", "demo", "--token", token, folder=tmp_path) as command:
        port = command.port()
        printed = re.search(r"http://\S+", command.said)
        assert printed
        visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with visitor.open(printed[0].replace("localhost", "127.0.0.1"), timeout=PATIENCE_SECONDS) as page:
            assert page.url == f"http://127.0.0.1:{port}/"
        with visitor.open(f"http://127.0.0.1:{port}/api/state", timeout=PATIENCE_SECONDS) as answer:
            assert answer.status == 200


@pytest.mark.parametrize("source", ["film.mp4", "nothing.mp4"])
def test_the_database_is_opened_after_the_first_picture_or_the_cameras_failure(tmp_path: Path, source: str) -> None:
    write_film(tmp_path / "film.mp4", 20)
    stop = StopSignal.__new__(StopSignal)
    stop.given = False
    with VideoCamera(str(tmp_path / source)) as camera:
        camera.start()
        wait_for_picture(camera, stop, PATIENCE_SECONDS)
        assert camera.state().status == ("live" if source == "film.mp4" else "failed")


def test_the_database_is_opened_without_a_picture_after_a_while_or_when_asked_to_end() -> None:
    stop = StopSignal.__new__(StopSignal)
    stop.given = False
    with VideoCamera("demo") as never_started:
        wait_for_picture(never_started, stop, 0.1)
        stop.given = True
        wait_for_picture(never_started, stop, PATIENCE_SECONDS * 10)


def test_the_page_answers_while_the_camera_still_opens(tmp_path: Path) -> None:
    # An address that accepts and then says nothing keeps the camera opening for seconds.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/video"
        with running("--source", address, folder=tmp_path) as command:
            assert command.state()["source"]["status"] in ("starting", "failed")
