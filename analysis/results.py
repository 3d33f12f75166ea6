"""The result of one input: values inside the program, JSON at its doors.

Unusable       why it could not be used
PictureResult  a picture and its faces
VideoResult    a video, who showed what in it, and where the files about it are
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from faces.records import Face
from faces.shapes import DECIMALS, face_of, face_values
from timeline.export import summary_of, summary_values
from timeline.questions import PersonSummary

VERSION = 2
"""Of everything written per input. It is part of the key, so that layouts are never mixed."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """An input that could not be used."""

    input: str  # its path as it was given to the program, or what it is
    name: str  # as people see it
    error: str


@dataclass(frozen=True, slots=True)
class PictureResult:
    """A picture and its faces."""

    input: str
    name: str
    width: int  # pixels, as in the file
    height: int
    faces: tuple[Face, ...]  # boxes in pixels of the file
    thumbnail: str = ""  # the whole picture as a data URL of a small JPEG; never in printed JSON
    portraits: tuple[str, ...] = ()  # the same of every face
    finished_earlier: bool = False


@dataclass(frozen=True, slots=True)
class VideoResult:
    """A video, who showed what in it, and where the files about it are."""

    input: str
    name: str
    folder: str
    complete: bool  # False where it was stopped early
    seconds: float
    samples: int  # frames that were looked at
    samples_with_face: int
    everybody: PersonSummary
    persons: tuple[PersonSummary, ...]
    notes: tuple[str, ...]  # what else there is to know, in sentences
    finished_earlier: bool = False


Result = Unusable | PictureResult | VideoResult


def result_values(result: Result, *, pictures: bool = False) -> dict[str, Any]:
    """A result as a JSON object; the small pictures are included only for this program's own memory."""
    head = {"version": VERSION, "input": result.input, "name": result.name}
    if isinstance(result, Unusable):
        return head | {"error": result.error}
    values = _picture_values(result) if isinstance(result, PictureResult) else _video_values(result)
    if pictures and isinstance(result, PictureResult) and result.thumbnail:
        values |= {"thumbnail": result.thumbnail, "portraits": list(result.portraits)}
    return head | values | ({"skipped": True} if result.finished_earlier else {})


def _picture_values(result: PictureResult) -> dict[str, Any]:
    faces = [face_values(face) for face in result.faces]
    return {"kind": "picture", "width": result.width, "height": result.height, "faces": faces}


def _video_values(result: VideoResult) -> dict[str, Any]:
    return {
        "kind": "video",
        "folder": result.folder,
        "complete": result.complete,
        "seconds": round(result.seconds, DECIMALS),
        "samples": result.samples,
        "samples_with_face": result.samples_with_face,
        "everybody": summary_values(result.everybody),
        "persons": [summary_values(person) for person in result.persons],
        "notes": list(result.notes),
    }


def result_of(values: Mapping[str, Any]) -> Result:
    """The inverse of result_values(). Raises KeyError or TypeError for the JSON of anything else."""
    known = {key: value for key, value in values.items() if key not in ("version", "kind", "skipped")}
    if "error" in values:
        return Unusable(**known)
    if values["kind"] == "picture":
        known |= {"faces": tuple(map(face_of, values["faces"])), "portraits": tuple(values.get("portraits", ()))}
        return PictureResult(**known)
    return VideoResult(
        **{
            **known,
            "everybody": summary_of(values["everybody"]),
            "persons": tuple(summary_of(person) for person in values["persons"]),
            "notes": tuple(values["notes"]),
        }
    )
