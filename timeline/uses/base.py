"""What every use has in common: it says what it answers, how, and how far to trust it."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import partial
from types import NoneType
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_type_hints

from faces.errors import InputError

Asked = TypeVar("Asked", contravariant=True)
"""What a use is asked of: nearly always a `timeline.record.Record`."""

_KINDS = {int: "a whole number", float: "a number"}


def option(default: Any, help: str, *, parse: Callable[[str], Any] | None = None) -> Any:
    """A parameter of a use, with what it means in words; `parse` reads one that is more than a number or a word."""
    return field(default=default, metadata={"help": help, "parse": parse})


@dataclass(frozen=True)
class Use(ABC, Generic[Asked]):
    """A question that people bring. Its fields are its parameters, all with working defaults.

    Pages, the API's description and docs/uses.md are made from the texts of the class. A parameter out of its range
    raises InputError when the use is made.
    """

    name: ClassVar[str]  # in addresses
    title: ClassVar[str]
    question: ClassVar[str]  # as a person would ask it
    formula: ClassVar[str]  # how the answer is computed
    limits: ClassVar[tuple[str, ...]]  # what it cannot tell, a sentence each
    example: ClassVar[str]  # a situation in which it helps

    @abstractmethod
    def answer(self, asked: Asked, /) -> Any:
        """A frozen dataclass of plain values, the same at 5 and at 30 frames per second."""


def made(kind: type[Use[Any]], texts: Mapping[str, str]) -> Use[Any]:
    """A use with parameters as they stand in an address or a command; InputError names one that does not fit."""
    assert is_dataclass(kind)
    known, hints = {one.name: one for one in fields(kind)}, get_type_hints(kind)
    unknown = sorted(set(texts) - set(known))
    if unknown:
        raise InputError(f"{kind.title} has no parameter {unknown[0]!r}. It has: {', '.join(known) or 'none'}.")
    parsers = {name: one.metadata["parse"] or partial(_parsed, name, hints[name]) for name, one in known.items()}
    return kind(**{name: parsers[name](text) for name, text in texts.items()})


def _parsed(name: str, hint: Any, text: str) -> Any:
    """The text as what the parameter is: an int, a float or a str, of which each may be left open."""
    (kind,) = [one for one in get_args(hint) or (hint,) if one is not NoneType]
    try:
        value = kind(text)
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError
    except ValueError:
        raise InputError(f"{name} must be {_KINDS[kind]}, not {text!r}.") from None
    return value
