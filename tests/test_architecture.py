"""Who may import whom: packages never import root files, and nothing heavy loads with the stages."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOT_FILES = {file.stem for file in ROOT.glob("*.py")}
OWN = ROOT_FILES | {folder.name for folder in ROOT.iterdir() if (folder / "__init__.py").exists()} | {"web"}

GROUND = ("records", "emotions", "errors", "broadcast")
STAGES = ("track", "smooth", "quality", "annotate", "detect", "haar", "blaze", "yunet", "sight", "follow", "images")


def imports(file: Path) -> set[str]:
    """Every module that a file imports anywhere, by its full name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            found |= {node.module or ""}
    return found


def package_files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", ["faces", "web"])
def test_packages_never_import_root_files(package: str) -> None:
    for file in package_files(package):
        wrong = {name for name in imports(file) if name.partition(".")[0] in ROOT_FILES}
        assert not wrong, f"{file.name} imports {wrong}"


def test_faces_knows_nothing_of_the_web() -> None:
    for file in package_files("faces"):
        wrong = {name for name in imports(file) if name.partition(".")[0] in {"flask", "waitress", "web"}}
        assert not wrong, f"{file.name} imports {wrong}"


def test_the_web_touches_no_pixels() -> None:
    for file in package_files("web"):
        assert not {name for name in imports(file) if name.partition(".")[0] == "cv2"}, file.name


@pytest.mark.parametrize("name", GROUND)
def test_the_ground_imports_nothing_of_ours(name: str) -> None:
    own = {module for module in imports(ROOT / "faces" / f"{name}.py") if module.partition(".")[0] in OWN}
    assert not own


@pytest.mark.parametrize("name", STAGES)
def test_stages_import_only_the_ground_and_their_own_parts(name: str) -> None:
    allowed = {f"faces.{module}" for module in GROUND}
    if name in ("detect", "haar", "blaze", "yunet", "follow"):
        allowed |= {"faces.haar", "faces.blaze", "faces.yunet", "faces.sight", "faces.follow"}
    own = {module for module in imports(ROOT / "faces" / f"{name}.py") if module.partition(".")[0] in OWN}
    assert own <= allowed


def test_the_stages_load_no_network_engine() -> None:
    code = "import sys, faces.pipeline, faces.annotate; print([m for m in ('tensorflow', 'keras', 'flask', "
    code += "'ai_edge_litert') if m in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "[]"
