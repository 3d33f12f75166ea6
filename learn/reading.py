"""Labelled pictures for training and evaluation, from FER2013 in any of its forms or from your own folders.

Three forms are recognised: the challenge's `fer2013.csv` (emotion, pixels, Usage), folders
(`train/` and `validation/` or `test/`, one folder per emotion), and an archive (zip or tar) of either.
"""

import csv
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS
from faces.errors import DatasetError
from faces.prepare import SIDE, prepare
from faces.suffixes import PICTURE_SUFFIXES
from learn.dataset import Dataset, Split

ARCHIVE_ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")

SPLIT_OF_FOLDER = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "val": "validation",
    "publictest": "validation",
    "test": "test",
    "privatetest": "test",
}
SPLIT_OF_USAGE = {"training": "train", "publictest": "validation", "privatetest": "test"}
CSV_EMOTIONS = (
    "angry",
    "disgust",
    "fear",
    "happy",
    "sad",
    "surprise",
    "neutral",
)  # the challenge's numbers 0-6
EMOTION_OF_FOLDER = {
    **{emotion: emotion for emotion in EMOTIONS},
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprised": "surprise",
}
VOTE_COLUMNS = (
    "anger",
    "disgust",
    "fear",
    "happiness",
    "neutral",
    "sadness",
    "surprise",
)  # in the order of EMOTIONS
OTHER_VOTE_COLUMNS = ("contempt", "unknown", "NF")


class _Gathered:
    """Pictures as they are collected, before they become arrays."""

    def __init__(self) -> None:
        self.parts: dict[str, tuple[list[NDArray[np.uint8]], list[int], list[str]]] = {}
        self.problems: list[str] = []

    def add(self, split: str, emotion: str, name: str, image: NDArray[np.uint8] | None) -> None:
        if image is None:
            self.problems.append(f"{split}/{emotion}/{name}: cannot be read as a picture")
            return
        if image.min() == image.max():
            self.problems.append(f"{split}/{emotion}/{name}: blank (every pixel is {image.flat[0]})")
            return
        images, labels, names = self.parts.setdefault(split, ([], [], []))
        images.append(prepare(image))
        labels.append(EMOTIONS.index(emotion))
        names.append(name)

    def dataset(self, tried: str) -> Dataset:
        if not self.parts:
            raise DatasetError(
                f"No labelled pictures found in {tried}. Expected train/<emotion>/ and validation/<emotion>/ folders, "
                f"an archive of them, or fer2013.csv. Emotions: {', '.join(EMOTIONS)}."
            )
        splits = {
            split: Split(np.stack(images), np.array(labels, np.int64), names)
            for split, (images, labels, names) in self.parts.items()
        }
        for split, part in splits.items():
            empty = [emotion for emotion, count in part.counts().items() if count == 0]
            if empty:
                raise DatasetError(
                    f"{tried}: the {split} part has no pictures of {', '.join(empty)}. "
                    f"The network needs all seven emotions: {', '.join(EMOTIONS)}. Add pictures to {split}/{empty[0]}/."
                )
        return Dataset(splits, self.problems)


def load_dataset(path: str | Path, votes: str | Path | None = None) -> Dataset:
    """Read labelled pictures from a folder, an archive or a CSV file; the form is recognised.

    Unreadable and blank pictures are left out and listed in `problems`.
    Raises DatasetError with the file and line where something cannot be used.
    """
    path = Path(path)
    if not path.exists():
        raise DatasetError(
            f"{path} does not exist. Give --data the folder, archive or fer2013.csv that holds the pictures."
        )
    gathered = _Gathered()
    _gather(path, gathered)
    dataset = gathered.dataset(str(path))
    return _with_votes(dataset, Path(votes)) if votes else dataset


def _gather(path: Path, gathered: _Gathered) -> None:
    if path.is_dir():
        if _splits_in(path):
            _gather_members(_folder_members(path), gathered)
            return
        inside = sorted(p for p in path.iterdir() if p.name.endswith(ARCHIVE_ENDINGS) or p.name == "fer2013.csv")
        if len(inside) != 1:
            found = "several: " + ", ".join(p.name for p in inside) if inside else "neither"
            raise DatasetError(
                f"{path} has no train/ folder, and of archives or fer2013.csv it holds {found}. "
                "Name the one to use with --data."
            )
        _gather(inside[0], gathered)
    elif path.name.endswith(ARCHIVE_ENDINGS):
        _gather_members(_archive_members(path), gathered)
    elif path.suffix == ".csv":
        with path.open("rb") as file:
            _gather_csv(file, str(path), gathered)
    else:
        raise DatasetError(
            f"{path} is neither a folder, nor an archive ({', '.join(ARCHIVE_ENDINGS)}), nor a .csv file."
        )


def _splits_in(folder: Path) -> list[Path]:
    return [p for p in folder.iterdir() if p.is_dir() and p.name.lower() in SPLIT_OF_FOLDER]


def _folder_members(folder: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    for split in sorted(_splits_in(folder)):
        for file in sorted(split.rglob("*")):
            if file.is_file():
                yield PurePosixPath(file.relative_to(folder).as_posix()), file.read_bytes()


def _archive_members(path: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Files of an archive, read in memory: nothing is unpacked, so no member can write anywhere."""
    try:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if not name.endswith("/"):
                        yield PurePosixPath(name), archive.read(name)
        else:
            with tarfile.open(path) as tar:
                for member in tar:
                    file = tar.extractfile(member) if member.isfile() else None
                    if file is not None:
                        yield PurePosixPath(member.name), file.read()
                _check_end(tar)
    except ARCHIVE_ERRORS as error:
        raise DatasetError(
            f"{path} cannot be read as an archive ({error}). Download it again, or unpack it and name the folder."
        ) from error


ARCHIVE_ERRORS = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,  # an encrypted zip
    EOFError,
    OSError,
)


def _check_end(tar: tarfile.TarFile) -> None:
    """Raises one of ARCHIVE_ERRORS where the members ended at damage, which `tarfile` silently takes for the end."""
    stream = tar.fileobj
    assert stream is not None
    stream.seek(tar.offset)
    block = stream.read(tarfile.BLOCKSIZE)
    if not block or any(block):
        raise tarfile.ReadError(f"damaged or cut off after {len(tar.getmembers())} members")
    while stream.read(1 << 20):  # to the end of what is compressed, where its checksum is
        pass


def _gather_members(members: Iterator[tuple[PurePosixPath, bytes]], gathered: _Gathered) -> None:
    for name, content in members:
        if name.name == "fer2013.csv":
            _gather_csv(io.BytesIO(content), str(name), gathered)
            continue
        if name.suffix.lower() not in PICTURE_SUFFIXES or len(name.parts) < 3:
            continue
        split_folder, emotion_folder = name.parts[-3].lower(), name.parts[-2].lower()
        if split_folder not in SPLIT_OF_FOLDER:
            continue
        if emotion_folder not in EMOTION_OF_FOLDER:
            raise DatasetError(
                f"{name}: the folder {name.parts[-2]!r} is not one of the seven emotions. "
                f"Rename it to one of {', '.join(EMOTIONS)}, or take it out."
            )
        gathered.add(SPLIT_OF_FOLDER[split_folder], EMOTION_OF_FOLDER[emotion_folder], name.name, _grey(content))


def _grey(content: bytes) -> NDArray[np.uint8] | None:
    """The picture, or None where it cannot be read."""
    if not content:
        return None
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:  # among others for more pixels than OpenCV takes
        return None
    return None if image is None else np.asarray(image, np.uint8)


def _rows(file: BinaryIO, tried: str, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The line and the cells under `columns` of every row of a CSV file."""
    csv.field_size_limit(1 << 20)
    rows = csv.DictReader(_lines(file, tried), strict=True)
    last = 0  # line of the row before
    try:
        named = {(name or "").strip().lower(): name for name in rows.fieldnames or []}
        missing = [column for column in columns if column.lower() not in named]
        if missing:
            raise DatasetError(f"{tried}, line 1: no column {', '.join(missing)}. Expected {', '.join(columns)}.")
        for row in rows:
            last = rows.line_num
            yield last, [row[named[column.lower()]] or "" for column in columns]
    except csv.Error as error:
        raise DatasetError(
            f"{tried}, line {last + 1}: {error}. Is a quotation mark opened there and never closed?"
        ) from error


def _lines(file: BinaryIO, tried: str) -> Iterator[str]:
    """The lines of a text in UTF-8, with Excel's byte order mark or without."""
    text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
    for number, line in enumerate(text, 1):
        try:
            line.encode()
        except UnicodeEncodeError as error:
            raise DatasetError(
                f"{tried}, line {number}: this is not UTF-8. Save the file again as CSV in UTF-8."
            ) from error
        yield line


def _gather_csv(file: BinaryIO, tried: str, gathered: _Gathered) -> None:
    for line, (emotion_number, pixel_words, usage) in _rows(file, tried, ("emotion", "pixels", "Usage")):
        where = f"{tried}, line {line}"
        try:
            emotion = CSV_EMOTIONS[_index(emotion_number)]
            split = SPLIT_OF_USAGE[usage.strip().lower()]
            pixels = np.array(pixel_words.split(), dtype=np.uint8)
        except (ValueError, IndexError, KeyError, OverflowError) as error:
            raise DatasetError(
                f"{where}: {error}. Expected emotion 0-6, 2304 pixels 0-255, Usage Training, PublicTest or PrivateTest."
            ) from error
        if pixels.size != SIDE * SIDE:
            raise DatasetError(
                f"{where}: {pixels.size} pixels instead of 48x48 = 2304. Is the line cut off? Download the file again."
            )
        gathered.add(split, emotion, f"line {line}", pixels.reshape(SIDE, SIDE))


def _index(text: str) -> int:
    number = int(text)
    if not 0 <= number < len(CSV_EMOTIONS):
        raise ValueError(f"emotion {number} is not one of 0-6")
    return number


def _with_votes(dataset: Dataset, path: Path) -> Dataset:
    """The same dataset with people's votes, joined on name and original label: a name may occur in two folders."""
    if not path.is_file():
        raise DatasetError(f"{path} does not exist. Give --votes the file ferplus_votes.csv, or leave --votes out.")
    columns = (*VOTE_COLUMNS, *OTHER_VOTE_COLUMNS)
    votes_of: dict[tuple[str, str], list[float]] = {}
    with path.open("rb") as file:
        for line, (name, label, *votes) in _rows(file, str(path), ("name", "fer2013_label", *columns)):
            try:
                votes_of[name, label] = [float(vote) for vote in votes]
            except ValueError as error:
                raise DatasetError(f"{path}, line {line}: {error}. Votes are numbers.") from error

    def joined(part: Split) -> Split:
        none = [0.0] * len(columns)
        found = [votes_of.get((n, EMOTIONS[i]), none) for n, i in zip(part.names, part.labels, strict=True)]
        return Split(part.images, part.labels, part.names, np.array(found, np.float32))

    splits = {name: joined(part) for name, part in dataset.splits.items()}
    if not any(part.votes is not None and part.votes.any() for part in splits.values()):
        raise DatasetError(
            f"{path} names none of these pictures. The votes belong to the folder form of FER2013, joined by file name."
        )
    return Dataset(splits, dataset.problems)
