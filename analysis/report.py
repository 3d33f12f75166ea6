"""A report that a person can send on: one HTML file with charts, thumbnails and plain words, no network needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.about import About
from analysis.results import PictureResult, Result, Unusable
from faces.affect import arousal, valence
from faces.emotions import COLOURS, EMOTIONS, LABELS, UNSURE
from faces.places import TEMPLATES
from faces.records import Image
from sources.pictures import crop_around, thumbnail
from timeline.export import short_clock
from timeline.questions import Moment, Summary, moments, of, shares_per_second, summaries
from timeline.segments import Segment
from timeline.timeline import Coverage, Timeline

MOST_PERSONS = 12  # with a row of their own; the rest are counted
MOST_BANDS = 400  # along one chart: more cannot be told apart
MOST_POINTS = 300  # along one curve
MOST_THUMBNAILS = 400  # on a contact sheet
THUMBNAIL_SIDE = 360

LOOKS = {
    "angry": "angry",
    "disgust": "disgusted",
    "fear": "afraid",
    "happy": "happy",
    "neutral": "neutral",
    "sad": "sad",
    "surprise": "surprised",
    UNSURE: "unsure",
}
"""The emotion as the adjective after "looks"."""

QUALITY_WORDS = {
    "good": "good",
    "small": "too small (under 40 pixels wide)",
    "dark": "too dark",
    "blurred": "blurred",
    "turned": "tilted to a shoulder by more than 30 degrees",
}


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What is known about a film besides its faces."""

    name: str
    width: int
    height: int
    fps: float
    codec: str
    sound: bool
    jumps: int  # of the film's clock, which the times leave out
    annotated: bool
    notes: list[str]
    complete: bool


@dataclass(frozen=True, slots=True)
class Band:
    """One coloured piece of a chart; x and width in percent of it."""

    emotion: str
    x: float
    width: float
    title: str

    @property
    def label(self) -> str:
        """ "always", "wide" (only on wide screens) or "" : where the emotion's name fits in."""
        return "always" if self.width >= 15 else "wide" if self.width >= 7 else ""


def video_report(
    timeline: Timeline,
    facts: VideoFacts,
    images: Mapping[float, Image],
    settings: Mapping[str, object],
    about: About,
) -> str:
    """The report of one film; `images` are the frames of the moments that stand out, by their seconds."""
    segments, coverage = timeline.segments(), timeline.coverage()
    everybody, persons = summaries(timeline)
    shown = sorted(sorted(persons, key=lambda p: -p.seconds)[:MOST_PERSONS], key=lambda p: p.person or 0)
    found = moments(segments)
    length = coverage.end - coverage.start
    return _page(
        "report_video.html",
        title=facts.name,
        facts=facts,
        coverage=coverage,
        length=length,
        everybody=everybody,
        persons=[_person(person, of(person.person or 0, segments), coverage) for person in shown],
        more_persons=len(persons) - len(shown),
        shown_labels=[label for label in LABELS if everybody.shares[label]],
        sentence=_sentence(everybody, persons, coverage),
        ticks=_ticks(coverage.start, length),
        pins=[(index, _percent(m.seconds - coverage.start, length)) for index, m in enumerate(found, start=1)],
        moments=[_moment(index, m, images.get(m.seconds)) for index, m in enumerate(found, start=1)],
        curves=_curves(timeline),
        group=_group(segments, coverage) if len(persons) > 1 else None,
        quality=_quality(coverage),
        settings=settings,
        about=about,
    )


def pictures_report(results: Sequence[Result], *, settings: Mapping[str, object], about: About) -> str:
    """The report of many pictures; inputs that could not be used are listed at the end."""
    good = [result for result in results if isinstance(result, PictureResult)]
    faces = [face for result in good for face in result.faces]
    counts = {label: sum(face.emotion == label for face in faces) for label in LABELS}
    total = len(faces)
    shares = {label: count / total if total else 0.0 for label, count in counts.items()}
    quality = {name: sum(face.quality == name for face in faces) for name in QUALITY_WORDS}
    return _page(
        "report_pictures.html",
        title=f"{len(good)} picture{'' if len(good) == 1 else 's'}",
        results=good,
        broken=[result for result in results if isinstance(result, Unusable)],
        sheet=[result for result in good if result.thumbnail][:MOST_THUMBNAILS],
        faces=total,
        with_faces=sum(bool(result.faces) for result in good),
        counts=counts,
        bands=share_bands(shares),
        confidence=sum(face.confidence for face in faces) / total if total else None,
        quality=[(QUALITY_WORDS[name], n, n / total if total else 0.0) for name, n in quality.items() if n],
        settings=settings,
        about=about,
    )


def share_bands(shares: Mapping[str, float]) -> list[Band]:
    """Shares one after the other along a bar."""
    bands, position = [], 0.0
    for emotion in LABELS:
        width = 100.0 * shares[emotion]
        if width > 0:
            bands.append(Band(emotion, position, width, f"{emotion} {shares[emotion]:.0%}"))
            position += width
    return bands


def _page(template: str, **values: Any) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"clock": short_clock, "percent": _percent_words}
    environment.filters |= {
        "looks": LOOKS.__getitem__,
        "thousands": "{:,}".format,
        "valence": valence,
        "arousal": arousal,
    }
    environment.globals |= {"COLOURS": COLOURS, "EMOTIONS": EMOTIONS, "LABELS": LABELS}
    environment.globals["style"] = Markup((TEMPLATES / "report.css").read_text(encoding="utf-8"))
    return environment.get_template(template).render(values)


def _percent_words(share: float | None) -> str:
    """A share in words, in which a little is not nothing."""
    if share is None:
        return "-"
    words = "under 1%" if 0 < share < 0.005 else "over 99%" if 0.995 <= share < 1 else f"{share:.0%}"
    return words.replace("%", "\N{NO-BREAK SPACE}%").replace("r ", "r\N{NO-BREAK SPACE}")


def _percent(part: float, whole: float) -> float:
    return round(100.0 * part / whole, 3) if whole else 0.0


def _sentence(everybody: Summary, persons: Sequence[Summary], coverage: Coverage) -> str:
    if not coverage.samples_with_face:
        return "No face was seen, so there is nothing to say about expressions."
    if not persons:
        return "A face was seen too briefly to say anything about its expression."
    emotion = everybody.predominant or UNSURE
    who = "The person" if len(persons) == 1 else f"The {len(persons)} people, taken together,"
    seen = _percent_words(coverage.samples_with_face / coverage.samples)
    share = _percent_words(everybody.shares[emotion])
    unsure = _percent_words(everybody.shares[UNSURE])
    if everybody.shares[UNSURE] > 0.5:
        looked = f"The expression was unclear for {unsure} of the time in which a face was seen"
        looked += "." if emotion == UNSURE else f"; apart from that, {LOOKS[emotion]} was seen most ({share})."
    else:
        most = "mostly" if everybody.shares[emotion] > 0.5 else "most often"
        looked = f"{who} looked {most} {LOOKS[emotion]}: {share} of the time in which a face was seen."
    return f"{looked} A face was seen in {seen} of the frames."


def _person(summary: Summary, segments: Sequence[Segment], coverage: Coverage) -> dict[str, Any]:
    length = coverage.end - coverage.start
    return {
        "summary": summary,
        "seen": summary.seconds / length if length else 0.0,
        "bands": _bands(segments, coverage.start, length),
        "shares": share_bands(summary.shares),
    }


def _bands(segments: Sequence[Segment], start: float, length: float) -> list[Band]:
    """Segments as bands; a very long or restless film keeps, per step, what filled most of it."""
    if len(segments) > MOST_BANDS:
        segments = _coarse(segments, start, length)
    return [
        Band(
            segment.emotion,
            _percent(segment.start - start, length),
            _percent(segment.seconds, length),
            f"{segment.emotion}, {short_clock(segment.start)} to {short_clock(segment.end)}",
        )
        for segment in segments
        if segment.emotion is not None
    ]


def _coarse(segments: Sequence[Segment], start: float, length: float) -> list[Segment]:
    step = length / MOST_BANDS
    filled: list[dict[str | None, float]] = [{} for _ in range(MOST_BANDS)]
    for segment in segments:
        first = max(0, int((segment.start - start) / step))
        for index in range(first, min(MOST_BANDS, int((segment.end - start) / step) + 1)):
            left, right = start + index * step, start + (index + 1) * step
            time = max(0.0, min(segment.end, right) - max(segment.start, left))
            filled[index][segment.emotion] = filled[index].get(segment.emotion, 0.0) + time
    merged: list[Segment] = []
    for index, times in enumerate(filled):
        emotion = max(times, key=times.__getitem__) if times else None
        left, right = start + index * step, start + (index + 1) * step
        if merged and merged[-1].emotion == emotion:
            left = merged.pop().start
        merged.append(Segment(segments[0].person, emotion, left, right))
    return merged


def _ticks(start: float, length: float) -> list[tuple[float, str]]:
    steps = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
    step = next((step for step in steps if length / step <= 6), steps[-1])
    count = int(length / step + 1e-6) + 1 if length else 1
    return [(_percent(index * step, length), _tick_words(start + index * step)) for index in range(count)]


def _tick_words(seconds: float) -> str:
    hours, minutes, rest = int(seconds // 3600), int(seconds // 60 % 60), seconds % 60
    second = f"{rest:04.1f}" if rest % 1 else f"{int(rest):02}"
    return f"{hours}:{minutes:02}:{second}" if hours else f"{minutes}:{second}"


def _moment(number: int, moment: Moment, image: Image | None) -> dict[str, Any]:
    box = moment.segment.peak_box
    picture = None
    if image is not None and box is not None:
        picture = thumbnail(crop_around(image, box), side=THUMBNAIL_SIDE)
    return {"number": number, "moment": moment, "picture": picture}


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve: points from 0 to 100 to the right and 0 to 100 downwards, in pieces where somebody was seen."""

    name: str
    mean: float | None
    pieces: list[str]


def _curves(timeline: Timeline) -> list[Curve]:
    curves, coverage = timeline.curves(), timeline.coverage()
    length = coverage.end - coverage.start
    return [
        _curve("amusement", [curve.amusement for curve in curves], length),
        _curve("intensity", [curve.intensity for curve in curves], length),
    ]


def _curve(name: str, values: Sequence[float | None], length: float) -> Curve:
    """One value per second of so many seconds, of which the last need not be whole."""
    pieces: list[list[str]] = [[]]
    size = max(1, -(-len(values) // MOST_POINTS))
    for at in range(0, len(values), size):
        value = _mean(values, at, at + size, length)
        if value is None:
            pieces.append([])
            continue
        # A step from the start to the end of its second, so that one second alone is still a line.
        left, right = (_percent(min(second, length), length) for second in (at, at + size))
        pieces[-1] += [f"{left:.2f},{100 - 100 * value:.1f}", f"{right:.2f},{100 - 100 * value:.1f}"]
    return Curve(name, _mean(values, 0, len(values), length), [" ".join(piece) for piece in pieces if piece])


def _mean(values: Sequence[float | None], first: int, last: int, length: float) -> float | None:
    """Of some seconds' values, each weighing as much as there is of its second."""
    known = [(v, min(1.0, length - at)) for at, v in enumerate(values[first:last], start=first) if v is not None]
    return sum(value * weight for value, weight in known) / sum(w for _, w in known) if known else None


def _group(segments: Sequence[Segment], coverage: Coverage) -> list[dict[str, Any]]:
    """Columns over time, each a stack of shares."""
    seconds = shares_per_second(segments, coverage.start, coverage.end)
    length = coverage.end - coverage.start
    size = max(1, -(-len(seconds) // 120))
    columns = []
    for at in range(0, len(seconds), size):
        part = [second for second in seconds[at : at + size] if any(second.values())]
        shares = {label: sum(s[label] for s in part) / len(part) if part else 0.0 for label in LABELS}
        columns.append(
            {
                "x": _percent(at, length),
                "width": _percent(min(size, length - at), length),
                "bands": share_bands(shares),
            }
        )
    return columns


def _quality(coverage: Coverage) -> list[tuple[str, int, float]]:
    names = [*QUALITY_WORDS, *(name for name in coverage.quality if name not in QUALITY_WORDS)]
    return [
        (QUALITY_WORDS.get(name, name), coverage.quality[name], coverage.quality[name] / coverage.faces)
        for name in names
        if coverage.quality.get(name)
    ]
