"""Tests of faces/needs.py, of who asks it, and of what the light list has to carry."""

import json
import subprocess
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import bench
import evaluate
import train
from faces import needs
from faces.errors import SettingsError
from learn.compiled import compiled_form

ROOT = Path(__file__).parent.parent


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nothing beyond the light list were installed."""
    monkeypatch.setattr(needs, "find_spec", lambda name: None)


def test_what_is_missing_is_named_with_the_command_that_installs_it() -> None:
    with pytest.raises(SettingsError, match=r"Flying needs wings_1 and wings_2, .* Run `pip install -r birds\.txt`\."):
        needs.need("json", "wings_1", "wings_2", purpose="Flying", requirements="birds.txt")
    needs.need("json", purpose="Flying", requirements="birds.txt")


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize(
    ("main", "arguments", "requirements"),
    [
        (train.main, ["--data", "nowhere"], "requirements.txt"),
        (evaluate.main, ["--data", "nowhere", "--out", "nowhere"], "requirements.txt"),
        (bench.main, ["stages"], "requirements-dev.txt"),
    ],
)
def test_a_program_that_needs_more_says_what_to_install(
    main: object, arguments: list[str], requirements: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(main) and main(arguments) == 1
    assert f"Run `pip install -r {requirements}`." in capsys.readouterr().err


@pytest.mark.usefixtures("light")
def test_new_weights_say_what_compiling_them_needs(tmp_path: Path) -> None:
    for name in ("model.json", "model_weights.h5"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    with pytest.raises(SettingsError, match=r"Compiling model\.json .* Run `pip install -r requirements\.txt`\."):
        compiled_form(tmp_path / "model.json", tmp_path / "model_weights.h5")


def test_the_live_page_and_analyze_load_nothing_beyond_the_light_list() -> None:
    code = """
import json, sys
import analyze, main
from camera import VideoCamera
from model import FacialExpressionModel
camera = VideoCamera("demo")
picture = camera.get_frame()
camera.close()
main.answer_picture(picture, "picture")
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout.splitlines()[-1])
    owners = packages_distributions()
    listed = with_what_they_need((ROOT / "requirements-live.txt").read_text(encoding="utf-8").splitlines())
    distributions = {_plain(owner) for name in loaded for owner in owners.get(name, [])}
    assert {"flask", "numpy", "ai-edge-litert"} <= distributions
    loaded_by_python = {"setuptools"}  # through its .pth file, in every environment that has it
    own = {"facial-expression-live"}  # where the project itself was installed
    assert distributions - loaded_by_python - own - listed == set()


def with_what_they_need(lines: list[str]) -> set[str]:
    """The distributions of these lines, and of all that they require."""
    found: set[str] = set()
    waiting = [line for line in lines if line and not line.startswith("#")]
    while waiting:
        requirement = Requirement(waiting.pop())
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if wanted and (name := _plain(requirement.name)) not in found:
            found.add(name)
            waiting += requires(name) or []
    return found


def _plain(distribution: str) -> str:
    return distribution.lower().replace("_", "-")
