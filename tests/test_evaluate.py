"""The figures of evaluate.py are JSON that every program reads, whatever there is nothing of."""

import json
import shutil
from pathlib import Path

import pytest
from pictures import write_folders

from evaluate import main


def test_shares_of_nothing_are_null(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every picture has a twin, and people call none of them neutral."""
    folder = write_folders(tmp_path / "fer", {"train": 1})
    shutil.copytree(folder / "train", folder / "validation")
    votes = tmp_path / "votes.csv"
    votes.write_text(
        "name,fer2013_label,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
        "happy0.png,happy,0,10,0,0,0,0,0,0,0,0\n"
    )
    assert main(["--data", str(folder), "--votes", str(votes)]) == 0

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    figures = json.loads(capsys.readouterr().out.splitlines()[-1], parse_constant=refuse)
    assert figures["without_twins"] == {"pictures": 0, "accuracy": None}
    assert set(figures["majority"]["neutral_taken_for"].values()) == {None}
