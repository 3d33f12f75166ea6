"""Who may import whom, as rules about wings: they depend downwards only, and nothing heavy loads with the stages."""

import ast
import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOT_FILES = {file.stem for file in ROOT.glob("*.py")}

WINGS: dict[str, frozenset[str]] = {
    "faces": frozenset(),
    "timeline": frozenset({"faces"}),
    "sources": frozenset({"faces"}),
    "sessions": frozenset({"faces", "timeline"}),
    "learn": frozenset({"faces"}),
    "live": frozenset({"faces", "sources"}),
    "analysis": frozenset({"faces", "sources", "timeline"}),
    "web": frozenset({"faces", "sources", "timeline", "live", "sessions", "analysis"}),
}
"""Each wing, and the other wings that it may use."""

GROUND = ("records", "emotions", "errors", "files")
"""The words of the project: they know nothing of ours."""


def imports(code: str) -> set[str]:
    """Every module that the code imports anywhere, by its full name, also by a call or as a program of its own."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
        if isinstance(node, ast.Call):
            found |= _imported_by_name(node)
        if isinstance(node, ast.List | ast.Tuple):
            found |= _started_as_a_program(node)
    return found


def _imported_by_name(call: ast.Call) -> set[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in ("import_module", "__import__"):
        return set()
    return {str(argument.value) for argument in call.args[:1] if isinstance(argument, ast.Constant)}


def _started_as_a_program(command: ast.List | ast.Tuple) -> set[str]:
    """`python -m module`, as a command is written for subprocess."""
    words = [item.value if isinstance(item, ast.Constant) else None for item in command.elts]
    return {str(after) for flag, after in itertools.pairwise(words) if flag == "-m" and after}


def files_of(wing: str) -> list[Path]:
    return sorted((ROOT / wing).rglob("*.py"))


def wings_used(file: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(file.read_text(encoding="utf-8"))}


def test_every_folder_of_code_is_a_wing_with_a_rule() -> None:
    folders = {init.parent.name for init in ROOT.glob("*/__init__.py")}
    assert folders - {"benchmarks"} == set(WINGS)


@pytest.mark.parametrize("wing", WINGS)
def test_wings_depend_downwards_only(wing: str) -> None:
    for file in files_of(wing):
        wrong = (wings_used(file) & (set(WINGS) | {"benchmarks", "tests"})) - {wing} - WINGS[wing]
        assert not wrong, f"{file.relative_to(ROOT)} uses {wrong}"


@pytest.mark.parametrize("wing", WINGS)
def test_wings_never_import_root_files(wing: str) -> None:
    for file in files_of(wing):
        wrong = wings_used(file) & ROOT_FILES
        assert not wrong, f"{file.relative_to(ROOT)} imports {wrong}"


def test_nothing_outside_the_tests_imports_them() -> None:
    tests = {file.stem for file in (ROOT / "tests").rglob("*.py")} | {"tests"}
    for file in [*ROOT.glob("*.py"), *(file for wing in (*WINGS, "benchmarks") for file in files_of(wing))]:
        wrong = wings_used(file) & (tests - ROOT_FILES)
        assert not wrong, f"{file.relative_to(ROOT)} imports {wrong}"


def test_the_web_touches_no_pixels() -> None:
    for file in files_of("web"):
        assert "cv2" not in wings_used(file), file.name


def test_only_the_web_knows_flask() -> None:
    for wing in set(WINGS) - {"web"}:
        for file in files_of(wing):
            assert not wings_used(file) & {"flask", "werkzeug", "waitress", "cheroot"}, file


def test_the_timeline_is_pure() -> None:
    """No files, clocks, databases or pictures."""
    for file in files_of("timeline"):
        wrong = wings_used(file) & {"pathlib", "os", "time", "sqlite3", "sqlalchemy", "cv2", "av", "threading"}
        assert not wrong, f"{file.name} uses {wrong}"


@pytest.mark.parametrize("name", GROUND)
def test_the_ground_imports_nothing_of_ours(name: str) -> None:
    assert not wings_used(ROOT / "faces" / f"{name}.py") & (set(WINGS) | ROOT_FILES)


@pytest.mark.parametrize(
    "code",
    [
        "import learn.compile",
        "from learn import compile",
        "def f():\n    from learn.compile import main",
        "importlib.import_module('learn.compile')",
        "subprocess.run([sys.executable, '-m', 'learn.compile'])",
    ],
)
def test_every_way_to_use_a_module_is_seen(code: str) -> None:
    assert "learn.compile" in imports(code)


def test_the_map_in_the_readme_names_every_wing() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8") + "".join(
        file.read_text(encoding="utf-8") for file in (ROOT / "docs").glob("design.md")
    )
    named = set(re.findall(r"`(\w+)/`", readme))
    assert set(WINGS) <= named


def test_the_stages_load_no_network_engine() -> None:
    code = "import sys, faces.pipeline, faces.annotate; print([m for m in ('tensorflow', 'keras', 'flask', "
    code += "'ai_edge_litert') if m in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "[]"


def test_the_map_in_the_docs_names_every_folder_and_program() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: results and environments could lie here, too")
    told = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [Path(file) for file in told.stdout.splitlines() if not file.startswith(".")]
    folders = {f"{file.parts[0]}/" for file in files if len(file.parts) > 1}
    programs = {file.name for file in files if len(file.parts) == 1 and file.suffix == ".py"}
    the_map = (ROOT / "docs" / "design.md").read_text(encoding="utf-8").split("## The map")[1].split("## ")[0]
    cells = [line.split("|")[1] for line in the_map.splitlines() if line.startswith("|")]
    assert set(re.findall("`([^`]+)`", " ".join(cells))) - {"timeline/uses/"} == folders | programs


def test_a_class_name_means_one_thing() -> None:
    """Except in web/*models.py, which name things as the JSON of the API does, and the naive program of a benchmark."""
    homes: dict[str, list[str]] = {}
    for file in [*ROOT.glob("*.py"), *(file for folder in (*WINGS, "benchmarks") for file in files_of(folder))]:
        name = str(file.relative_to(ROOT))
        if not name.endswith("models.py") and name != "benchmarks/obvious.py":
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    homes.setdefault(node.name, []).append(name)
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}
