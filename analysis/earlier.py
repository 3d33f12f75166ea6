"""Reads back what an earlier run wrote down of itself."""

import json
from pathlib import Path
from typing import Any

from faces.errors import SettingsError


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file; None where it is absent, incomplete or something else. Raises SettingsError."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}. Make it readable, or delete it.") from error
    return value if isinstance(value, dict) else None
