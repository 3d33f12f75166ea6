"""Analyse pictures, videos and folders: write tables, annotated videos and reports.

python analyze.py holiday.mp4 photos/ --every 0.2s --jobs 2
"""

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from analysis.about import Provenance, date_words, read_measured, versions, weights_checksum
from analysis.crew import MakeWorker, Progress, run_here, run_together
from analysis.inputs import Task, check_out, find_inputs, only_run, plain_path, plan
from analysis.progress import Meter, Stop
from analysis.resting import profile_text, stretch_of
from analysis.results import PictureResult, Result, Unusable, VideoResult, result_values
from analysis.settings import Settings
from analysis.stills import PictureReader
from analysis.tables import write_pictures
from analysis.worker import Worker, failed, finished
from faces.detect import make_detector
from faces.detectors import DETECTORS
from faces.emotions import UNSURE
from faces.errors import FacesError, InputError, SettingsError
from faces.pipeline import Classifier
from faces.places import MODEL_JSON, MODEL_WEIGHTS, PROGRAM
from faces.terminal import plain, say
from sources.pictures import MOST_BYTES
from timeline.rules import read_rules

MODEL_FILES = (MODEL_JSON, MODEL_WEIGHTS)
DONE, BROKEN, WRONG, INTERRUPTED = 0, 1, 2, 130

NEXT_LINE = "\n  "

MakeClassifier = Callable[[], Classifier]


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="analyze.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help="pictures, videos, folders, patterns; - reads one picture from stdin")
    add("--out", type=Path, metavar="DIR", help="folder for the results (default: results)")
    add(
        "--every",
        type=_seconds,
        default=0.0,
        metavar="T",
        help="sample a video every 0.2s, 200ms, ... (default: every frame)",
    )
    add("--jobs", type=_positive, default=1, metavar="N", help="number of parallel processes (default: 1)")
    add("--json", action="store_true", help="print one line of JSON per input instead of text")
    add("--no-thumbnails", action="store_true", help="no pictures of people in the reports")
    add("--no-annotated", action="store_true", help="no annotated.mp4; saves about a quarter of the time")
    add(
        "--detector",
        default=DETECTORS[0],
        metavar="D",
        help=f"who finds the faces: {', '.join(DETECTORS)}, yunet:FILE (default: {DETECTORS[0]})",
    )
    add("--resting", type=Path, metavar="PROFILE", help="read one person of a video relative to this resting face")
    add("--resting-from", default="", metavar="FROM-TO", help="the same from a stretch of the video, such as 0:05-0:20")
    add("--resting-person", type=_positive, default=1, metavar="N", help="whose resting face it is (default: 1)")
    add("--rules", type=Path, metavar="FILE", help="say when the rules of this file (TOML, see docs/uses.md) were met")
    add("--engine", choices=("local", "ray"), default="local", help="ray: on a Ray cluster, see requirements-ray.txt")
    add("--address", metavar="A", help="of a running Ray cluster, or auto (default: start one here with --jobs CPUs)")
    return parser.parse_args(arguments)


def _seconds(text: str) -> float:
    for unit, factor in (("ms", 0.001), ("min", 60.0), ("s", 1.0), ("", 1.0)):
        if text.endswith(unit):
            try:
                seconds = float(text.removesuffix(unit)) * factor
            except ValueError:
                break
            if 0 < seconds < 86_400:
                return seconds
            break
    raise argparse.ArgumentTypeError(f"{text!r} is not a duration; write 0.2s or 200ms")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _rules(file: Path) -> str:
    """The text of a rules file that can be used."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        read_rules(text)
    except OSError as error:
        raise SettingsError(f"The rules in {file} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, InputError) as error:
        raise SettingsError(f"The rules in {file} cannot be used. {error}") from error
    return text


def load_model() -> Classifier:
    """The network of this repository."""
    from model import FacialExpressionModel  # here, so that --help need not wait for it

    return FacialExpressionModel(*MODEL_FILES)


def make_worker(make_classifier: MakeClassifier, settings: Settings, about: Provenance) -> Worker:
    """A worker with a network of its own; called once in every process."""
    return Worker(make_classifier(), settings, about)


def main(arguments: Sequence[str] | None = None, *, make_classifier: MakeClassifier = load_model) -> int:
    """0: all done, 1: some input could not be used, 2: wrong settings, 130: stopped by Ctrl-C."""
    options = parse(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # file names may not fit the terminal's encoding
    try:
        if options.address and options.engine != "ray":
            raise SettingsError("--address is for a Ray cluster: add --engine ray.")
        if options.resting and options.resting_from:
            raise SettingsError("--resting and --resting-from exclude each other: choose one.")
        if options.resting_from:
            stretch_of(options.resting_from)
        if "-" in options.paths:
            return analyse_standard_input(options, make_classifier)
        return analyse_files(options, make_classifier)
    except OSError as error:
        if error.filename is not None:  # a file of ours; a stream that is printed to has no name
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it once more at its end
        gone = isinstance(error, BrokenPipeError)
        why = "Nobody reads its output any more" if gone else f"Its output cannot be written: {error.strerror}"
        say(f"analyze.py: {why}. Run the same command again to finish the rest.", error=True)
        return BROKEN
    except (SettingsError, InputError) as error:
        say(f"analyze.py: {error}", error=True)
        return BROKEN if isinstance(error, InputError) else WRONG
    except FacesError as error:
        say(f"analyze.py: {error}", error=True)
        return WRONG


def analyse_standard_input(options: argparse.Namespace, make_classifier: MakeClassifier) -> int:
    """One picture from stdin; nothing is written to disk."""
    if options.paths != ["-"]:
        raise SettingsError("- reads one picture and cannot be combined with files. Analyse the files in another run.")
    picture = sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        if len(picture) > MOST_BYTES:
            raise InputError(f"Standard input has more than {MOST_BYTES // 10**6} MB. Make the picture smaller first.")
        result = PictureReader(make_classifier(), detector=options.detector).answer(picture, "standard input")
    except InputError as error:
        if options.json:
            _tell(failed(Path("standard input"), str(error)), as_json=True)
        raise
    _tell(result, as_json=options.json)
    return DONE


def analyse_files(options: argparse.Namespace, make_classifier: MakeClassifier) -> int:
    """Every file of the arguments, in one process, in several, or on a cluster."""
    out = plain_path(options.out or "results")
    inputs = find_inputs(options.paths, out)
    if not inputs:
        raise SettingsError("No pictures or videos were found in the given paths. Check them.")
    check_out(out)
    with only_run(out):
        return _analyse(options, inputs, out, make_classifier)


def _analyse(options: argparse.Namespace, inputs: list[Path], out: Path, make_classifier: MakeClassifier) -> int:
    make_detector(options.detector)  # an unavailable detector is reported before any work
    settings = Settings(
        every_seconds=options.every,
        detector=options.detector,
        annotate=not options.no_annotated,
        thumbnails=not options.no_thumbnails,
        weights=weights_checksum(),
        resting=profile_text(options.resting) if options.resting else "",
        resting_from=options.resting_from,
        resting_person=options.resting_person,
        rules=_rules(options.rules) if options.rules else "",
    )
    about = Provenance(versions(), read_measured(), date_words(datetime.now()))
    tasks = plan(inputs, out)
    results = [finished(task, settings) for task in tasks]
    todo = [index for index, result in enumerate(results) if result is None]
    stop = Stop()
    _do(
        options,
        [tasks[index] for index in todo],
        partial(make_worker, make_classifier, settings, about),
        stop,
        results,
        todo,
    )
    pictures = [result for task, result in zip(tasks, results, strict=True) if result and _on_sheet(task, tasks)]
    unwritten = ""
    if any(isinstance(result, PictureResult) for result in pictures):
        try:
            folder = write_pictures(pictures, out, settings, about)
        except OSError as error:
            unwritten = f"The table of all pictures was not written: {error.strerror} ({error.filename or out})."
        else:
            if not options.json:
                print(plain(f"All pictures: {folder / 'report.html'}"))
    return _conclude(results, stop, unwritten)


def _do(
    options: argparse.Namespace,
    tasks: list[Task],
    make: MakeWorker,
    stop: "Stop",
    results: list[Result | None],
    places: list[int],
) -> None:
    """Run the tasks, put their results in place, and print each as soon as all before it are done."""
    meter = Meter(tasks, sys.stderr)
    printed = _tell_ready(results, 0, as_json=options.json)
    for index, result in _engine(options, tasks, make, meter.note, lambda: stop.given):
        results[places[index]] = result
        meter.note(index, 1.0)
        meter.clear()
        printed = _tell_ready(results, printed, as_json=options.json)
    meter.clear()
    for late in results[printed:]:
        if late is not None:
            _tell(late, as_json=options.json)


def _tell_ready(results: list[Result | None], printed: int, *, as_json: bool) -> int:
    while printed < len(results) and (result := results[printed]) is not None:
        _tell(result, as_json=as_json)
        printed += 1
    return printed


def _engine(
    options: argparse.Namespace, tasks: list[Task], make: MakeWorker, progress: Progress, stopped: Callable[[], bool]
) -> Iterator[tuple[int, Result]]:
    if not tasks:
        return
    worker = make()  # a missing or damaged network is reported, and a new one compiled, before any work
    if options.engine == "ray":
        from analysis.ray_engine import run_on_ray

        yield from run_on_ray(tasks, make, progress, stopped, address=options.address, jobs=options.jobs, code=PROGRAM)
    elif options.jobs > 1 and len(tasks) > 1:
        yield from run_together(tasks, make, options.jobs, progress, stopped)
    else:
        yield from run_here(tasks, worker, progress, stopped)


def _on_sheet(task: Task, tasks: list[Task]) -> bool:
    """Whether it belongs in the report of all pictures: pictures do, and so do broken files if there are pictures."""
    return task.kind == "picture" or (task.kind == "broken" and any(other.kind == "picture" for other in tasks))


def _tell(result: Result, *, as_json: bool) -> None:
    if as_json:
        # Letters that the output's encoding lacks are escaped as JSON has it, not as Python has it.
        unicode = getattr(sys.stdout, "encoding", "utf-8").lower().startswith("utf")
        print(json.dumps(result_values(result), ensure_ascii=not unicode), flush=True)
    elif not isinstance(result, Unusable):
        print(*map(plain, words(result).split(NEXT_LINE)), sep=NEXT_LINE, flush=True)


def words(result: PictureResult | VideoResult) -> str:
    """One input summed up in one line."""
    if isinstance(result, PictureResult):
        faces = ", ".join(f"{face.emotion} {face.confidence:.0%}" for face in result.faces)
        return f"{result.name}: {faces or 'no face'}"
    done = " (finished earlier)" if result.finished_earlier else ""
    notes = "".join(f"{NEXT_LINE}{note}" for note in result.notes)
    return f"{result.name}: {_seen(result)} -> {Path(result.folder) / 'report.html'}{done}{notes}"


def _seen(result: VideoResult) -> str:
    everybody = result.everybody
    if everybody.predominant is None:
        return "a face was seen too briefly" if result.samples_with_face else "no face was seen"
    share, unsure = everybody.shares[everybody.predominant], everybody.shares[UNSURE]
    most = "mostly" if share > 0.5 else "most often"
    unclear = f", unclear {unsure:.0%}" if unsure > 0.5 else ""
    who = "person" if len(result.persons) == 1 else "people"
    return f"{most} {everybody.predominant} ({share:.0%}{unclear}), {len(result.persons)} {who}"


def _conclude(results: list[Result | None], stop: "Stop", unwritten: str) -> int:
    broken = [result for result in results if isinstance(result, Unusable)]
    if broken:
        say(f"{len(broken)} of {len(results)} inputs could not be used:", error=True)
        for result in broken:
            say(f"  {result.input}: {result.error}", error=True)
    if unwritten:
        say(f"{unwritten} Close whatever has it open, or free some space, and run it again.", error=True)
    if stop.given:
        say("Stopped. Run the same command again to finish the rest.", error=True)
        return INTERRUPTED
    return BROKEN if broken or unwritten else DONE


if __name__ == "__main__":
    sys.exit(main())
