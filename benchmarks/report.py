"""The figures of a run: rows in sections, as a table to read and as JSON for programs."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

VERSION = 1


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One figure, beside what it is compared with in the same run."""

    what: str
    unit: str
    value: float | None  # None: there was nothing to measure
    compared: float | None = None
    better: Literal["less", "more"] = "less"
    goal: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times as good as what it is compared with; below 1 means worse."""
        if self.value is None or self.compared is None:
            return None
        over, under = (self.compared, self.value) if self.better == "less" else (self.value, self.compared)
        return over / under if under > 0 else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.goal is None:
            return None
        if self.value is None:
            return False
        return self.value <= self.goal if self.better == "less" else self.value >= self.goal


@dataclass(frozen=True, slots=True)
class Section:
    """What belongs together and was measured in one go."""

    title: str
    rows: Sequence[ReportRow]
    compared: str = "obvious"  # heading of the column of what the figures are compared with
    notes: Sequence[str] = ()


def machine() -> dict[str, Any]:
    """Where the figures come from; the load says what else was running."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": None if load is None else round(load, 1),
    }


def as_json(sections: Sequence[Section]) -> dict[str, Any]:
    return {
        "version": VERSION,
        "machine": machine(),
        "sections": [
            {
                "title": section.title,
                "compared": section.compared,
                "rows": [_row_json(row) for row in section.rows],
                "notes": list(section.notes),
            }
            for section in sections
        ],
    }


def _row_json(row: ReportRow) -> dict[str, Any]:
    return {
        "what": row.what,
        "unit": row.unit,
        "value": _rounded(row.value),
        "compared": _rounded(row.compared),
        "ratio": _rounded(row.ratio),
        "better": row.better,
        "goal": row.goal,
        "met": row.met,
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.4g}")


def as_text(section: Section) -> str:
    """The section as a table."""
    lines = [("", "", "here", section.compared, "ratio", "goal")]
    lines += [
        (row.what, row.unit, _number(row.value), _number(row.compared), _ratio(row.ratio), _goal(row))
        for row in section.rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    used = [column for column in range(6) if column < 3 or any(line[column] for line in lines[1:])]
    text = [section.title, "-" * len(section.title)]
    for line in lines:
        cells = (line[c].ljust(widths[c]) if c < 2 else line[c].rjust(widths[c]) for c in used)
        text.append("  ".join(cells).rstrip())
    return "\n".join([*text, *(f"({note})" for note in section.notes)]) + "\n"


def _number(number: float | None) -> str:
    if number is None:
        return ""
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if abs(number) >= 10 else f"{number:.2f}"


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{_number(ratio)} x"


def _goal(row: ReportRow) -> str:
    if row.goal is None:
        return ""
    return f"{'<=' if row.better == 'less' else '>='} {row.goal:.4g}{' met' if row.met else ' missed'}"
