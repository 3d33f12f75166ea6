"""The questions that people bring, each answered by one class; pages, docs and the API are made from this list."""

from collections.abc import Mapping
from typing import Any, get_type_hints

from faces.errors import InputError
from timeline.record import Record
from timeline.uses.activity import Activity
from timeline.uses.assistant import Assistant
from timeline.uses.audience import Audience
from timeline.uses.base import Use, made
from timeline.uses.crowd import Crowd
from timeline.uses.mood import Mood
from timeline.uses.tension import Tension

USES: tuple[type[Use[Any]], ...] = (Activity, Audience, Crowd, Tension, Mood, Assistant)

OF_RECORDS: tuple[type[Use[Record]], ...] = tuple(k for k in USES if get_type_hints(k.answer).get("record") is Record)
"""The uses that are asked of one session; the mood is asked of many."""


def use_of(name: str, texts: Mapping[str, str]) -> Use[Any]:
    """A use by its name, with parameters as they stand in an address: use_of("activity", {"person": "1"})."""
    for kind in USES:
        if kind.name == name:
            return made(kind, texts)
    raise InputError(f"There is no use {name!r}. There are: {', '.join(kind.name for kind in USES)}.")


def compared(use: Use[Any], first: Record, second: Record) -> Any:
    """What the use says of two records side by side; InputError where it does not compare."""
    if not hasattr(use, "compare"):
        titles = ", ".join(kind.name for kind in USES if hasattr(kind, "compare"))
        raise InputError(f"{type(use).title} does not compare. Those that do: {titles}.")
    return use.compare(first, second)
