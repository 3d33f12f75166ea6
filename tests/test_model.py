"""The classifier answers with what its two files say, and refuses what it cannot trust."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from pictures import drawn_face

from faces.emotions import EMOTIONS
from faces.errors import ModelError
from faces.places import MODEL_JSON, MODEL_WEIGHTS, PROGRAM
from faces.records import Box
from learn.compile import compile_files
from learn.compiled import compiled_form, read_architecture, read_compiled, said_of_majority, unsure_threshold
from learn.network import Joining, build_finished
from learn.store import save_network
from model import BATCHES, EMOTIONS_LIST, FacialExpressionModel

MODEL_FILES = ("model.json", "model_weights.h5", "model.tflite", "model.sha256")


@pytest.fixture(scope="module")
def model() -> FacialExpressionModel:
    return FacialExpressionModel()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in MODEL_FILES:
        shutil.copy(PROGRAM / name, tmp_path)
    return tmp_path


def faces(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [drawn_face(EMOTIONS[i % 7], rng) for i in range(count)]


def load(folder: Path) -> FacialExpressionModel:
    return FacialExpressionModel(folder / "model.json", folder / "model_weights.h5")


@pytest.mark.parametrize("count", [0, 1, 2, 7, 20])
def test_any_number_of_faces_gets_seven_probabilities_each(model: FacialExpressionModel, count: int) -> None:
    scores = model.predict(faces(count))
    assert scores.shape == (count, 7)
    assert scores.dtype == np.float32
    assert scores.sum(1) == pytest.approx(np.ones(count), abs=1e-4)


def test_a_face_scores_the_same_alone_and_in_a_batch(model: FacialExpressionModel) -> None:
    given = faces(sum(BATCHES))
    together = model.predict(given)
    alone = np.concatenate([model.predict([face]) for face in given])
    assert together == pytest.approx(alone, abs=1e-4)


def test_brightness_and_contrast_of_the_room_do_not_matter(model: FacialExpressionModel) -> None:
    given = np.stack(faces(7))
    dim = (given // 4 * 2 + 10).astype(np.uint8)
    full = (given // 4 * 4).astype(np.uint8)
    assert model.predict(list(dim)) == pytest.approx(model.predict(list(full)), abs=0.02)


@contextmanager
def compiled_here() -> Iterator[None]:
    """The compiler runs in this process, which has TensorFlow already; those that start a process have their tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("learn.compiled._compile_elsewhere", compile_files)
        yield


@pytest.fixture(scope="module")
def two_heads(tmp_path_factory: pytest.TempPathFactory) -> tuple[FacialExpressionModel, keras.Model]:
    """A compiled network whose three answers differ, and the same before it was compiled."""
    keras.utils.set_random_seed(1)
    network = build_finished("compact", Joining(labels_share=0.25, joined_temperature=0.5))
    for head in ("labels", "people"):
        logits = network.get_layer(f"{head}_logits")
        logits.set_weights([20 * weight for weight in logits.get_weights()])
    files = save_network(network, tmp_path_factory.mktemp("two"), {"unsure_below": 0.3})
    with compiled_here():
        return FacialExpressionModel(*files), network


@pytest.mark.parametrize("count", [0, 1, 3, 9])
def test_each_answer_is_the_one_that_the_network_gives_under_that_name(
    two_heads: tuple[FacialExpressionModel, keras.Model], count: int
) -> None:
    model, network = two_heads
    given = faces(count)
    assert model.answers == ("joined", "labels", "people")
    for answer in model.answers:
        scores = model.predict(given, answer=answer)
        assert scores.shape == (count, 7)
        if count:
            pictures = np.array(given, np.float32)[..., None]
            assert scores == pytest.approx(network.predict(pictures, verbose=0)[answer], abs=0.03)  # 8-bit weights
    if count:
        joined, labels, people = model.predict_all(given).values()
        assert np.array_equal(model.predict(given), joined)
        assert np.abs(labels - people).max() > 0.05


def test_a_network_with_one_head_has_the_joined_answer_and_says_so(copy: Path) -> None:
    inputs = keras.layers.Input((48, 48, 1))
    network = keras.Model(inputs, keras.layers.Dense(7, "softmax")(keras.layers.Flatten()(inputs)))
    with compiled_here():
        model = FacialExpressionModel(*save_network(network, copy, {}))
    assert model.answers == ("joined",)
    assert model.predict(faces(2)).shape == (2, 7)
    with pytest.raises(ModelError, match="answers joined, not people"):
        model.predict(faces(2), answer="people")


def test_an_answer_that_nobody_gives_is_refused(model: FacialExpressionModel) -> None:
    with pytest.raises(ModelError, match="not mine"):
        model.predict(faces(1), answer="mine")


@pytest.mark.parametrize("form", ["(48, 48)", "(1, 48, 48, 1)", "(120, 90)", "(60, 60, 3)"])
def test_predict_emotion_names_one_of_the_seven(model: FacialExpressionModel, form: str) -> None:
    shape = tuple(int(side) for side in form.strip("()").split(","))
    image = np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)
    assert model.predict_emotion(image) in EMOTIONS_LIST


def test_faces_of_one_frame_are_classified_together(model: FacialExpressionModel) -> None:
    image = np.random.default_rng(0).integers(0, 255, (240, 320, 3)).astype(np.uint8)
    boxes = [Box(10, 10, 80, 80), Box(-20, 100, 90, 90), Box(250, 180, 100, 100, 20.0)]
    assert model.classify(image, boxes).shape == (3, 7)
    assert model.classify(image, []).shape == (0, 7)


def test_labels_match_the_order_of_the_network_outputs() -> None:
    assert tuple(EMOTIONS_LIST) == EMOTIONS == ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")


def test_the_shipped_compiled_form_belongs_to_the_shipped_files() -> None:
    assert read_compiled(MODEL_JSON, MODEL_WEIGHTS) is not None


def test_a_checkout_with_other_line_endings_keeps_the_checksums() -> None:
    if not (PROGRAM / ".git").exists():
        pytest.skip("not a git checkout")
    # What git calls "text: unset" it never converts, also on Windows.
    told = subprocess.run(
        ["git", "check-attr", "text", "--", *MODEL_FILES], cwd=PROGRAM, capture_output=True, text=True, check=True
    )
    assert told.stdout.count("text: unset") == len(MODEL_FILES)


def test_serving_does_not_load_tensorflow() -> None:
    code = (
        "import sys, numpy as np; from model import FacialExpressionModel;"
        "FacialExpressionModel().predict([np.eye(48, dtype=np.uint8)]);"
        "print([name for name in ('tensorflow', 'keras', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROGRAM, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["model.json", "model_weights.h5"])
def test_a_stale_compiled_form_is_never_used(copy: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[Path] = []

    def refuse(model_json: Path, model_weights: Path) -> None:
        compiled.append(model_json)
        raise ModelError("compiled anew")

    monkeypatch.setattr("learn.compiled._compile_elsewhere", refuse)
    load(copy)
    assert not compiled
    with (copy / name).open("ab") as file:
        file.write(b"\n")
    with pytest.raises(ModelError, match="compiled anew"):
        load(copy)
    assert compiled


def test_a_damaged_compiled_form_is_never_used(copy: Path) -> None:
    content = bytearray((copy / "model.tflite").read_bytes())
    content[len(content) // 2] ^= 255
    (copy / "model.tflite").write_bytes(content)
    assert read_compiled(copy / "model.json", copy / "model_weights.h5") is None


@pytest.mark.parametrize("name", ["model.json", "model_weights.h5"])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(ModelError, match=f"{name} does not exist"):
        load(copy)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"class_name": "Functional"}', "[" * 100_000, '{"config":' * 2000 + "0" + "}" * 2000],
    ids=range(6),
)
def test_a_damaged_architecture_is_refused(copy: Path, content: str) -> None:
    (copy / "model.json").write_text(content)
    with pytest.raises(ModelError, match=r"model\.json"):
        load(copy)


def smuggle(copy: Path, layer: dict[str, object]) -> None:
    architecture = json.loads((copy / "model.json").read_text())
    architecture["config"]["layers"].append(layer)
    (copy / "model.json").write_text(json.dumps(architecture))


@pytest.mark.parametrize(
    "layer",
    [
        {"module": "keras.layers", "class_name": "Lambda", "config": {"function": "cHJpbnQ="}},
        {"module": "os", "class_name": "Dense", "config": {}},
        {"module": "keras.layers", "class_name": "Dense", "registered_name": "evil>Dense", "config": {}},
        {"class_name": "TFOpLambda", "config": {"function": "math.add"}},
        {"module": "builtins", "class_name": "function", "config": "exec", "registered_name": "function"},
        {"module": "builtins", "class_name": "function", "config": {"name": "relu"}},
        {"module": "keras.layers", "class_name": ["Dense"], "config": {}},
    ],
)
def test_a_file_that_brings_code_is_refused(copy: Path, layer: dict[str, object]) -> None:
    smuggle(copy, layer)
    with pytest.raises(ModelError, match="not on the list"):
        load(copy)


def test_the_unsure_threshold_comes_with_the_weights(copy: Path) -> None:
    architecture = read_architecture(copy / "model.json")
    assert unsure_threshold(copy / "model.json") == architecture["calibration"]["unsure_below"]
    del architecture["calibration"]
    (copy / "model.json").write_text(json.dumps(architecture))
    assert unsure_threshold(copy / "model.json") == 0.5


@pytest.mark.parametrize("calibration", [None, [0.4], {"unsure_below": "high"}, {"unsure_below": 40}])
def test_a_threshold_that_is_no_share_is_refused(copy: Path, calibration: object) -> None:
    architecture = json.loads((copy / "model.json").read_text())
    (copy / "model.json").write_text(json.dumps({**architecture, "calibration": calibration}))
    with pytest.raises(ModelError, match="number from 0 to 1"):
        load(copy)


def test_what_is_said_of_a_majority_comes_with_the_weights(copy: Path, model: FacialExpressionModel) -> None:
    architecture = read_architecture(copy / "model.json")
    assert model.confusion is not None
    assert model.confusion.shape == (7, 8)
    assert model.confusion.tolist() == architecture["calibration"]["confusion"]
    del architecture["calibration"]["confusion"]
    (copy / "model.json").write_text(json.dumps(architecture))
    assert said_of_majority(copy / "model.json") is None


@pytest.mark.parametrize("table", [7, [[1] * 7] * 7, [[-1] * 8] * 7, [["a"] * 8] * 7, [[1] * 8] * 6 + [[1]]])
def test_a_confusion_of_another_form_is_refused(copy: Path, table: object) -> None:
    architecture = json.loads((copy / "model.json").read_text())
    architecture["calibration"]["confusion"] = table
    (copy / "model.json").write_text(json.dumps(architecture))
    with pytest.raises(ModelError, match="7 rows of 8 counts"):
        said_of_majority(copy / "model.json")


def test_how_a_network_was_compiled_is_left_out_and_never_built(copy: Path) -> None:
    architecture = read_architecture(copy / "model.json")
    compiled = json.loads(json.dumps(architecture))
    training = {"optimizer": {"module": "os", "class_name": "system", "config": {}}, "loss": "mse"}
    compiled["compile_config"] = compiled["config"]["layers"][3]["compile_config"] = training
    (copy / "model.json").write_text(json.dumps(compiled))
    assert read_architecture(copy / "model.json") == architecture


def test_weights_of_another_shape_are_refused(copy: Path) -> None:
    architecture = json.loads((copy / "model.json").read_text())
    for layer in architecture["config"]["layers"]:
        if str(layer["config"].get("name")).endswith("dense1"):
            layer["config"]["units"] = 64
    (copy / "model.json").write_text(json.dumps(architecture))
    with compiled_here(), pytest.raises(ModelError, match=r"cannot be rebuilt|does not fit"):
        compiled_form(copy / "model.json", copy / "model_weights.h5")


def test_damaged_weights_are_refused(copy: Path) -> None:
    (copy / "model_weights.h5").write_bytes(b"not hdf5")
    with pytest.raises(ModelError, match="damaged"):
        load(copy)


def test_finite_weights_that_are_far_too_large_are_refused(copy: Path) -> None:
    with h5py.File(copy / "model_weights.h5", "r+") as file:
        kernels: list[h5py.Dataset] = []
        file.visititems(lambda _, item: kernels.append(item) if isinstance(item, h5py.Dataset) else None)
        for kernel in kernels:
            kernel[...] = kernel[...] * 1e30
    with compiled_here(), pytest.raises(ModelError, match="answers with NaN"):
        compiled_form(copy / "model.json", copy / "model_weights.h5")


def test_a_compiler_that_does_not_end_is_stopped_and_told(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learn.compiled.COMPILE_SECONDS", 0.01)
    (copy / "model.sha256").unlink()
    with pytest.raises(ModelError, match=r"not compiled within 0.01 seconds"):
        load(copy)


def test_new_weights_are_compiled_by_themselves(copy: Path) -> None:
    before = load(copy).predict(faces(3))
    (copy / "model.sha256").unlink()
    (copy / "model.tflite").unlink()
    assert load(copy).predict(faces(3)) == pytest.approx(before, abs=1e-4)
    assert (copy / "model.tflite").stat().st_size > 0
