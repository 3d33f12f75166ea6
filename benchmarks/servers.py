"""Start the network camera and the two servers, talk to them, and end them whatever happens."""

import http.client
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import IO, Any

import psutil

from faces.errors import FacesError
from faces.places import PROGRAM

PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.01
STOP_SECONDS = 5.0


class MeasureError(FacesError):
    """Something that was to be measured did not run."""


@dataclass(frozen=True, slots=True)
class Program:
    """A process that was started here."""

    name: str
    process: subprocess.Popen[str]
    errors: IO[str]

    @property
    def measured(self) -> psutil.Process:
        return psutil.Process(self.process.pid)

    def check(self) -> None:
        """Raises MeasureError with its last words when it has ended."""
        if self.process.poll() is not None:
            self.errors.seek(0)
            lines = self.errors.read().strip().splitlines() or ["it ended without a word"]
            raise MeasureError(f"{self.name} did not run: {lines[-1]}")

    def line(self) -> str:
        """Its next line of output."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(STOP_SECONDS)
            self.check()
        return line.strip()


@contextmanager
def running(*arguments: str) -> Iterator[Program]:
    """`python ARGUMENTS`, ended at the end of the block."""
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
        subprocess.Popen(
            [sys.executable, *arguments],
            cwd=PROGRAM,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            yield Program(" ".join(arguments[:2]), process, errors)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def network_camera() -> Iterator[str]:
    """Its address."""
    with running("-m", "benchmarks.netcam") as program:
        yield program.line()


@dataclass(frozen=True, slots=True)
class Design:
    """One of the two servers, and how to talk to it."""

    name: str
    arguments: Callable[[str, int], tuple[str, ...]]  # of a source and a port
    labels_path: str
    count_labels: Callable[[Any], int]  # in the JSON of that path
    starts_with_viewer: bool  # labels nothing before somebody watches


OURS = Design(
    "here",
    lambda source, port: ("main.py", "--source", source, "--no-mirror", "--port", str(port)),
    "/api/state",
    lambda state: len(state["faces"]),
    starts_with_viewer=False,
)
OBVIOUS = Design(
    "obvious",
    lambda source, port: ("-m", "benchmarks.obvious", "--source", source, "--port", str(port)),
    "/labels",
    lambda counts: int(counts["labels"]),
    starts_with_viewer=True,
)


@dataclass(frozen=True, slots=True)
class Site:
    """A server that answers."""

    design: Design
    program: Program
    port: int
    started: float  # time.monotonic() when its command was given
    page_seconds: float  # from the command to the first answer

    @property
    def feed(self) -> str:
        return f"http://127.0.0.1:{self.port}/video_feed"

    def wait_for_label(self) -> float:
        """Seconds from the command until a face is labelled; a design that needs a viewer for that gets one."""
        with _looking_on(self.port) if self.design.starts_with_viewer else nullcontext():
            while time.monotonic() - self.started < PATIENCE_SECONDS:
                self.program.check()
                status, body = fetch(self.port, self.design.labels_path)
                if status == 200 and self.design.count_labels(json.loads(body)):
                    return time.monotonic() - self.started
                time.sleep(POLL_SECONDS)
        raise MeasureError(f"No face was labelled within {PATIENCE_SECONDS:.0f} s ({self.design.name}).")


@contextmanager
def site(design: Design, source: str) -> Iterator[Site]:
    """A server of that design on that source, from its first answer on."""
    port = free_port()
    started = time.monotonic()
    with running(*design.arguments(source, port)) as program:
        while (passed := time.monotonic() - started) < PATIENCE_SECONDS:
            program.check()
            if fetch(port, "/")[0] == 200:
                passed = time.monotonic() - started
                break
            time.sleep(POLL_SECONDS)
        else:
            raise MeasureError(f"The page did not answer within {PATIENCE_SECONDS:.0f} s ({design.name}).")
        yield Site(design, program, port, started, passed)


def fetch(port: int, path: str) -> tuple[int, bytes]:
    """(status, body); status 0 while nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def _looking_on(port: int) -> Iterator[None]:
    """A viewer who opens the stream and reads nothing: what fits into the buffers is enough to begin."""
    with socket.create_connection(("127.0.0.1", port)) as viewer:
        viewer.sendall(f"GET /video_feed HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        yield
