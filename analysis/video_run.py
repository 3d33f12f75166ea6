"""Run the pipeline over a whole video, dropping nothing, and write what was seen."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from analysis.about import Provenance
from analysis.answers import answers, told
from analysis.earlier import read_json
from analysis.layout import ANNOTATED, DATA, MANIFEST, REPORT, TABLE
from analysis.report import VideoFacts, video_report, worth_a_picture
from analysis.resting import calibrate
from analysis.results import VideoResult, result_values
from analysis.settings import Control, Settings
from analysis.video_writer import LONG_SECONDS, VideoWriter
from analysis.videos import Video, frames_at
from faces.annotate import Annotator
from faces.errors import InputError
from faces.files import TEXT, filled_folder, remove_parts, whole_file, write_whole_json
from faces.pipeline import Classifier, Pipeline, make_pipeline
from faces.records import Frame
from sources.pictures import crop_around, thumbnail
from timeline.export import TableWriter, read_csv_rows, write_json
from timeline.questions import summaries
from timeline.segments import Segment
from timeline.shapes import values
from timeline.timeline import Timeline

THUMBNAIL_SIDE = 360  # pixels

UNCONTROLLED = Control()
NOTHING_KNOWN = Provenance()
NO_KEY: Mapping[str, object] = {}

STILL_SECONDS = 1.0
"""Samples this far apart are treated as separate pictures: each is searched thoroughly, and being found once is
enough. Asking for twice would drop a fifth of a person who is there for five samples."""


def analyse_video(
    path: Path,
    folder: Path,
    classifier: Classifier,
    settings: Settings,
    *,
    name: str = "",
    key: Mapping[str, object] = NO_KEY,
    about: Provenance = NOTHING_KNOWN,
    control: Control = UNCONTROLLED,
    pipeline: Pipeline | None = None,
) -> VideoResult:
    """Write table, data, annotated video and report into the folder.

    A run that is stopped early leaves complete files about the part that it saw, and says so. `key` identifies these
    results for a later run; it is stored in the manifest, together with the result if the video was finished.
    """
    timeline = Timeline(stable_seconds=settings.stable_seconds)
    pipeline = pipeline or _pipeline(classifier, settings)
    calibrated = calibrate(
        pipeline, settings, partial(_frames, path, settings), partial(_pipeline, classifier, settings)
    )
    with ExitStack() as finish_last:
        finish_last.enter_context(filled_folder(folder))
        outdated = not _same_results(read_json(folder / MANIFEST), key)
        remove_parts(folder)
        parts = {name: finish_last.enter_context(whole_file(folder / name)) for name in (TABLE, DATA, REPORT)}
        if settings.annotate:
            parts[ANNOTATED] = finish_last.enter_context(whole_file(folder / ANNOTATED))
        facts = _read_video(path, name or path.name, parts, timeline, pipeline, settings, control)
        # not every classifier was measured against people: without that, shares have no intervals
        found = answers(timeline, getattr(classifier, "confusion", None), settings.rules)
        facts = replace(facts, notes=[*facts.notes, *([calibrated] if calibrated else []), *told(found)])
        with (
            parts[TABLE].open(encoding="utf-8", newline="") as table,
            parts[DATA].open("w", **TEXT) as data,
        ):
            write_json(data, timeline, read_csv_rows(table), about=_about_video(facts, settings), uses=values(found))
        pictures = _thumbnails(path, worth_a_picture(timeline), facts) if settings.thumbnails else {}
        parts[REPORT].write_text(video_report(timeline, facts, found, pictures, asdict(settings), about), **TEXT)
        write_whole_json(folder / MANIFEST, key)  # from here on, nothing of an earlier run counts as finished
        if not settings.annotate and outdated:
            (folder / ANNOTATED).unlink(missing_ok=True)
    result = _result(path, folder, timeline, facts)
    if facts.complete:
        write_whole_json(folder / MANIFEST, {**key, "result": result_values(result)})
    return result


def _same_results(earlier: Mapping[str, Any] | None, key: Mapping[str, Any]) -> bool:
    """Whether a finished earlier run gave the same numbers, whichever files it made of them."""
    if not key or earlier is None or "result" not in earlier or not isinstance(earlier.get("settings"), dict):
        return False
    files = dict.fromkeys(("annotate", "thumbnails"))
    before, now = ({**memory, "settings": {**memory["settings"], **files}, "result": None} for memory in (earlier, key))
    return before == now


def _pipeline(classifier: Classifier, settings: Settings) -> Pipeline:
    still = settings.every_seconds >= STILL_SECONDS
    return make_pipeline(classifier, detector=settings.detector, still=still)


def _frames(path: Path, settings: Settings) -> Iterator[Frame]:
    """Those that will be looked at, from the start."""
    with Video(path, every_seconds=settings.every_seconds) as video:
        yield from video


def _read_video(
    path: Path,
    name: str,
    parts: dict[str, Path],
    timeline: Timeline,
    pipeline: Pipeline,
    settings: Settings,
    control: Control,
) -> VideoFacts:
    """Take every frame through the pipeline into the table and the annotated video."""
    annotator, stopped, size = Annotator(), False, (0, 0)
    with ExitStack() as stack:
        video = stack.enter_context(Video(path, every_seconds=settings.every_seconds))
        table = TableWriter(stack.enter_context(parts[TABLE].open("w", encoding="utf-8", newline="")))
        writer = _writer(video, parts[ANNOTATED], stack) if ANNOTATED in parts else None
        for frame in video:
            shot = pipeline.process(frame)
            table.write(timeline.add(shot))
            if writer is not None:
                writer.write(annotator.draw(shot), frame.seconds)
            size = (frame.image.shape[1], frame.image.shape[0])
            if video.seconds:
                control.progress(min(1.0, frame.seconds / video.seconds))
            if control.stopped():
                stopped = True
                break
        if not timeline.coverage().samples:
            raise InputError(f"{path.name} is damaged: not one of its frames can be read. Convert it again.")
        timeline.end_at(video.end_seconds)
        return VideoFacts(
            name=name,
            width=size[0],
            height=size[1],
            fps=video.fps,
            codec=video.codec,
            sound=video.sound is not None,
            jumps=video.jumps,
            annotated=writer is not None,
            notes=_notes(video, writer, stopped),
            complete=not stopped,
        )


def _writer(video: Video, path: Path, stack: ExitStack) -> VideoWriter:
    fps = min(video.fps, 1 / video.every_seconds) if video.every_seconds else video.fps
    long = video.seconds is None or video.seconds > LONG_SECONDS
    writer = VideoWriter(path, fps=fps, sound=video.sound, start_seconds=video.start_seconds, long=long)
    video.on_sound = writer.write_sound
    return stack.enter_context(writer)


def _notes(video: Video, writer: VideoWriter | None, stopped: bool) -> list[str]:
    notes = []
    if stopped:
        notes.append(f"Stopped after {video.reached_seconds:.1f} s; the next run starts this video again.")
    elif video.ends_early:
        notes.append(
            f"The video ends early: {video.reached_seconds:.1f} s of {video.seconds:.1f} s could be read. "
            "It may be cut off."
        )
    if video.jumps:
        notes.append(
            f"The video's clock jumps {video.jumps} time{'' if video.jumps == 1 else 's'}, as in joined videos. "
            "The times here run on without the jumps, and differ from those that a player shows."
        )
    if video.damaged_packets:
        notes.append(f"{video.damaged_packets} damaged pieces of the video were left out.")
    if writer is not None and video.sound_unknown:
        notes.append("The sound is in a format that cannot be read; the annotated video has none.")
    if writer is not None and writer.sound_damaged:
        notes.append("Parts of the sound could not be read and are missing from the annotated video.")
    return notes


def _thumbnails(path: Path, segments: Iterable[Segment], facts: VideoFacts) -> dict[Segment, str]:
    """A small picture of the person at the peak of each segment, as a data URL."""
    at: dict[float, list[Segment]] = {}
    for segment in segments:
        at.setdefault(segment.peak_at, []).append(segment)
    return {
        segment: thumbnail(crop_around(image, segment.peak_box), side=THUMBNAIL_SIDE)
        for seconds, image in frames_at(path, at, seekable=not facts.jumps)
        for segment in at[seconds]
        if segment.peak_box is not None
    }


def _about_video(facts: VideoFacts, settings: Settings) -> dict[str, object]:
    """Nothing about where or when it ran: the same video gives the same bytes everywhere."""
    return {"source": asdict(facts), "settings": asdict(settings)}


def _result(path: Path, folder: Path, timeline: Timeline, facts: VideoFacts) -> VideoResult:
    everybody, persons = summaries(timeline)
    coverage = timeline.coverage()
    return VideoResult(
        input=str(path),
        name=facts.name,
        folder=str(folder),
        complete=facts.complete,
        seconds=coverage.end - coverage.start,
        samples=coverage.samples,
        samples_with_face=coverage.samples_with_face,
        everybody=everybody,
        persons=tuple(persons),
        notes=tuple(facts.notes),
    )
