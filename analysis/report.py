"""Reports to read, print or send: one HTML file with charts, thumbnails and plain words that needs no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.about import Provenance
from analysis.answers import VideoAnswers
from analysis.charts import bands, curves, group, percent_of, share_bands, ticks
from analysis.results import PictureResult, Result, Unusable
from faces.affect import arousal, valence
from faces.emotions import ADJECTIVES, COLOURS, EMOTIONS, LABELS, UNSURE
from faces.places import TEMPLATES
from timeline.export import short_clock
from timeline.questions import PersonSummary, moments, segments_of, summaries
from timeline.segments import Segment
from timeline.timeline import Coverage, Timeline

MOST_PERSONS = 12  # with a row of their own; the rest are counted
DOUBTFUL = 0.55
"""Below this sureness of the detector a picture's face is marked as perhaps none; see docs/detectors.md."""

MOST_THUMBNAILS = 400  # on a contact sheet

QUALITY_WORDS = {
    "good": "good",
    "small": "too small (under 40 pixels wide)",
    "dark": "too dark",
    "blurred": "blurred",
    "turned": "tilted to a shoulder by more than 30 degrees",
}


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What is known about a video besides its faces."""

    name: str
    width: int
    height: int
    fps: float
    codec: str
    sound: bool
    jumps: int  # of the video's clock, which the times leave out
    annotated: bool
    notes: list[str]
    complete: bool


def worth_a_picture(timeline: Timeline) -> list[Segment]:
    """The segments whose peaks a report shows: the moments that stand out, and every person at their clearest."""
    _, persons = summaries(timeline)
    portraits = [clearest for person in _shown(persons) if (clearest := _clearest(person))]
    return list(dict.fromkeys([moment.segment for moment in moments(timeline.segments())] + portraits))


def _shown(persons: Sequence[PersonSummary]) -> list[PersonSummary]:
    """Those with a row of their own: who was seen longest, in the order of their numbers."""
    return sorted(sorted(persons, key=lambda p: -p.seconds)[:MOST_PERSONS], key=lambda p: p.person or 0)


def _clearest(person: PersonSummary) -> Segment | None:
    return max(person.peaks, key=lambda peak: peak.peak_confidence, default=None)


def video_report(
    timeline: Timeline,
    facts: VideoFacts,
    answers: VideoAnswers,
    pictures: Mapping[Segment, str],
    settings: Mapping[str, object],
    about: Provenance,
) -> str:
    """The report of one video; `pictures` are data addresses of what worth_a_picture() names, or nothing."""
    segments, coverage = timeline.segments(), timeline.coverage()
    everybody, persons = summaries(timeline)
    found = moments(segments)
    length = coverage.end - coverage.start
    return _page(
        "report_video.html",
        title=facts.name,
        facts=facts,
        coverage=coverage,
        length=length,
        everybody=everybody,
        persons=[_person(p, segments_of(p.person or 0, segments), coverage, pictures) for p in _shown(persons)],
        more_persons=max(0, len(persons) - MOST_PERSONS),
        shown_labels=[label for label in LABELS if everybody.shares[label]],
        sentence=_sentence(everybody, persons, coverage),
        ticks=ticks(coverage.start, length),
        pins=[(index, percent_of(m.seconds - coverage.start, length), m) for index, m in enumerate(found, start=1)],
        moments=[(index, m, pictures.get(m.segment)) for index, m in enumerate(found, start=1)],
        curves=curves(timeline),
        group=group(segments, coverage) if len(persons) > 1 else None,
        quality=_quality(coverage),
        answers=answers,
        settings=settings,
        about=about,
    )


def pictures_report(results: Sequence[Result], *, settings: Mapping[str, object], about: Provenance) -> str:
    """The report of many pictures; inputs that could not be used are listed at the end."""
    good = [result for result in results if isinstance(result, PictureResult)]
    faces = [face for result in good for face in result.faces]
    counts = {label: sum(face.emotion == label for face in faces) for label in LABELS}
    total = len(faces)
    sheet = [result for result in good if result.thumbnail and result.faces]
    shares = {label: count / total if total else 0.0 for label, count in counts.items()}
    quality = {name: sum(face.quality == name for face in faces) for name in QUALITY_WORDS}
    return _page(
        "report_pictures.html",
        title=f"{len(good)} picture{'' if len(good) == 1 else 's'}",
        results=good,
        broken=[result for result in results if isinstance(result, Unusable)],
        without_faces=[result for result in good if not result.faces],
        sheet=sheet[:MOST_THUMBNAILS],
        more_pictures=max(0, len(sheet) - MOST_THUMBNAILS),
        faces=total,
        with_faces=sum(bool(result.faces) for result in good),
        counts=counts,
        bands=share_bands(shares),
        confidence=sum(face.confidence for face in faces) / total if total else None,
        quality=[(QUALITY_WORDS[name], n, n / total if total else 0.0) for name, n in quality.items() if n],
        settings=settings,
        about=about,
    )


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
        "looks": ADJECTIVES.__getitem__,
        "thousands": "{:,}".format,
        "valence": valence,
        "arousal": arousal,
    }
    environment.globals |= {"COLOURS": COLOURS, "EMOTIONS": EMOTIONS, "LABELS": LABELS}
    environment.globals["DOUBTFUL"] = DOUBTFUL
    environment.globals["script"] = Markup((TEMPLATES / "report.js").read_text(encoding="utf-8"))
    environment.globals["style"] = Markup((TEMPLATES / "report.css").read_text(encoding="utf-8"))
    return environment.get_template(template).render(values)


def _percent_words(share: float | None) -> str:
    """A share in words; a little never reads as nothing."""
    if share is None:
        return "-"
    words = "under 1%" if 0 < share < 0.005 else "over 99%" if 0.995 <= share < 1 else f"{share:.0%}"
    return words.replace("%", "\N{NO-BREAK SPACE}%").replace("r ", "r\N{NO-BREAK SPACE}")


def _sentence(everybody: PersonSummary, persons: Sequence[PersonSummary], coverage: Coverage) -> str:
    if not coverage.samples_with_face:
        return "No face was seen, so nothing can be said about expressions."
    if not persons:
        return "A face was seen, but too briefly to say anything about its expression."
    emotion = everybody.predominant or UNSURE
    who = "The person" if len(persons) == 1 else f"The {len(persons)} people, taken together,"
    seen = _percent_words(coverage.samples_with_face / coverage.samples)
    share = _percent_words(everybody.shares[emotion])
    unsure = _percent_words(everybody.shares[UNSURE])
    if everybody.shares[UNSURE] > 0.5:
        looked = f"The expression was unclear for {unsure} of the time in which a face was seen"
        looked += "." if emotion == UNSURE else f"; apart from that, {ADJECTIVES[emotion]} was seen most ({share})."
    else:
        most = "mostly" if everybody.shares[emotion] > 0.5 else "most often"
        looked = f"{who} looked {most} {ADJECTIVES[emotion]}: {share} of the time in which a face was seen."
    return f"{looked} A face was seen in {seen} of the frames."


def _person(
    summary: PersonSummary, segments: Sequence[Segment], coverage: Coverage, pictures: Mapping[Segment, str]
) -> dict[str, Any]:
    length, clearest = coverage.end - coverage.start, _clearest(summary)
    return {
        "summary": summary,
        "seen": summary.seconds / length if length else 0.0,
        "bands": bands(segments, coverage.start, length),
        "shares": share_bands(summary.shares),
        "portrait": pictures.get(clearest) if clearest else None,
        "clearest": clearest,
    }


def _quality(coverage: Coverage) -> list[tuple[str, int, float]]:
    names = [*QUALITY_WORDS, *(name for name in coverage.quality if name not in QUALITY_WORDS)]
    return [
        (QUALITY_WORDS.get(name, name), coverage.quality[name], coverage.quality[name] / coverage.faces)
        for name in names
        if coverage.quality.get(name)
    ]
