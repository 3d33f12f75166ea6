"""The two files are read by this project, by plain Keras, and when Keras 2 wrote them."""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras2_model import FORMS, write_keras_2_files

from faces.errors import ModelError
from learn.network import ARCHITECTURES, Joining, build_finished, build_network
from learn.store import load_network, save_network


def some_network(arch: str = "compact", joining: Joining | None = None) -> keras.Model:
    """Built, with batch normalisation that does not happen to be the identity."""
    keras.utils.set_random_seed(3)
    network = build_finished(arch, joining)
    rng = np.random.default_rng(0)
    network.set_weights(
        [w + (w.ndim == 1) * rng.uniform(0, 0.2, w.shape).astype(np.float32) for w in network.get_weights()]
    )
    scores = network.predict(pictures(), verbose=0)
    assert all((some > 0.001).all() for some in scores.values()), "probabilities of 0 and 1 would hide a difference"
    return network


def pictures(count: int = 3) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (count, 48, 48, 1)).astype(np.float32)


def same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray], within: float = 1e-6) -> bool:
    return found.keys() == expected.keys() and all(
        np.abs(found[answer] - expected[answer]).max() < within for answer in expected
    )


@pytest.mark.parametrize("arch", ["compact", "half_resnet"])
def test_a_saved_network_answers_the_same_when_loaded(tmp_path: Path, arch: str) -> None:
    network = some_network(arch)
    files = save_network(network, tmp_path, {"unsure_below": 0.4})
    loaded = load_network(*files)
    assert same(loaded.predict(pictures(), verbose=0), network.predict(pictures(), verbose=0))
    assert json.loads(files[0].read_text())["calibration"] == {"unsure_below": 0.4}


def test_plain_keras_in_a_fresh_process_reads_both_files(tmp_path: Path) -> None:
    network = some_network()
    save_network(network, tmp_path, {"unsure_below": 0.4})
    np.save(tmp_path / "pictures.npy", pictures())
    code = (
        "import keras, numpy as np;"
        "network = keras.models.model_from_json(open('model.json').read());"
        "network.load_weights('model_weights.h5');"
        "np.savez('scores.npz', **network.predict(np.load('pictures.npy'), verbose=0))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    with np.load(tmp_path / "scores.npz") as scores:
        assert same(dict(scores), network.predict(pictures(), verbose=0), within=1e-5)


def test_weights_in_keras_3s_own_layout_load_under_the_old_name(tmp_path: Path) -> None:
    network = some_network()
    model_json, model_weights = save_network(network, tmp_path, {})
    network.save_weights(tmp_path / "own.weights.h5")
    (tmp_path / "own.weights.h5").replace(model_weights)
    loaded = load_network(model_json, model_weights)
    assert same(loaded.predict(pictures(), verbose=0), network.predict(pictures(), verbose=0))


@pytest.mark.parametrize("form", FORMS)
def test_files_of_keras_2_load(tmp_path: Path, form: str) -> None:
    written = write_keras_2_files(tmp_path, form)
    network = load_network(tmp_path / "model.json", tmp_path / "model_weights.h5")
    for expected, weight in zip(written.values(), network.get_weights(), strict=True):
        assert np.array_equal(expected, weight)
    assert network.predict(pictures(), verbose=0).sum(1) == pytest.approx([1, 1, 1], abs=1e-5)


def test_a_network_that_was_compiled_for_training_loads_without_that(tmp_path: Path) -> None:
    network = keras.Sequential(
        [keras.layers.Input((48, 48, 1)), keras.layers.Flatten(), keras.layers.Dense(7, "softmax")]
    )
    network.compile("adam", "categorical_crossentropy")
    files = save_network(network, tmp_path, {})
    assert "Adam" in files[0].read_text()
    loaded = load_network(*files)
    assert not loaded.compiled
    assert loaded.predict(pictures(), verbose=0) == pytest.approx(network.predict(pictures(), verbose=0), abs=1e-6)


def test_an_architecture_without_layers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text('{"class_name": "Sequential", "config": []}')
    with pytest.raises(ModelError, match="cannot be rebuilt"):
        load_network(tmp_path / "model.json", tmp_path / "model_weights.h5")


def test_a_network_with_other_inputs_is_refused(tmp_path: Path) -> None:
    inputs = keras.layers.Input((64, 64, 1))
    other = keras.Model(inputs, keras.layers.Dense(7)(keras.layers.Flatten()(inputs)))
    files = save_network(other, tmp_path, {})
    with pytest.raises(ModelError, match=r"takes \(64, 64, 1\)"):
        load_network(*files)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, value: float) -> None:
    network = some_network()
    logits = network.get_layer("people_logits")
    logits.set_weights([weight + value for weight in logits.get_weights()])
    with pytest.raises(ModelError, match="NaN or infinite"):
        load_network(*save_network(network, tmp_path, {}))


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    model_json, model_weights = save_network(some_network(), tmp_path, {})
    (tmp_path / "other").mkdir()
    _, other_weights = save_network(some_network("classic"), tmp_path / "other", {})
    other_weights.replace(model_weights)
    with pytest.raises(ModelError, match="does not fit"):
        load_network(model_json, model_weights)


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_every_architecture_has_four_blocks_and_ends_in_probabilities(arch: str) -> None:
    network = build_network(arch)
    assert {layer.name.split("_")[0] for layer in network.layers if layer.name.startswith("block")} == {
        "block1",
        "block2",
        "block3",
        "block4",
    }
    assert network.count_params() <= 6_000_000
    scores = network.predict(pictures(), verbose=0)
    assert scores.keys() == {"labels", "people"}
    assert all(some.sum(1) == pytest.approx([1, 1, 1], abs=1e-5) for some in scores.values())


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_the_finished_network_takes_the_weights_of_the_one_that_learns(arch: str) -> None:
    learns, finished = build_network(arch), build_finished(arch)
    assert [weight.path for weight in learns.weights] == [weight.path for weight in finished.weights]


def test_what_is_cut_off_does_not_matter() -> None:
    network = build_network("vgg")
    face = pictures()
    framed = face.copy()
    framed[:, :4] = framed[:, -4:] = framed[:, :, :4] = framed[:, :, -4:] = 0
    assert same(network.predict(framed, verbose=0), network.predict(face, verbose=0))


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits)
    return np.asarray(powers / powers.sum(1, keepdims=True))


def test_the_mirrored_network_takes_the_mean_of_both_sides() -> None:
    both, one = some_network(), build_network()
    one.set_weights(both.get_weights())
    face = pictures()
    sides = [one.predict(side, verbose=0) for side in (face, face[:, :, ::-1])]
    for head in ("labels", "people"):
        logits = [np.log(side[head]) for side in sides]
        assert both.predict(face, verbose=0)[head] == pytest.approx(softmax(np.mean(logits, axis=0)), abs=1e-5)
        assert np.abs(logits[0] - logits[1]).max() > 1e-4


def test_the_joined_answer_mixes_the_calibrated_logits_of_both_heads() -> None:
    offset = (0.4, -0.3, 0.2, 0.0, -0.5, 0.1, 0.0)
    joining = Joining(offset, labels_share=0.3, labels_temperature=1.5, people_temperature=0.8, joined_temperature=1.2)
    plain, joined = some_network(), some_network(joining=joining)
    before, scores = plain.predict(pictures(), verbose=0), joined.predict(pictures(), verbose=0)
    labels, people = (np.log(before["labels"]) + offset) / 1.5, np.log(before["people"]) / 0.8
    assert scores["labels"] == pytest.approx(softmax(labels), abs=1e-5)
    assert scores["people"] == pytest.approx(softmax(people), abs=1e-5)
    assert scores["joined"] == pytest.approx(softmax((0.3 * labels + 0.7 * people) / 1.2), abs=1e-5)
    assert np.abs(scores["labels"] - scores["people"]).max() > 1e-3


def test_pixels_from_0_to_1_and_from_0_to_255_are_the_same_picture() -> None:
    network = some_network()
    bright = network.predict(pictures(), verbose=0)
    assert same(network.predict(pictures() / 255, verbose=0), bright, within=1e-3)
