"""What somebody sends to be analysed: files that arrive in pieces, go on after a cut, and do not choose their name."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from faces.errors import BusyError, ConflictError, InputError, NotFoundError
from faces.suffixes import PICTURE_SUFFIXES, VIDEO_SUFFIXES

READ_BYTES = 1024 * 1024

LONGEST_NAME = 200

GIGABYTE = 10**9


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be sent and kept."""

    job_bytes: int = 10 * GIGABYTE
    all_bytes: int = 50 * GIGABYTE  # uploads and results of all jobs
    free_bytes: int = 2 * GIGABYTE  # so much of the disk stays free
    files: int = 2000  # in one job
    jobs: int = 100
    keep_days: float = 7.0  # then a job and its results are deleted


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that was announced."""

    shown: str  # as the sender calls it, with its folders; only ever shown
    size: int  # bytes

    @property
    def name(self) -> str:
        """Without its folders."""
        return PurePosixPath(self.shown).name


def announced(files: Sequence[tuple[str, int]], limits: Limits) -> tuple[Upload, ...]:
    """The uploads of names and sizes; InputError where there are none, too many, or too much."""
    if not 0 < len(files) <= limits.files:
        raise InputError(f"{len(files)} files were announced. Send 1 to {limits.files} in one job.")
    if any(size <= 0 for _, size in files):
        raise InputError("A file is empty, or its size is not a number of bytes. Leave it out.")
    if sum(size for _, size in files) > limits.job_bytes:
        raise InputError(f"That is more than {limits.job_bytes / GIGABYTE:g} GB in one job. Send it in several.")
    return tuple(Upload(_shown(name), size) for name, size in files)


def _shown(name: str) -> str:
    """Fit to be shown: no control characters, no way up or out."""
    plain = "".join(letter if letter.isprintable() else " " for letter in name.replace("\\", "/"))
    parts = [part.strip() for part in plain.split("/") if part.strip(". ")]
    return "/".join(parts)[-LONGEST_NAME:].lstrip("/") or "file"


class UploadFolder:
    """Where the files of one job arrive: each under its number, as long as what has arrived of it."""

    def __init__(self, folder: Path, uploads: Sequence[Upload]) -> None:
        self.folder = folder
        self._uploads = uploads
        self._taking = threading.Lock()

    def path(self, number: int) -> Path:
        """Of the file with that number, counted from 1."""
        suffix = PurePosixPath(self._upload(number).shown).suffix.lower()
        return self.folder / f"upload-{number}{suffix if suffix in PICTURE_SUFFIXES | VIDEO_SUFFIXES else ''}"

    def received(self, number: int) -> int:
        """How many bytes of it are here."""
        try:
            return self.path(number).stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def complete(self) -> bool:
        return all(self.received(number) == upload.size for number, upload in enumerate(self._uploads, 1))

    def take(self, number: int, offset: int, piece: IO[bytes]) -> int:
        """Add a piece that begins at that offset; returns how many bytes are here then.

        What came before a cut stays. Raises ConflictError when the piece belongs elsewhere, BusyError while another
        one is taken, InputError when it is longer than was announced.
        """
        size = self._upload(number).size
        if not self._taking.acquire(blocking=False):
            raise BusyError("Another piece of this job is being taken. Send one after the other.")
        try:
            here = self.received(number)
            if offset != here:
                raise ConflictError(f"The piece begins at byte {offset}, but {here} are here. Go on from there.")
            self.folder.mkdir(parents=True, exist_ok=True)
            with self.path(number).open("ab") as file:
                return _append(file, piece, here, size)
        finally:
            self._taking.release()

    def _upload(self, number: int) -> Upload:
        if not 1 <= number <= len(self._uploads):
            raise NotFoundError(f"This job has no file {number}.")
        return self._uploads[number - 1]


def _append(file: IO[bytes], piece: IO[bytes], here: int, size: int) -> int:
    while block := piece.read(READ_BYTES):
        if here + len(block) > size:
            raise InputError(f"More bytes come than the {size} that were announced. Announce the file again.")
        file.write(block)
        here += len(block)
    file.flush()
    os.fsync(file.fileno())  # a client told that it is here need never send it again
    return here
