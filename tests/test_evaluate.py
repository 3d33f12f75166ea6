"""The figures of evaluate.py are JSON that every program reads, whatever there is nothing of."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from pictures import write_folders

from evaluate import brief, by_brightness, evaluate, intervals, main
from faces.errors import ModelError
from learn.compiled import ANSWERS
from learn.dataset import Split
from learn.reading import load_dataset


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


def one_of_three_wrong() -> tuple[np.ndarray, Split]:
    """Nine dark, middle and bright pictures; people say what the labels say, and every third guess is wrong."""
    labels = np.full(9, 4)
    guesses = np.where(np.arange(9) % 3 == 0, 5, 4)
    images = np.repeat(np.arange(9, dtype=np.uint8), 48 * 48).reshape(9, 48, 48)
    votes = np.zeros((9, 10), np.float32)
    votes[:, 4] = 10
    return np.eye(7, dtype=np.float32)[guesses], Split(images, labels, [""] * 9, votes)


def test_agreement_is_told_for_dark_and_bright_faces() -> None:
    scores, part = one_of_three_wrong()
    right = (scores.argmax(1) == 4) & (np.arange(9) < 6)
    rows = by_brightness(part.images, right)
    assert [row["mean_grey"] for row in rows] == [1, 4, 7]
    assert [row["pictures"] for row in rows] == [3, 3, 3]
    assert [row["accuracy"] for row in rows] == [0.6667, 0.6667, 0]


def test_an_interval_holds_its_figure() -> None:
    scores, part = one_of_three_wrong()
    figures, found = brief(scores, part.labels, part.majority()), intervals(scores, part)
    assert figures["accuracy"] == figures["majority_accuracy"] == 0.6667
    for name in ("accuracy", "majority_accuracy", "neutral_called_neutral"):
        low, high = found[name]
        assert low < 0.6667 < high


class TwoMinds:
    """Says fear by one head, neutral by the other and joined."""

    unsure_below = 0.3
    answers = ANSWERS

    def __init__(self, *files: Path) -> None:
        pass

    def predict_all(self, faces: list[np.ndarray], *, answers: tuple[str, ...]) -> dict[str, np.ndarray]:
        said = {"joined": 4, "labels": 2, "people": 4}
        return {answer: np.eye(7, dtype=np.float32)[np.full(len(faces), said[answer])] for answer in answers}

    def predict(self, faces: list[np.ndarray], *, answer: str) -> np.ndarray:
        return self.predict_all(faces, answers=(answer,))[answer]


def test_figures_are_of_the_answer_that_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluate.FacialExpressionModel", TwoMinds)
    data = load_dataset(write_folders(tmp_path / "fer", {"train": 1, "validation": 2}))
    figures = {answer: evaluate(data, "validation", tmp_path, None, answer=answer) for answer in ANSWERS}
    assert figures["joined"]["answers"].keys() == set(ANSWERS)
    assert figures["labels"]["per_emotion"]["fear"]["recall"] == 1
    assert figures["joined"]["per_emotion"]["fear"]["recall"] == figures["people"]["per_emotion"]["fear"]["recall"] == 0
    assert figures["people"]["per_emotion"]["neutral"]["recall"] == 1
    with pytest.raises(ModelError, match="not mine"):
        evaluate(data, "validation", tmp_path, None, answer="mine")
