"""Where the numbers of a report come from: versions, weights, and how good these weights are."""

import hashlib
import json
import platform
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from typing import Any

from faces.places import FIGURES, MODEL_JSON, MODEL_WEIGHTS, PROGRAM, PYPROJECT

MEASURED_FILES = (PROGRAM / "model_metrics.json", FIGURES)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a report's numbers come from."""

    versions: Mapping[str, str] = field(default_factory=dict)
    measured: Mapping[str, Any] | None = None  # how the weights did when they were measured
    made: str = ""  # date and time in words


def weights_checksum() -> str:
    """Of model.json and model_weights.h5 together, so that results of other weights are never reused."""
    digest = hashlib.sha256()
    for file in (MODEL_JSON, MODEL_WEIGHTS):
        digest.update(file.read_bytes() if file.exists() else b"")
    return digest.hexdigest()[:16]


def versions() -> dict[str, str]:
    """Of everything that influences the numbers."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    packages = {"OpenCV": "opencv-python-headless", "NumPy": "numpy", "LiteRT": "ai-edge-litert", "PyAV": "av"}
    found = {title: version(package) for title, package in packages.items()}
    return {"Facial expression": project["version"], "Python": platform.python_version(), **found}


def date_words(moment: datetime) -> str:
    """Date and time as a report says when it was made."""
    return f"{moment:%d %B %Y, %H:%M}".lstrip("0")


def read_measured() -> dict[str, Any] | None:
    """What evaluate.py measured of these weights, if its figures are here."""
    for file in MEASURED_FILES:
        if file.exists():
            figures = json.loads(file.read_text(encoding="utf-8"))
            if isinstance(figures, dict) and isinstance(figures.get("accuracy"), float):
                return figures
    return None
