"""Answers as JSON: the one way from a dataclass to what a page, a file or a program is sent."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from faces.shapes import DECIMALS


def values(answer: Any) -> Any:
    """A dataclass, or a list, tuple or mapping of them, as JSON carries it.

    Numbers are rounded to four decimals, one that is not a number is null, a time is ISO 8601 with its zone; every
    other kind of value is a mistake of the program (TypeError).
    """
    if isinstance(answer, bool | int | str | None):
        return answer
    if isinstance(answer, float):
        return round(answer, DECIMALS) if math.isfinite(answer) else None
    if isinstance(answer, date | datetime):
        return answer.isoformat()
    if is_dataclass(answer) and not isinstance(answer, type):
        return {one.name: values(getattr(answer, one.name)) for one in fields(answer)}
    if isinstance(answer, Mapping):
        return {str(key): values(value) for key, value in answer.items()}
    if isinstance(answer, Sequence):
        return [values(one) for one in answer]
    raise TypeError(f"{type(answer).__name__} has no shape as JSON")
