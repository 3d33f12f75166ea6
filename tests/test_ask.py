"""Tests of ask.py: what was recorded is listed, asked, joined and derived again."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from played import play
from sqlalchemy import update
from test_sessions_store import PIECES, START, batches

from analysis.about import weights_checksum
from ask import main
from faces.errors import InputError
from sessions.again import derived
from sessions.database import open_database
from sessions.marks import Marks
from sessions.store import Store
from sessions.tables import chunks
from sessions.values import SessionDetails
from timeline.export import TableWriter
from timeline.shapes import values
from timeline.uses.activity import Activity

SETTINGS = {"stable_seconds": 0.3, "longest_step_seconds": 1.0}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    store = Store(open_database(file))
    yield store
    store.close()


def keep(store: Store, name: str) -> str:
    number = store.begin(SessionDetails(name=name, settings=SETTINGS), START).id
    for batch in batches(number, play(PIECES, fps=10, longest_step_seconds=1.0)):
        store.write(batch)
    return number


def asked(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    status = main([str(one) for one in arguments])
    said = capsys.readouterr()
    return status, said.out + said.err


def answered(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    status, said = asked(capsys, *arguments)
    assert status == 0, said
    return json.loads(said)


def test_sessions_are_listed(file: Path, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = [keep(store, "one"), keep(store, "two\nlines")]
    status, said = asked(capsys, "--database", file)
    assert status == 0 and all(number in said for number in numbers)
    assert "ended" in said and "two\\nlines" in said and len(said.splitlines()) == 2


def test_a_session_is_asked_as_on_the_page(file: Path, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    number = keep(store, "one")
    found = answered(capsys, "activity", number, "--database", file, "--with", "person=1")
    assert found == values(Activity(person=1).answer(store.record(number)))


def test_several_sessions_are_joined(file: Path, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = keep(store, "one"), keep(store, "other")
    by_clock = answered(capsys, "audience", one, other, "--database", file, "--with", "minimum=2")
    for number, start in ((one, 1.0), (other, 4.0)):
        Marks(store.database).add(number, "curtain", start)
    at_marker = answered(capsys, "audience", one, other, "--at", "curtain", "--database", file, "--with", "minimum=2")
    assert at_marker["watched_seconds"] == by_clock["watched_seconds"] + 3


def _analysed(folder: Path, shown: dict[int, str]) -> Path:
    """Four seconds of people who show one expression each, as analyze.py leaves them."""
    folder.mkdir()
    with (folder / "timeline.csv").open("w", encoding="utf-8", newline="") as file:
        TableWriter(file).write(play([(4, shown)], fps=5).rows())
    return folder


def test_tables_of_videos_are_joined_by_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("left", "right"):
        _analysed(tmp_path / name, {1: "happy"})
    together = answered(capsys, "activity", tmp_path / "left", tmp_path / "right" / "timeline.csv")
    assert (together["people"], together["whole"]["end"]) == (2, 4.0)
    apart = answered(capsys, "activity", tmp_path / "left", tmp_path / "right", "--later", "2")
    assert (apart["people"], apart["whole"]["end"], apart["whole"]["seen_seconds"]) == (2, 6.0, 8.0)


def test_two_showings_are_compared_each_joined_of_several_videos(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = {"left": "happy", "right": "happy", "calm": "neutral", "still": "neutral"}
    left, right, calm, still = (_analysed(tmp_path / name, {1: shown, 2: shown}) for name, shown in kinds.items())
    sides = (left, right, "--against", calm, still)
    answer = answered(capsys, "audience", *sides, "--with", "minimum=4", "--later", "1", "--later", "3")
    assert (answer["first_faces"], answer["second_faces"]) == (4.0, 4.0)
    assert answer["common_seconds"] == 1  # both cameras looked from 1 to 4 s at the first, from 3 to 4 s at the second
    assert answer["gains"][0]["more"]["value"] == pytest.approx(0.65)
    status, said = asked(capsys, "audience", left, "--against", calm, "--with", "marker=curtain")
    assert status == 2 and "a video has none" in said
    status, said = asked(capsys, "crowd", left, "--against", calm)
    assert status == 2 and "Those that do: activity, audience." in said


def test_a_share_of_a_video_has_its_interval_where_the_weights_are_still_those_that_saw_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _analysed(tmp_path / "video", {1: "happy"})
    for weights, known in (("others", False), (weights_checksum(), True)):
        (folder / "manifest.json").write_text(json.dumps({"settings": {"weights": weights}}))
        [share] = [s for s in answered(capsys, "activity", folder)["whole"]["shares"] if s["label"] == "happy"]
        assert (share["low"] is not None) is known


def test_every_figure_is_derived_again(file: Path, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    number = keep(store, "one")
    status, said = asked(capsys, "--again", number, "--database", file)
    assert status == 0 and "the same figures, byte for byte" in said
    again = answered(capsys, "--again", "activity", number, "--database", file)
    assert again == answered(capsys, "activity", number, "--database", file)


def test_another_setting_gives_other_figures_and_that_is_told(
    file: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    number = keep(store, "one")
    status, said = asked(capsys, "--again", number, "--stable-seconds", "3", "--database", file)
    assert status == 1 and "other figures: " in said and "the steady stretches" in said
    assert "each second" not in said  # these do not depend on it


def test_frames_that_are_missing_are_found(file: Path, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    number = keep(store, "one")
    with store.database.writing() as connection:
        connection.execute(chunks.delete().where(chunks.c.number == 1))
    status, said = asked(capsys, "--again", number, "--database", file)
    assert status == 1 and "what each person showed in each second" in said


def test_a_damaged_second_is_told(file: Path, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    number = keep(store, "one")
    with store.database.writing() as connection:
        connection.execute(update(chunks).where(chunks.c.number == 1).values(frames=b"nothing"))
    assert asked(capsys, "--again", number, "--database", file)[0] == 2


def test_a_session_that_goes_on_is_not_derived_again(file: Path) -> None:
    with closing(Store(open_database(file), now=START.timestamp)) as store:
        number = store.begin(SessionDetails(name="one", settings=SETTINGS), START).id
        store.write(next(batches(number, play(PIECES, fps=10))))
        with pytest.raises(InputError, match="still recorded"):
            derived(store, number)


@pytest.mark.parametrize(
    "arguments",
    [
        ("astrology", "x"), ("mood", "x"), ("activity", "nothing"), ("--again", "nothing"),
        ("activity", "x", "--with", "person"), ("activity", "x", "--with", "colour=red"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_told(
    file: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = asked(capsys, *arguments, "--database", file)
    assert status == 2 and said.strip()


def test_a_use_without_a_session_is_told_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["activity"])
    assert "python ask.py lists the sessions" in capsys.readouterr().err


def test_a_table_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "timeline.csv").write_bytes(b"\xff\xfe")
    for place in (tmp_path, tmp_path / "timeline.csv"):
        status, said = asked(capsys, "activity", place)
        assert status == 2 and "timeline" in said
