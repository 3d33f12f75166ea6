"""Every place of the program, once: what stands beside its code."""

from pathlib import Path

PROGRAM = Path(__file__).resolve().parent.parent
"""The program's own folder."""

MODEL_JSON = PROGRAM / "model.json"
MODEL_WEIGHTS = PROGRAM / "model_weights.h5"
CASCADE_FILE = PROGRAM / "haarcascade_frontalface_default.xml"
ASSETS = PROGRAM / "assets"
DEMO_FILE = ASSETS / "demo.mp4"
BLAZE_FILE = ASSETS / "face_detection_full_range.tflite"
TEMPLATES = PROGRAM / "templates"
PYPROJECT = PROGRAM / "pyproject.toml"
FIGURES = PROGRAM / "docs" / "figures.json"
"""What evaluate.py measured of the shipped weights."""


def data_folder() -> Path:
    """The user's own folder for what the program keeps between runs; code that writes there creates it."""
    from platformdirs import user_data_path

    return user_data_path("facial-expression-live", appauthor=False)


def sessions_file() -> Path:
    """The database of sessions, unless the user names another."""
    return data_folder() / "sessions.db"
