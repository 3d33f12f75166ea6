"""Labelled pictures come in as they are, from any form, or with a message that names the place."""

import bz2
import csv
import gzip
import io
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from pictures import drawn_face, write_folders

from faces.emotions import EMOTIONS
from faces.errors import DatasetError
from learn.reading import CSV_EMOTIONS, load_dataset


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folders(tmp_path_factory.mktemp("fer"), {"train": 3, "validation": 2})


def write_csv(file: Path, rows: list[tuple[int | str, str, str]]) -> Path:
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("emotion", "pixels", "Usage"))
        writer.writerows(rows)
    return file


def csv_rows() -> list[tuple[int | str, str, str]]:
    rng = np.random.default_rng(1)
    return [
        (number, " ".join(map(str, drawn_face(emotion, rng).ravel())), usage)
        for usage in ("Training", "PublicTest", "PrivateTest")
        for number, emotion in enumerate(CSV_EMOTIONS)
    ]


def test_folders_are_read_with_their_labels(folders: Path) -> None:
    data = load_dataset(folders)
    assert {split: len(part) for split, part in data.splits.items()} == {"train": 21, "validation": 14}
    assert data["train"].counts() == dict.fromkeys(EMOTIONS, 3)
    for name, label in zip(data["train"].names, data["train"].labels, strict=True):
        assert name.startswith(EMOTIONS[label])


@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
def test_an_archive_gives_the_same_pictures_as_its_folders(folders: Path, tmp_path: Path, ending: str) -> None:
    archive = tmp_path / f"fer.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(archive, "w") as out:
            for file in sorted(folders.rglob("*.png")):
                out.write(file, file.relative_to(folders))
    else:
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(folders, arcname="fer")
    expected, found = load_dataset(folders)["train"], load_dataset(archive)["train"]
    assert sorted(zip(found.names, found.labels, strict=True)) == sorted(
        zip(expected.names, expected.labels, strict=True)
    )
    assert found.images.sum() == expected.images.sum()


def test_a_folder_that_holds_one_archive_is_enough(folders: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "fer.tar.xz", "w:xz") as tar:
        tar.add(folders, arcname=".")
    assert len(load_dataset(tmp_path)["train"]) == 21


def test_the_challenge_file_has_its_own_numbers_for_emotions(tmp_path: Path) -> None:
    data = load_dataset(write_csv(tmp_path / "fer2013.csv", csv_rows()))
    assert set(data.splits) == {"train", "validation", "test"}
    assert [EMOTIONS[i] for i in data["train"].labels] == list(CSV_EMOTIONS)
    assert data["train"].images.shape == (7, 48, 48)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ((3, "1 2 3", "Training"), "line 2: 3 pixels"),
        ((9, "0 " * 2304, "Training"), "emotion 9"),
        ((3, "0 " * 2304, "Holiday"), "holiday"),
        ((3, "300 " * 2304, "Training"), "line 2"),
        (("happy", "0 " * 2304, "Training"), "line 2"),
    ],
)
def test_a_bad_row_is_named_with_its_line(tmp_path: Path, row: tuple[int | str, str, str], complaint: str) -> None:
    with pytest.raises(DatasetError, match=complaint):
        load_dataset(write_csv(tmp_path / "fer2013.csv", [row]))


def test_a_file_that_excel_wrote_is_read(folders: Path, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "fer2013.csv", csv_rows())
    file.write_text(file.read_text(), encoding="utf-8-sig")
    assert len(load_dataset(file)["train"]) == 7
    with zipfile.ZipFile(tmp_path / "fer.zip", "w") as out:
        out.write(file, "fer2013.csv")
    assert len(load_dataset(tmp_path / "fer.zip")["train"]) == 7
    votes = tmp_path / "votes.csv"
    votes.write_text(VOTE_HEAD + "sad0.png,train,sad,6,0,0,4,0,0,0,0,0,0\n", encoding="utf-8-sig")
    assert load_dataset(folders, votes)["train"].votes is not None


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda text: text.encode("utf-16"), "line 1: this is not UTF-8"),
        (lambda text: text.encode() + b"\xff\xfe,1,2\n", "line 23: this is not UTF-8"),
        (lambda text: text.replace("\n3,", '\n3,"', 1).encode(), "line 5: .*quotation mark"),  # to the end of the file
        (lambda text: (text.replace("\n3,", '\n3,"', 1) + text * 12).encode(), "line 5: .*quotation mark"),
        (lambda text: text.replace("Usage", "Part", 1).encode(), "line 1: no column Usage"),
    ],
)
def test_a_damaged_file_is_named_with_its_line(tmp_path: Path, damage: Callable[[str], bytes], complaint: str) -> None:
    file = write_csv(tmp_path / "fer2013.csv", csv_rows())
    file.write_bytes(damage(file.read_text()))
    with pytest.raises(DatasetError, match=rf"fer2013\.csv, {complaint}"):
        load_dataset(file)


def test_damaged_votes_are_named_with_their_line(folders: Path, tmp_path: Path) -> None:
    votes = tmp_path / "votes.csv"
    votes.write_bytes(VOTE_HEAD.encode() + b"\xfcber.png,train,sad,6,0,0,4,0,0,0,0,0,0\n")
    with pytest.raises(DatasetError, match=r"votes\.csv, line 2: this is not UTF-8"):
        load_dataset(folders, votes)


def test_unreadable_and_blank_pictures_are_left_out_and_said(folders: Path, tmp_path: Path) -> None:
    write_folders(tmp_path, {"train": 2})
    (tmp_path / "train/sad/broken.png").write_bytes(b"not a picture")
    (tmp_path / "train/sad/empty.png").write_bytes(b"")
    cv2.imwrite(str(tmp_path / "train/sad/blank.png"), np.full((48, 48), 7, np.uint8))
    data = load_dataset(tmp_path)
    assert len(data["train"]) == 14
    assert sorted(problem.split(":")[0] for problem in data.problems) == [
        "train/sad/blank.png",
        "train/sad/broken.png",
        "train/sad/empty.png",
    ]


def test_a_picture_too_large_to_read_stops_nothing(folders: Path, tmp_path: Path) -> None:
    write_folders(tmp_path, {"train": 1})
    png = bytearray((tmp_path / "train/sad/sad0.png").read_bytes())
    png[16:24] = (60_000).to_bytes(4, "big") * 2  # width and height, with their checksum
    png[29:33] = zlib.crc32(png[12:29]).to_bytes(4, "big")
    (tmp_path / "train/sad/huge.png").write_bytes(png)
    data = load_dataset(tmp_path)
    assert len(data["train"]) == 7
    assert data.problems == ["train/sad/huge.png: cannot be read as a picture"]


def test_a_missing_emotion_is_refused(tmp_path: Path) -> None:
    write_folders(tmp_path, {"train": 1})
    (tmp_path / "train/disgust/disgust0.png").unlink()
    with pytest.raises(DatasetError, match="no pictures of disgust"):
        load_dataset(tmp_path)


def test_another_emotion_is_refused_by_name(tmp_path: Path) -> None:
    write_folders(tmp_path, {"train": 1})
    (tmp_path / "train/disgust").rename(tmp_path / "train/bored")
    with pytest.raises(DatasetError, match="'bored' is not one of the seven"):
        load_dataset(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off"])
def test_a_damaged_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "fer.zip").write_bytes(content)
    with pytest.raises(DatasetError, match="cannot be read as an archive"):
        load_dataset(tmp_path / "fer.zip")


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "tar.xz", "tar.bz2"])
@pytest.mark.parametrize("cut", [False, True])
def test_an_archive_damaged_in_the_middle_is_refused(tmp_path: Path, ending: str, cut: bool) -> None:
    """Also where the damage ends it between two pictures, which `tarfile` takes for its end."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        tar.add(write_folders(tmp_path / "fer", {"train": 2}), arcname="fer")
    content = bytearray(whole.getvalue())
    whole.seek(0)
    with tarfile.open(fileobj=whole) as tar:
        at = tar.getmembers()[9].offset
    content[at : at + 100] = b"?" * 100
    press: dict[str, Callable[[bytes], bytes]] = {
        "tar.gz": gzip.compress,
        "tar.xz": lzma.compress,
        "tar.bz2": bz2.compress,
    }
    pressed = press.get(ending, bytes)(bytes(content[:at] if cut else content))
    (tmp_path / f"fer.{ending}").write_bytes(pressed)
    with pytest.raises(DatasetError, match="damaged or cut off after 9 members"):
        load_dataset(tmp_path / f"fer.{ending}")


@pytest.mark.parametrize("form", ["gztar", "xztar", "bztar", "zip"])
def test_an_archive_with_other_bytes_in_it_is_refused(folders: Path, tmp_path: Path, form: str) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "fer"), form, folders))
    whole = archive.read_bytes()
    for place in range(1, 20):
        damaged = bytearray(whole)
        at = len(whole) * place // 20
        damaged[at : at + 100] = bytes(255 - byte for byte in damaged[at : at + 100])
        archive.write_bytes(damaged)
        with pytest.raises(DatasetError, match="cannot be read as an archive"):
            load_dataset(archive)


def test_an_encrypted_archive_is_refused(folders: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "fer.zip", "w") as out:
        out.write(folders / "train/sad/sad0.png", "train/sad/sad0.png")
    content = bytearray((tmp_path / "fer.zip").read_bytes())
    content[6] |= 1  # the flag of the member, and that of its entry in the list at the end
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "fer.zip").write_bytes(content)
    with pytest.raises(DatasetError, match="is encrypted"):
        load_dataset(tmp_path / "fer.zip")


def test_nothing_there_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="does not exist"):
        load_dataset(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="no train/ folder"):
        load_dataset(tmp_path)


VOTE_HEAD = "name,split,fer2013_label,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"


def test_votes_join_on_name_and_label(folders: Path, tmp_path: Path) -> None:
    votes = tmp_path / "votes.csv"
    votes.write_text(VOTE_HEAD + "sad0.png,train,sad,6,0,0,4,0,0,0,0,0,0\nsad1.png,train,happy,0,10,0,0,0,0,0,0,0,0\n")
    part = load_dataset(folders, votes)["train"]
    assert part.votes is not None
    joined = {name: part.votes[i] for i, name in enumerate(part.names)}
    assert joined["sad0.png"][EMOTIONS.index("neutral")] == 6
    assert joined["sad0.png"][EMOTIONS.index("sad")] == 4
    assert not joined["sad1.png"].any()  # the name fits, the label does not


def test_votes_that_fit_no_picture_are_refused(folders: Path, tmp_path: Path) -> None:
    votes = tmp_path / "votes.csv"
    votes.write_text(VOTE_HEAD + "other.png,train,sad,6,0,0,4,0,0,0,0,0,0\n")
    with pytest.raises(DatasetError, match="names none of these pictures"):
        load_dataset(folders, votes)
