"""What the README names exists, and what it tells a person to run is what the project runs."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from web.security import check_settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = sorted(set(re.findall(r"python (\w+\.py)", README)))


def test_every_file_that_the_readme_links_exists() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if not link.startswith("http")]
    assert len(links) > 8
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_file_and_folder_that_the_map_names_exists() -> None:
    rows = re.search(r"\| where \| what \|\n(.*?)\n\n", README, re.DOTALL)
    assert rows is not None
    named = re.findall(r"`([^`]+)`", "\n".join(row.split("|")[1] for row in rows[1].splitlines()))
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_explains_itself(program: str) -> None:
    done = subprocess.run([sys.executable, program, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "usage:" in done.stdout


@pytest.mark.parametrize("line", re.findall(r"python (\w+\.py[^`\n]*--[^`\n]*)", README))
def test_every_option_that_the_readme_uses_exists(line: str) -> None:
    program, *words = line.split()
    help_text = subprocess.run(
        [sys.executable, program, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert [word for word in words if word.startswith("--") and word not in help_text] == []


@pytest.mark.parametrize("page", ["README.md", "docs/model_card.md"])
def test_the_pages_say_what_was_measured(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8").replace(" %", "%")
    measured = json.loads((ROOT / "docs/figures.json").read_text(encoding="utf-8"))
    shares = {
        "accuracy": measured["accuracy"],
        "without twins": measured["without_twins"]["accuracy"],
        "majority": measured["majority"]["accuracy"],
        "macro F1": measured["macro_f1"],
        "label flips": measured["label_flips"]["mean"],
    }
    assert {name: share for name, share in shares.items() if f"{share:.1%}" not in text} == {}
    assert f"{measured['calibration_error']:.3f}" in text


def test_the_measured_weights_are_the_shipped_ones() -> None:
    """The threshold stands in both; it is derived from the weights."""
    measured = json.loads((ROOT / "docs/figures.json").read_text(encoding="utf-8"))
    shipped = json.loads((ROOT / "model.json").read_text(encoding="utf-8"))["calibration"]
    assert measured["unsure_below"] == shipped["unsure_below"]


def test_continuous_integration_runs_the_readmes_test_command() -> None:
    (command,) = re.findall(r"^(python3 -m venv .*pytest)$", README, re.MULTILINE)
    in_ci = (ROOT / ".ci/run").read_text(encoding="utf-8").replace("pip install -q", "pip install")
    assert command in in_ci


def test_uv_installs_what_requirements_dev_adds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").split("\n")
    assert lines[0] == "-r requirements.txt"
    assert [line for line in lines[1:] if line] == project["dependency-groups"]["dev"]


def test_the_token_that_the_readme_shows_is_long_enough() -> None:
    (token,) = re.findall(r"--token (\S+)`", README)
    check_settings("0.0.0.0", token)
