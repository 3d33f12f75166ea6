"""What the README names exists, and what it tells a person to run is what the project runs."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from faces.emotions import EMOTIONS
from timeline.uses import USES
from web.security import check_settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROGRAMS = sorted(set(re.findall(r"python (\w+\.py)", README)))


def test_every_link_leads_somewhere() -> None:
    links = [(page, link) for page in PAGES for link in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))]
    ours = [(page, *link.partition("#")[::2]) for page, link in links if not link.startswith("http")]
    assert len(ours) > 20
    assert [(page.name, file) for page, file, _ in ours if not (page.parent / file).exists()] == []
    wrong = [(page.name, file, part) for page, file, part in ours if part and part not in anchors(page, file)]
    assert wrong == []


def anchors(page: Path, file: str) -> set[str]:
    """The headings of a page as the names by which links reach them."""
    text = (page.parent / file if file else page).read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_no_line_of_prose_is_longer_than_120_columns() -> None:
    long = [
        (page.name, number)
        for page in PAGES
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 120 and not line.lstrip().startswith(("|", "!["))
    ]
    assert long == []


def test_the_python_example_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    code = code.replace(
        'cv2.imread("me.jpg", cv2.IMREAD_GRAYSCALE)', "cv2.imdecode(np.frombuffer(picture, np.uint8), 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import numpy as np\n{code}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() in EMOTIONS


def test_the_readme_asks_the_questions_of_the_uses() -> None:
    assert [use.name for use in USES if f"| {use.title} | {use.question} |" not in README] == []


def test_every_file_and_folder_that_the_map_names_exists() -> None:
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    rows = re.search(r"\| where \| what \|\n(.*?)\n\n", design, re.DOTALL)
    assert rows is not None
    named = re.findall(r"`([^`]+)`", "\n".join(row.split("|")[1] for row in rows[1].splitlines()))
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_explains_itself(program: str) -> None:
    done = subprocess.run([sys.executable, program, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "usage:" in done.stdout and "default: None" not in done.stdout


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


def test_continuous_integration_runs_the_test_command_that_contributors_are_given() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^(python3 -m venv .*pytest)$", text, re.MULTILINE)
    in_ci = (ROOT / ".ci/run").read_text(encoding="utf-8").replace("pip install -q", "pip install")
    assert command in in_ci


@pytest.mark.parametrize(
    ("group", "file", "includes"),
    [
        ("train", "requirements.txt", "-r requirements-live.txt"),
        ("ray", "requirements-ray.txt", "-r requirements-live.txt"),
        ("parquet", "requirements-parquet.txt", None),
        ("postgresql", "requirements-postgresql.txt", None),
        ("dev", "requirements-dev.txt", "-r requirements.txt"),
    ],
)
def test_uv_installs_what_each_list_adds(group: str, file: str, includes: str | None) -> None:
    wanted = [name for name in PROJECT["dependency-groups"][group] if isinstance(name, str)]
    lines = [line for line in (ROOT / file).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert lines == ([includes] if includes else []) + wanted


def test_uv_run_installs_the_light_list_and_nothing_else() -> None:
    assert PROJECT["tool"]["setuptools"]["dynamic"]["dependencies"] == {"file": ["requirements-live.txt"]}
    assert PROJECT["tool"]["uv"]["default-groups"] == []


def test_the_lock_file_holds_every_package_that_the_lists_name() -> None:
    """When this is red: `uv lock`."""
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    (own,) = (package for package in locked if package["name"] == PROJECT["project"]["name"])
    names = {requirement["name"] for requirement in own["metadata"]["requires-dist"]}
    lines = (ROOT / "requirements-live.txt").read_text(encoding="utf-8").splitlines()
    assert names == {re.split(r"[<>=]", line)[0] for line in lines if not line.startswith("#")}
    groups = {name: [part["name"] for part in parts] for name, parts in own["metadata"]["requires-dev"].items()}
    assert groups.keys() == PROJECT["dependency-groups"].keys()


def test_the_token_that_the_readme_shows_is_long_enough() -> None:
    (token,) = re.findall(r"--token (\S+)`", README)
    check_settings("0.0.0.0", token)
