"""Tests of learn/explain.py and of the page that its figures and numbers stand in."""

import hashlib
import json
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from faces.emotions import EMOTIONS
from faces.errors import InputError
from faces.places import CASCADE_FILE, MODEL_JSON, MODEL_WEIGHTS
from learn import explain
from learn.explain import ExplainedFrame, moment_of, scores_of, trunk_outputs, what_hiding_costs
from learn.explain_cascade import WINDOW, read_cascade, search
from learn.store import load_network

PAGE = Path(__file__).parent.parent / "docs" / "how_it_works.md"
NUMBERS = json.loads((explain.FOLDER / "numbers.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def network() -> keras.Model:
    return load_network(MODEL_JSON, MODEL_WEIGHTS)


@pytest.fixture(scope="module")
def moment(network: keras.Model) -> ExplainedFrame:
    return moment_of(network, explain.MOMENTS[-1])


def test_the_figures_are_of_the_shipped_weights() -> None:
    """When this is red: python -m learn.explain, and read the page again beside its new pictures."""
    assert NUMBERS["of"] == hashlib.sha256(MODEL_WEIGHTS.read_bytes()).hexdigest()


def test_the_page_quotes_what_was_counted() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    left, shapes = NUMBERS["cascade"]["left"], NUMBERS["shapes"]
    values = [int(np.prod(shapes[f"block{block}_dropout"])) for block in (1, 2, 3, 4)]
    quoted = [f"{number:,}" for number in (NUMBERS["weights"], left[0], *values)]
    quoted += [
        f"out {1 - left[1] / left[0]:.0%}".replace("%", " %"),
        f"only {NUMBERS['cascade']['rules_per_window']:.0f}",
    ]
    assert [number for number in quoted if number not in text] == []
    assert round(left[0] / left[5]) == 14 and "one in fourteen" in text


def test_the_page_says_of_three_faces_what_the_network_says_of_them() -> None:
    first, middle, last = NUMBERS["scores"]
    assert max(first, key=first.get) == "sad" and max(last, key=last.get) == "happy"
    assert sorted(middle, key=middle.get)[-3:] == ["fear", "neutral", "surprise"]
    assert middle["surprise"] == pytest.approx(0.475, abs=0.02)
    assert middle["neutral"] == pytest.approx(0.2, abs=0.02) and middle["fear"] == pytest.approx(0.2, abs=0.02)


def test_every_figure_stands_in_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    figures = sorted(file.name for file in explain.FOLDER.glob("*.png"))
    assert len(figures) > 5 and [name for name in figures if f"(how_it_works/{name})" not in text] == []


def test_the_blocks_halve_the_side_and_end_where_the_dense_layers_begin(
    network: keras.Model, moment: ExplainedFrame
) -> None:
    outputs = trunk_outputs(network, moment.face)
    assert [outputs[f"block{block}_dropout"].shape[0] for block in (1, 2, 3, 4)] == [24, 12, 6, 3]
    standardised = outputs["standardise"]
    assert standardised.mean() == pytest.approx(0, abs=1e-4) and standardised.std() == pytest.approx(1, abs=1e-3)
    assert min(outputs["block1_relu1"].min(), outputs["block4_relu2"].min()) == 0


def test_scores_are_those_of_the_whole_network(network: keras.Model, moment: ExplainedFrame) -> None:
    assert moment.scores.shape == (len(EMOTIONS),) and moment.scores.sum() == pytest.approx(1, abs=1e-5)
    assert moment.strongest == "happy"
    assert scores_of(network, np.stack([moment.face] * 2)) == pytest.approx(np.stack([moment.scores] * 2), abs=1e-5)


def test_hiding_the_mouth_costs_more_than_hiding_a_corner(network: keras.Model, moment: ExplainedFrame) -> None:
    costs = what_hiding_costs(network, moment)
    assert costs.shape == (48, 48)
    assert costs[30:44, 8:36].mean() > costs[:10, 38:].mean()


def test_a_moment_without_a_face_is_told(network: keras.Model) -> None:
    with pytest.raises(InputError, match=r"demo\.mp4 shows no face at 4\.5 s"):
        moment_of(network, 4.5)


def test_the_cascade_in_numpy_passes_every_window_that_opencv_passes(moment: ExplainedFrame) -> None:
    small = np.asarray(cv2.resize(moment.frame, (60, 34), interpolation=cv2.INTER_AREA), np.uint8)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    theirs = cv2.CascadeClassifier(str(CASCADE_FILE)).detectMultiScale(
        grey, minNeighbors=0, minSize=(WINDOW, WINDOW), maxSize=(WINDOW, WINDOW)
    )
    found = search(read_cascade(), small)
    ours = {(x, y) for x, y, side in found.boxes if side == WINDOW}
    assert len(theirs) > 3
    assert {(float(x), float(y)) for x, y, _, _ in theirs} <= ours
    assert len(ours) < 40 < found.left[0]
