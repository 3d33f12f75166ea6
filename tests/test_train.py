"""A small training run makes every file, goes on after being killed, and can be trusted to say what goes wrong."""

import contextlib
import csv
import errno
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from pictures import write_folders

from faces.emotions import EMOTIONS
from faces.errors import SettingsError
from faces.places import PROGRAM
from learn.augment import varied, webcam
from learn.batches import Batches
from learn.checkpoint import Checkpoint, FiniteLoss
from learn.dataset import Dataset
from learn.distil import TeacherAnswers, copy_weights
from learn.fit import Validate, compile_network, leave_trunk
from learn.network import HEADS, build_network
from learn.options import parse, recipe_of
from learn.reading import load_dataset
from learn.recipe import TAUGHT_STRENGTH, Recipe, learning_rate, strength
from learn.run import finish, learn
from learn.store import load_network
from model import FacialExpressionModel
from train import main, own_folder, summary

FILES = [
    "model.json",
    "model_weights.h5",
    "model.tflite",
    "model.sha256",
    "model.png",
    "curves.png",
    "confusion.png",
    "per_emotion.png",
    "reliability.png",
    "surest_mistakes.png",
    "figures.json",
    "training_log.csv",
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folders(tmp_path_factory.mktemp("fer"), {"train": 24, "validation": 6})


def command(data: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "train.py", "--data", str(data), "--out", str(out), "--batch", "28", *more]


def train_apart(data: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(data, out, *more), cwd=PROGRAM, capture_output=True, text=True, check=False)


def train(data: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The same in this process, which has TensorFlow already: that alone takes 10 s."""
    said, warned = io.StringIO(), io.StringIO()
    arguments = command(data, out, *more)[2:]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(warned):
        code = main(arguments)
    return subprocess.CompletedProcess(arguments, code, said.getvalue(), warned.getvalue())


def learn_only(data: Path, out: Path, *more: str) -> Checkpoint:
    """The same without what follows the last epoch: the calibrated network, its compiled form, figures and charts."""
    options = parse(command(data, out, *more)[2:], description="")
    return learn(load_dataset(data), recipe_of(options), out, resume=options.resume, start=options.start)


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two epochs without a break."""
    out = tmp_path_factory.mktemp("run")
    done = train_apart(data, out, "--epochs", "2")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.strip().splitlines()[-1])["pictures"] == 42
    return out


def test_one_run_writes_every_file(run: Path) -> None:
    assert [name for name in FILES if not (run / name).is_file()] == []
    with (run / "training_log.csv").open() as log:
        rows = list(csv.DictReader(log))
    assert [row["epoch"] for row in rows] == ["0", "1"]
    assert all(0 <= float(row["waiting"]) < 1 for row in rows)


def train_until_first_checkpoint(data: Path, out: Path, end: str, *more: str) -> subprocess.CompletedProcess[str]:
    """The same in a process that runs the statement `end` as soon as its first checkpoint is written."""
    code = (
        "import os, sys; from learn.checkpoint import Checkpoint; from train import main\n"
        "write = Checkpoint.on_epoch_end\n"
        "def write_and_end(self, epoch, logs=None):\n"
        "    write(self, epoch, logs)\n"
        f"    {end}\n"
        "Checkpoint.on_epoch_end = write_and_end\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    program = [sys.executable, "-c", code, *command(data, out, *more)[2:]]
    environment = {"KERAS_BACKEND": "tensorflow", **os.environ}
    return subprocess.run(
        program, cwd=PROGRAM, env=environment, capture_output=True, text=True, check=False, timeout=900
    )


def test_a_killed_run_goes_on_exactly_where_it_was(
    data: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    killed = train_until_first_checkpoint(data, tmp_path, "os._exit(9)", "--epochs", "2")
    assert killed.returncode == 9, killed.stderr
    assert json.loads((tmp_path / "checkpoints/even.json").read_text())["epoch"] == 0
    with (tmp_path / "training_log.csv").open("a") as log:
        log.write("1,0.9")  # as if it was killed later, while it wrote of an epoch whose checkpoint is not there yet
    learn_only(data, tmp_path, "--epochs", "2", "--resume")
    assert "Going on with epoch 2 of 2" in capsys.readouterr().out
    expected = np.genfromtxt(run / "training_log.csv", delimiter=",", names=True)
    found = np.genfromtxt(tmp_path / "training_log.csv", delimiter=",", names=True)
    assert found["loss"] == pytest.approx(expected["loss"], abs=1e-3)
    assert found["val_loss"] == pytest.approx(expected["val_loss"], abs=1e-3)


def test_ctrl_c_keeps_the_best_so_far(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Checkpoint.on_epoch_end

    def write_and_press(checkpoint: Checkpoint, epoch: int, logs: dict[str, float] | None = None) -> None:
        write(checkpoint, epoch, logs)
        raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "on_epoch_end", write_and_press)
    done = train(data, tmp_path, "--epochs", "500")
    assert done.returncode == 0, done.stderr
    assert "--resume" in done.stdout
    assert (tmp_path / "model_weights.h5").is_file()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_loss_that_is_not_finite_writes_nothing_over(data: Path, run: Path, tmp_path: Path) -> None:
    out = shutil.copytree(run, tmp_path / "out")
    done = train(data, out, "--epochs", "3", "--rate", "1e38", "--resume")
    assert done.returncode == 1
    assert (
        "became NaN or infinite in epoch 3: lower --rate (now 1e+38); --resume continues after epoch 2" in done.stderr
    )
    assert contents(out) == contents(run)


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_stops_the_first_epoch(tmp_path: Path, loss: float) -> None:
    guard = FiniteLoss(Checkpoint(tmp_path, Recipe()), Recipe())
    guard.on_train_batch_end(0, {"loss": 1.9})
    guard.on_epoch_end(0, {"loss": 1.9, "val_loss": 1.9})
    with pytest.raises(SettingsError, match="no epoch was completed"):
        guard.on_train_batch_end(0, {"loss": loss})
    with pytest.raises(SettingsError, match="lower --rate"):  # the last step broke the weights
        guard.on_epoch_end(0, {"loss": 1.9, "val_loss": loss})


def test_unsure_begins_where_people_disagree_and_not_the_labels(
    data: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten people who say just what the network says leave nothing to be unsure about, whatever the labels are."""
    monkeypatch.setattr("learn.joining.MAJORITY_COST", 0.0)
    monkeypatch.setattr("learn.run.compiled_form", lambda *files: None)  # nothing here reads it
    loaded = load_dataset(data)
    part = loaded["validation"]
    model = FacialExpressionModel(run / "model.json", run / "model_weights.h5")
    scores = model.predict(list(part.images), answer="people")
    votes = np.zeros((len(part), 10), np.float32)
    votes[np.arange(len(part)), scores.argmax(1)] = 10
    wrong = (scores.argmax(1) + 1) % 7
    agreed = Dataset({**loaded.splits, "validation": replace(part, votes=votes, labels=wrong)})
    shutil.copy(run / "training_log.csv", tmp_path)
    finish(agreed, Recipe(epochs=2), Checkpoint(run / "checkpoints", Recipe()).best_weights(), tmp_path)
    calibration = json.loads((tmp_path / "model.json").read_text())["calibration"]
    assert calibration["unsure_below"] == pytest.approx(1 / 7, abs=0.01)


def test_an_earlier_run_is_not_overwritten(data: Path, run: Path) -> None:
    done = train(data, run, "--epochs", "2")
    assert done.returncode == 1
    assert "--resume" in done.stderr


def test_a_run_that_was_killed_after_its_last_epoch_only_ends(
    data: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(run / "checkpoints", tmp_path / "checkpoints")
    learned = learn(load_dataset(data), Recipe(batch=28, epochs=2, warmup=0), tmp_path, resume=True)
    assert "All 2 epochs are learned" in capsys.readouterr().out
    assert (learned.folder / "best.npz").read_bytes() == (run / "checkpoints/best.npz").read_bytes()


@pytest.mark.parametrize(
    ("then", "now", "named"),
    [
        ({"arch": "compact"}, {"arch": "classic"}, "with --arch compact: do the same"),
        ({"batch": 28, "seed": 0}, {"batch": 64, "seed": 1}, "with --batch 28 and with --seed 0: do the same"),
        ({"votes": True}, {"votes": False, "votes_share": 0.0}, "with --votes: do the same"),
        ({"teachers": ("a", "b:people")}, {}, "with --teachers a b:people: do the same"),
    ],
)
def test_another_kind_of_run_is_not_resumed(
    tmp_path: Path, then: dict[str, Any], now: dict[str, Any], named: str
) -> None:
    checkpoint_of(tmp_path, Recipe(**then))
    with pytest.raises(SettingsError, match=f"{named} to resume it, or give another --out"):
        Checkpoint(tmp_path, Recipe(**now)).restore(Weightless())


def test_a_resumed_run_may_be_longer_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkpoint_of(tmp_path, Recipe(epochs=46))
    assert Checkpoint(tmp_path, Recipe(epochs=46)).restore(Weightless()) == 1
    assert capsys.readouterr().out == ""
    assert Checkpoint(tmp_path, Recipe(epochs=60, rate=1e-3)).restore(Weightless()) == 1
    assert capsys.readouterr().out == "Unlike before: epochs 60 (was 46), rate 0.001 (was 0.002).\n"


class Weightless:
    """A network as far as a checkpoint knows one."""

    def __init__(self) -> None:
        self.weights = [keras.Variable(np.zeros(3, np.float32))]
        self.optimizer = SimpleNamespace(variables=[keras.Variable(np.ones(2, np.float32))])


def value_of(network: Weightless) -> float:
    return float(keras.ops.convert_to_numpy(network.weights[0])[0])


def epochs_of(folder: Path, count: int) -> None:
    """A run of `count` epochs whose only weight is the number of the last one; the first was the best."""
    network, checkpoint = Weightless(), Checkpoint(folder, Recipe())
    checkpoint.set_model(network)
    for epoch in range(count):
        network.weights[0].assign(np.full(3, epoch, np.float32))
        checkpoint.on_epoch_end(epoch, {"val_choice": 0.9 - epoch / 10})


@pytest.mark.parametrize("name", ["odd.npz", "odd.json"])
@pytest.mark.parametrize("content", [None, b"", b"{", b"half of it"])
def test_after_half_a_checkpoint_the_one_before_goes_on(tmp_path: Path, name: str, content: bytes | None) -> None:
    epochs_of(tmp_path, 4)
    file = tmp_path / name
    file.unlink() if content is None else file.write_bytes(content)
    network, checkpoint = Weightless(), Checkpoint(tmp_path, Recipe())
    assert checkpoint.restore(network) == 3
    assert value_of(network) == 2
    assert checkpoint.best_epoch == 0


@pytest.mark.parametrize("name", ["best.npz", "best.json"])
def test_damaged_best_weights_are_said_and_chosen_again(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    epochs_of(tmp_path, 3)
    (tmp_path / name).write_bytes(b"half")
    network, checkpoint = Weightless(), Checkpoint(tmp_path, Recipe())
    assert checkpoint.restore(network) == 3
    assert "chosen anew" in capsys.readouterr().out
    with pytest.raises(SettingsError, match=r"best weights .* are damaged"):
        checkpoint.best_weights()
    checkpoint.set_model(network)
    checkpoint.on_epoch_end(3, {"val_choice": 0.1})
    assert checkpoint.best_weights()[0].tolist() == [2, 2, 2]


def test_a_run_with_nothing_whole_is_told_in_words(tmp_path: Path) -> None:
    epochs_of(tmp_path, 3)
    for file in tmp_path.glob("*.npz"):
        file.write_bytes(b"half")
    with pytest.raises(SettingsError, match=r"Nothing in .* is complete"):
        Checkpoint(tmp_path, Recipe()).restore(Weightless())


def test_a_full_disk_is_told_and_the_checkpoint_before_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    epochs_of(tmp_path, 3)
    write = Path.write_bytes

    def full(file: Path, content: bytes) -> int:
        write(file, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    network, checkpoint = Weightless(), Checkpoint(tmp_path, Recipe())
    checkpoint.restore(network)
    checkpoint.set_model(network)
    with pytest.raises(SettingsError, match=r"No space left on device.*--resume"):
        checkpoint.on_epoch_end(3, {"val_choice": 0.1})
    assert list(tmp_path.glob("*.part")) == []
    assert Checkpoint(tmp_path, Recipe()).restore(network) == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
def test_a_disk_that_is_full_for_the_log_is_told_in_words(data: Path, tmp_path: Path) -> None:
    (tmp_path / "training_log.csv").symlink_to("/dev/full")
    done = train(data, tmp_path, "--epochs", "1")
    assert done.returncode == 1
    assert "No space left on device" in done.stderr and "--resume" in done.stderr
    assert "Traceback" not in done.stderr


def checkpoint_of(folder: Path, recipe: Recipe) -> None:
    """What is there after one epoch."""
    checkpoint = Checkpoint(folder, recipe)
    checkpoint.set_model(Weightless())
    checkpoint.on_epoch_end(0, {"val_choice": 0.5})


def test_a_run_can_start_from_weights_that_exist(
    data: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where it was killed before its first epoch ended and is resumed."""
    learned = learn_only(data, tmp_path, "--start", str(run), "--epochs", "1", "--rate", "1e-9", "--resume")
    assert "holds no finished epoch to go on from" in capsys.readouterr().out
    network = build_network()
    network.set_weights(learned.best_weights())
    with h5py.File(run / "model_weights.h5") as before:
        kernel = np.asarray(before["block4_conv2/block4_conv2/kernel"])
    assert network.get_layer("block4_conv2").get_weights()[0] == pytest.approx(kernel, abs=1e-6)


def test_the_heads_can_learn_alone(data: Path) -> None:
    recipe = Recipe(batch=28)
    network = build_network()
    before = {layer.name: layer.get_weights() for layer in network.layers if layer.weights}
    leave_trunk(network)
    compile_network(network, recipe)
    network.train_on_batch(*Batches(load_dataset(data)["train"], recipe)[0])
    changed = {
        name
        for name, weights in before.items()
        if not all(map(np.array_equal, weights, network.get_layer(name).get_weights()))
    }
    heads = {name for name in before if name.startswith(HEADS)}
    assert changed == heads
    assert len(heads) == 10


def test_weights_of_another_network_are_refused(data: Path, run: Path, tmp_path: Path) -> None:
    done = train(data, tmp_path, "--start", str(run), "--arch", "classic")
    assert done.returncode == 1
    assert "another network than --arch classic" in done.stderr


def test_a_run_has_a_folder_of_its_own_and_resume_takes_the_newest(tmp_path: Path) -> None:
    assert own_folder(tmp_path, resume=False) == own_folder(tmp_path, resume=True) == tmp_path / "1"
    for name in ("1", "9", "10", "classic"):
        (tmp_path / name).mkdir()
    assert own_folder(tmp_path, resume=False) == tmp_path / "11"
    assert own_folder(tmp_path, resume=True) == tmp_path / "10"


def test_a_run_ends_in_words_for_people_and_a_line_for_programs(data: Path, tmp_path: Path) -> None:
    answers = {name: {"accuracy": 0.7, "majority_accuracy": 0.9} for name in ("labels", "joined")}
    figures = {"pictures": 3588, "answers": answers, "intervals": {"accuracy": [0.68, 0.72]}}
    text = summary(load_dataset(data), figures, 3, 60, tmp_path)
    assert "Epoch 4 of 60 was the best" in text
    assert "70.0% (with other pictures like these 68% to 72%)" in text
    assert f"python use_weights.py {tmp_path}" in text
    assert "too little to learn from of: angry (24), disgust (24)" in text


def test_a_look_needs_no_training(data: Path) -> None:
    done = train(data, Path(), "--look")
    assert done.returncode == 0
    assert "28,709" in done.stdout
    assert "twin" in done.stdout


def test_wrong_options_are_answered_in_words(data: Path, tmp_path: Path) -> None:
    done = train(tmp_path / "nowhere", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("train.py: ")
    assert "Traceback" not in done.stderr
    assert "--epochs must be" in train(data, tmp_path, "--epochs", "0").stderr


@pytest.mark.parametrize(
    "options",
    [
        ["--seed", "-1"],
        ["--seed", str(2**32)],
        ["--rate", "nan"],
        ["--rounds", "0"],
        ["--teachers-share", "2"],
        ["--webcam-share", "nan"],
        ["--heads-only"],
    ],
)
def test_options_out_of_range_are_refused(options: list[str]) -> None:
    with pytest.raises(SettingsError, match=f"{options[0]}\\b"):
        recipe_of(parse(["--data", ".", *options]))


def test_more_pictures_a_step_than_there_are_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--batch 256 is more than the 168 training pictures: give --batch 168"):
        learn(load_dataset(data), Recipe(batch=256), tmp_path, resume=False)
    assert list(tmp_path.iterdir()) == []


def test_the_same_seed_epoch_and_place_give_the_same_batch(data: Path) -> None:
    part = load_dataset(data)["train"]
    recipe = Recipe(batch=28, epochs=9)
    first, again = Batches(part, recipe, 1), Batches(part, recipe, 0)
    again.begin(1)
    assert np.array_equal(first[2][0], again[2][0])
    assert all(np.array_equal(first[2][1][head], again[2][1][head]) for head in HEADS)
    assert not np.array_equal(first[2][0], first[3][0])


def test_an_epoch_shows_every_picture_at_most_once(data: Path) -> None:
    batches = Batches(load_dataset(data)["train"], Recipe(batch=28), 0)
    assert len(batches) == 6
    assert len(set(batches.order)) == 168


def test_the_learning_rate_rises_then_falls_to_a_thousandth() -> None:
    recipe = Recipe(epochs=20, warmup=4, rate=1.0)
    rates = [learning_rate(epoch / 10, recipe) for epoch in range(200)]
    assert max(rates) == pytest.approx(1.0)
    assert rates.index(max(rates)) == 40
    assert rates[-1] < 0.002
    assert rates[40:] == sorted(rates[40:], reverse=True)


def test_one_class_that_swallows_the_rest_is_announced(data: Path) -> None:
    said: list[str] = []

    sulky = build_network()
    weights = sulky.get_weights()
    weights[-1][EMOTIONS.index("sad")] = 100
    sulky.set_weights(weights)
    validate = Validate(load_dataset(data)["validation"], Recipe(), said.append)
    validate.set_model(sulky)
    validate.on_epoch_end(0, {})
    assert said == []
    validate.on_epoch_end(2, {})
    assert "100% of the validation pictures are called sad" in said[0]


@pytest.mark.parametrize(("arch", "both"), [("compact", True), ("classic", False)])
def test_weights_are_chosen_by_both_sides_of_a_face_where_the_network_will_see_both(
    data: Path, arch: str, both: bool
) -> None:
    part = load_dataset(data)["validation"]
    network = build_network(arch)
    losses = []
    for images in (part.images, part.images[:, :, ::-1]):
        validate = Validate(replace(part, images=images), Recipe(arch=arch), print)
        validate.set_model(network)
        logs: dict[str, float] = {}
        validate.on_epoch_end(0, logs)
        losses.append(logs["val_loss"])
    assert (abs(losses[0] - losses[1]) < 1e-6) == both


def test_pictures_are_varied_less_towards_the_end() -> None:
    recipe = Recipe(epochs=40, least_strength=0.4)
    assert [strength(epoch, recipe) for epoch in (0, 20)] == [1, 1]
    assert strength(30, recipe) == pytest.approx(0.7)
    assert strength(40, recipe) == pytest.approx(0.4)


def test_the_teachers_answers_are_learned_with_the_labels(data: Path, run: Path, tmp_path: Path) -> None:
    part = load_dataset(data)["train"]
    recipe = Recipe(batch=28, teachers=(f"{run}:people",), teachers_share=0.75, rounds=2)
    answers = TeacherAnswers(recipe.teachers, part, tmp_path, seed=0, strength=TAUGHT_STRENGTH)
    plain, taught = Batches(part, recipe), Batches(part, recipe, 0, answers)
    _, targets = taught[1]
    chosen = taught.order[28:56]
    assert np.array_equal(targets["labels"], plain[1][1]["labels"])
    said = (targets["people"] - 0.25 * plain[1][1]["people"]) / 0.75
    assert said == pytest.approx(answers.round(0)["people"][chosen], abs=1e-3)
    teacher = load_network(run / "model.json", run / "model_weights.h5")
    views = varied(part.images, chosen, (0, 0), TAUGHT_STRENGTH)
    expected = teacher.predict(views, verbose=0)["people"]  # it is mirrored, too
    assert said.argmax(1).tolist() == expected.argmax(1).tolist()
    taught.begin(2)
    assert np.array_equal(taught.targets["people"][0], Batches(part, recipe, 0, answers).targets["people"][0])


def test_a_teacher_is_asked_once_about_a_round(
    data: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = load_dataset(data)["train"]
    words = (str(run),)
    first = TeacherAnswers(words, part, tmp_path, seed=0, strength=0.8).round(0)
    assert "Asking the teachers about round 1" in capsys.readouterr().out
    again = TeacherAnswers(words, part, tmp_path, seed=0, strength=0.8).round(0)
    assert capsys.readouterr().out == ""
    assert all(np.array_equal(first[head], again[head]) for head in HEADS)
    with pytest.raises(SettingsError, match="another --seed"):
        TeacherAnswers(words, part, tmp_path, seed=1, strength=0.8)
    with pytest.raises(SettingsError, match="other teachers"):
        TeacherAnswers((f"{run}:labels",), part, tmp_path, seed=0, strength=0.8)


def test_a_teacher_that_is_not_there_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nobody/model_weights\.h5 does not exist"):
        TeacherAnswers(("nobody",), load_dataset(data)["train"], tmp_path, seed=0, strength=0.8)


def test_a_network_with_one_head_begins_both(run: Path) -> None:
    network, source = build_network(), build_network()
    one = keras.Model(source.inputs, source.get_layer("labels").output)
    for layer in one.layers:
        layer.name = layer.name.removeprefix("labels_")
    copy_weights(one, network)
    for head in HEADS:
        expected = one.get_layer("dense2").get_weights()[0]
        assert np.array_equal(network.get_layer(f"{head}_dense2").get_weights()[0], expected)


def test_without_strength_a_picture_is_only_swapped(data: Path) -> None:
    images = load_dataset(data)["train"].images[:20]
    plain = varied(images, np.arange(20), (0, 0), 0.0)[..., 0]
    for copy, image in zip(plain, images, strict=True):
        assert np.abs(copy - image).max() <= 1 or np.abs(copy - image[:, ::-1]).max() <= 1


def test_a_copy_depends_on_its_picture_and_round_and_not_on_its_batch(data: Path) -> None:
    images = load_dataset(data)["train"].images
    together, alone = varied(images, np.arange(20), (3, 1)), varied(images, np.array([7]), (3, 1))
    assert np.array_equal(together[7], alone[0])
    assert not np.array_equal(alone, varied(images, np.array([7]), (3, 2)))


def test_a_share_of_the_pictures_is_spoiled_in_every_way_and_stays_a_picture(data: Path) -> None:
    pictures = np.repeat(load_dataset(data)["train"].images[:1, :, :, None].astype(np.float32), 400, axis=0)
    spoiled = webcam(pictures, np.random.default_rng(0), 0.25)
    changed = np.abs(spoiled - pictures).max((1, 2, 3)) > 0
    assert 70 < changed.sum() < 130
    assert spoiled.min() >= 0
    assert spoiled.max() <= 255
    assert len({picture.tobytes() for picture in spoiled[changed]}) > 50
    assert np.array_equal(webcam(pictures, np.random.default_rng(0), 0.0), pictures)
