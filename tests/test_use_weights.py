"""Weights are put to use by a step of its own, which refuses worse ones and can be undone."""

import json
import shutil
from pathlib import Path

import pytest

import use_weights
from faces.places import PROGRAM
from use_weights import FILES, main


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program's folder with the shipped weights."""
    folder = tmp_path / "program"
    folder.mkdir()
    for name in FILES:
        shutil.copy(PROGRAM / name, folder)
    monkeypatch.setattr(use_weights, "PROGRAM", folder)
    monkeypatch.setattr(use_weights, "BEFORE", folder / "weights_before")
    monkeypatch.setattr(use_weights, "load_dataset", lambda data, votes: Pictures())
    return folder


class Pictures:
    def measured_on(self) -> str:
        return "validation"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The same network by another threshold, as if it came from a run; its compiled form is not stale."""
    folder = tmp_path / "run"
    folder.mkdir()
    for name in FILES:
        shutil.copy(PROGRAM / name, folder)
    return folder


def measured(monkeypatch: pytest.MonkeyPatch, worth: dict[str, float]) -> None:
    def evaluate(data: object, split: str, folder: Path, out: None) -> dict[str, object]:
        share = worth[folder.name]
        return {"answers": {"joined": {"accuracy": share, "majority_accuracy": share}}}

    monkeypatch.setattr(use_weights, "evaluate", evaluate)


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


def mark(folder: Path) -> None:
    """Make the folder's files differ from the shipped ones without a need to compile them."""
    (folder / "model.sha256").write_text("other")


def test_better_weights_replace_those_in_use_and_undo_brings_them_back(
    program: Path, other: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measured(monkeypatch, {"program": 0.7, "run": 0.75})
    monkeypatch.setattr(use_weights, "compiled_form", lambda *files: b"")
    mark(other)
    before = contents(program)
    assert main([str(other), "--data", "somewhere"]) == 0
    assert contents(program) == contents(other)
    said = capsys.readouterr().out
    assert "in use: agrees with 70.0% of the labels" in said
    assert "--undo brings it back" in said
    assert main(["--undo"]) == 0
    assert contents(program) == before
    assert main(["--undo"]) == 0
    assert contents(program) == contents(other)


@pytest.mark.parametrize(("more", "code"), [([], 1), (["--anyway"], 0)])
def test_worse_weights_are_refused_unless_anyway(
    program: Path,
    other: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    code: int,
) -> None:
    measured(monkeypatch, {"program": 0.7, "run": 0.65})
    monkeypatch.setattr(use_weights, "compiled_form", lambda *files: b"")
    mark(other)
    before = contents(program)
    assert main([str(other), "--data", "somewhere", *more]) == code
    assert (contents(program) == before) == (code == 1)
    assert ("nothing was changed" in capsys.readouterr().err) == (code == 1)


def test_weights_that_nobody_measured_are_refused(
    program: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(program)
    assert main([str(other)]) == 1
    assert "Give --data" in capsys.readouterr().err
    assert contents(program) == before


def test_files_that_cannot_be_run_replace_nothing(
    program: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (other / "model.json").write_text("{")
    before = contents(program)
    assert main([str(other), "--anyway"]) == 1
    assert "model.json" in capsys.readouterr().err
    assert contents(program) == before


def test_without_a_before_there_is_nothing_to_undo(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--undo"]) == 1
    assert "nothing to undo" in capsys.readouterr().err


def test_the_shipped_weights_bring_what_the_program_asks_for() -> None:
    calibration = json.loads((PROGRAM / "model.json").read_text())["calibration"]
    assert {"unsure_below", "confusion"} <= calibration.keys()
