"""What an upload costs: memory while gigabytes arrive, and their speed beside that of writing them to the same disk."""

import http.client
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import usage, watched
from benchmarks.report import ReportRow, Section
from benchmarks.servers import OURS, MeasureError, site
from faces.places import data_folder

PIECE_BYTES = 8 * 1024 * 1024
"""As static/upload.js sends them."""

MEGABYTE = 1e6


def upload(gigabytes: float) -> Section:
    """A file of that size, sent as the page sends it while the demo clip plays, then written without a server."""
    piece, count = os.urandom(PIECE_BYTES), max(1, round(gigabytes * 1000 * MEGABYTE / PIECE_BYTES))
    with site(OURS, "demo") as server:
        server.wait_for_label()  # everything is loaded
        with _job(server.port, count * PIECE_BYTES) as address:
            before = usage(server.program.measured)
            with watched(server.program.measured) as seen:
                sent = _send(server.port, address, piece, count)
        server.program.check()
    written = _write(piece, count)
    megabytes = count * PIECE_BYTES / MEGABYTE
    rows = [
        ReportRow("upload", "MB/s", megabytes / sent, megabytes / written, "more"),
        ReportRow("memory of the program before it", "MB", before.megabytes),
        ReportRow("most memory while it lasts", "MB", seen.most_megabytes),
        ReportRow("processor time of the program", "s", seen.cpu_seconds - before.cpu_seconds),
    ]
    notes = [f"{megabytes:,.0f} MB in pieces of {PIECE_BYTES >> 20} MB, each on the disk before it is answered"]
    return Section("Upload", rows, compared="disk alone", notes=notes)


@contextmanager
def _job(port: int, size: int) -> Iterator[str]:
    """The address of its one file, which is announced a byte longer, so that it is never analysed."""
    order = {"files": [{"name": "long.mp4", "size": size + 1}]}
    answer = _ask(port, "POST", "/api/jobs", json.dumps(order).encode(), {"Content-Type": "application/json"})
    key = json.loads(answer)["id"]
    try:
        yield f"/api/jobs/{key}/files/1"
    finally:
        _ask(port, "DELETE", f"/api/jobs/{key}", b"", {})


def _send(port: int, address: str, piece: bytes, count: int) -> float:
    """Seconds until everything is there."""
    began = time.monotonic()
    for number in range(count):
        _ask(port, "PATCH", address, piece, {"Upload-Offset": str(number * len(piece))})
    return time.monotonic() - began


def _ask(port: int, method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        said = answer.read()
    finally:
        connection.close()
    if answer.status >= http.HTTPStatus.BAD_REQUEST:
        raise MeasureError(f"{method} {path} was refused: {said.decode(errors='replace').strip()}")
    return said


def _write(piece: bytes, count: int) -> float:
    """Seconds that the same pieces take to the disk that uploads go to."""
    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        file, began = Path(place) / "long.mp4", time.monotonic()
        for _ in range(count):
            with file.open("ab") as opened:
                opened.write(piece)
                opened.flush()
                os.fsync(opened.fileno())
        return time.monotonic() - began
