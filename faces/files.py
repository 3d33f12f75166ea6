"""Files that are either complete or absent: written under a temporary name, renamed when complete."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PART = ".part"

TEXT: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace"}
"""How text is written: a file name that is not UTF-8 must not end a run. In JSON it is the right escape, too."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to; it becomes `path` at the end of the block, or vanishes if the block fails."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_whole_json(path: Path, value: object) -> None:
    """Write a small JSON file, completely or not at all."""
    with whole_file(path) as part:
        part.write_text(json.dumps(value, ensure_ascii=False), **TEXT)


@contextmanager
def filled_folder(folder: Path) -> Iterator[None]:
    """Make a folder; if the block fails, it stays only if it is not empty."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        if not any(folder.iterdir()):
            folder.rmdir()
        raise


def remove_parts(folder: Path) -> None:
    """Remove what a killed run left behind."""
    for part in folder.glob(f".*{PART}"):
        part.unlink(missing_ok=True)


def write_secret(file: Path, content: bytes) -> None:
    """Write a file whole that only its owner may read."""
    with whole_file(file) as part, os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
