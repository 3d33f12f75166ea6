"""Whether requirements-live.txt alone carries the live page and analyze.py: start both, take one labelled picture.

python3 -m venv .venv-light && .venv-light/bin/pip install -r requirements-live.txt
.venv-light/bin/python tests/light_start.py

Standard library only: it runs where no test tool is installed.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parent.parent
LEFT_OUT = ("tensorflow", "keras", "h5py", "matplotlib", "pytest", "ray")
PATIENCE_SECONDS = 120.0


def main() -> int:
    present = [module for module in LEFT_OUT if find_spec(module)]
    if present:
        print(f"This environment holds more than the light list: {', '.join(present)}.", file=sys.stderr)
        return 1
    command = [sys.executable, "-u", "main.py", "--source", "demo", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as site:
        try:
            assert site.stdout is not None
            address = _address(site.stdout)
            face = _labelled_face(address)
            picture = _get(f"{address}snapshot.jpg")
        finally:
            site.terminate()
            site.communicate()
    print(f"The live page says {face['emotion']} ({face['confidence']:.0%}) in a picture of {len(picture):,} bytes.")
    print(f"analyze.py says {_analysed(picture)}.")
    return 0


def _address(terminal: IO[str]) -> str:
    for line in terminal:
        if found := re.search(r"http://\S+/", line):
            return found[0]
    raise SystemExit("main.py ended without an address.")


def _labelled_face(address: str) -> dict[str, Any]:
    """The first face that is told, as soon as there is one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if faces := json.loads(_get(f"{address}api/state"))["faces"]:
            return dict(faces[0])
        time.sleep(0.2)
    raise SystemExit(f"No face was told within {PATIENCE_SECONDS:.0f} s.")


def _analysed(picture: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "snapshot.jpg"
        file.write_bytes(picture)
        command = [sys.executable, "analyze.py", str(file), "--out", f"{folder}/results", "--json"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (face, *_) = json.loads(done.stdout)["faces"]
    return str(face["emotion"])


def _get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
        return bytes(answer.read())


if __name__ == "__main__":
    sys.exit(main())
