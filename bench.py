"""Measure this program, side by side with the obvious design.

python bench.py                     everything, about ten minutes
python bench.py live --seconds 5 --viewers 1,32

The obvious design is one capture, one cascade at full size and one model.predict per viewer, inside the request.
Figures depend on the machine and on what else it does: only the ratios of one run can be compared.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Section, as_json, as_text, machine
from faces.errors import FacesError
from faces.needs import need
from faces.places import DEMO_FILE, MODEL_JSON, MODEL_WEIGHTS

DONE, FAILED, INTERRUPTED = 0, 1, 130


@dataclass(frozen=True, slots=True)
class Part:
    """What can be measured by itself."""

    name: str
    about: str
    measure: Callable[[argparse.Namespace], Section]


def _live(options: argparse.Namespace) -> Section:
    from benchmarks.site import live

    return live(options.viewers, options.seconds, alone=options.alone)


def _start(options: argparse.Namespace) -> Section:
    from benchmarks.site import start

    return start(alone=options.alone)


def _slow(options: argparse.Namespace) -> Section:
    from benchmarks.site import slow

    return slow(1.5 * options.seconds, alone=options.alone)


def _idle(options: argparse.Namespace) -> Section:
    from benchmarks.site import idle

    return idle(options.seconds, alone=options.alone)


def _stages(options: argparse.Namespace) -> Section:
    from benchmarks.inside import stages
    from model import FacialExpressionModel

    return stages(FacialExpressionModel(), options.seconds)


def _engines(options: argparse.Namespace) -> Section:
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    from benchmarks.inside import engines
    from model import FacialExpressionModel

    return engines(FacialExpressionModel, (MODEL_JSON, MODEL_WEIGHTS), options.seconds)


def _browser(options: argparse.Namespace) -> Section:
    from benchmarks.browser import browser

    return browser(options.browsers, options.seconds)


def _page(options: argparse.Namespace) -> Section:
    from benchmarks.page import page

    return page(options.faces, options.seconds)


def _upload(options: argparse.Namespace) -> Section:
    from benchmarks.upload import upload

    return upload(options.gigabytes)


def _memory(options: argparse.Namespace) -> Section:
    import psutil

    from benchmarks.inside import memory
    from camera import VideoCamera
    from sources.looped import LoopedVideo

    this = psutil.Process()
    with VideoCamera("demo", open_source=lambda text, wish: LoopedVideo(DEMO_FILE, paced=False)) as camera:
        camera.start()
        return memory(camera, lambda: this.memory_info().rss / 1e6, options.pictures)


def _detect(options: argparse.Namespace) -> Section:
    from benchmarks.inside import detect
    from benchmarks.scenes import face_free

    return detect(options.clip, face_free, options.seconds)


def _steady(options: argparse.Namespace) -> Section:
    from benchmarks.steady import steady
    from model import FacialExpressionModel

    return steady(FacialExpressionModel())


def _found(options: argparse.Namespace) -> Section:
    from benchmarks.found import found

    if options.photos is None:
        return Section("Found in photographs", [], notes=["no --photos was given, so that nobody was looked for"])
    return found(options.photos)


def _crowds(options: argparse.Namespace) -> Section:
    from benchmarks.crowds import crowds
    from model import FacialExpressionModel

    if options.photos is None:
        return Section("Crowds, live", [], notes=["no --photos was given, so that nobody was looked for"])
    return crowds(options.photos, FacialExpressionModel(), options.seconds)


def _films(options: argparse.Namespace) -> Section:
    from benchmarks.made_videos import make_video
    from benchmarks.recordings import films

    return films(make_video, options.seconds)


def _answers(options: argparse.Namespace) -> Section:
    from benchmarks.answers import answers

    return answers(options.seconds)


def _sessions(options: argparse.Namespace) -> Section:
    from benchmarks.sessions import sessions

    return sessions(options.hours)


PARTS = (
    Part("stages", "milliseconds of each stage", _stages),
    Part("engines", "milliseconds per face: here, model.predict, model(x)", _engines),
    Part("live", "pictures per second, their age, processor and memory for 1, 4, 32 viewers", _live),
    Part("start", "from the command to the page and to the first labelled face", _start),
    Part("slow", "a viewer with a slow line beside a fast one", _slow),
    Part("idle", "what it costs when nobody watches, and how soon a newcomer sees something", _idle),
    Part("browser", "answers per second and how late the boxes are for --browsers with cameras of their own", _browser),
    Part("page", "processor time of a browser that shows the page, with --faces in the picture", _page),
    Part("upload", "memory while a file of --gigabytes is sent, and its speed beside the disk's", _upload),
    Part("memory", "whether memory grows over 10,000 pictures", _memory),
    Part("detect", "faces found in --clip, false faces where there is none", _detect),
    Part("steady", "how still boxes stand, how far they lag, how often names change", _steady),
    Part("found", "faces found in the photographs of --photos", _found),
    Part("crowds", "how many faces of the crowds among --photos are shown live, and what they cost", _crowds),
    Part("films", "speed and memory of analyze.py", _films),
    Part("answers", "how fast the uses answer, and what rules cost per frame", _answers),
    Part("sessions", "recording a session of --hours, asking it, listing and exporting", _sessions),
)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="bench.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="parts:\n" + "\n".join(f"  {part.name:8} {part.about}" for part in PARTS),
    )
    add = parser.add_argument
    add("parts", nargs="*", metavar="PART", help="what to measure (default: all of the parts below)")
    add("--seconds", type=_seconds, default=10.0, metavar="N", help="time for each measurement (default: 10)")
    add("--viewers", type=_counts, default=(1, 4, 32), metavar="N,N", help="viewers at once (default: 1,4,32)")
    add("--browsers", type=_counts, default=(1, 8), metavar="N,N", help="browsers at once (default: 1,8)")
    add("--faces", type=_counts, default=(1, 20), metavar="N,N", help="faces on the page at once (default: 1,20)")
    add("--pictures", type=int, default=10_000, metavar="N", help="how many the memory part makes (default: 10000)")
    add("--gigabytes", type=float, default=2.0, metavar="N", help="size of the upload (default: 2)")
    add("--clip", type=Path, metavar="FILE", help="video with a face in each half, for the detectors")
    add("--photos", type=Path, metavar="FOLDER", help="photographs and their boxes.json, for the detectors")
    add("--hours", type=float, default=8.0, metavar="N", help="length of the generated session (default: 8)")
    add("--alone", action="store_true", help="leave the obvious design out")
    add("--json", action="store_true", help="print JSON instead of tables")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.parts if name not in ("all", *(part.name for part in PARTS))]
    if unknown:
        parser.error(f"unknown part {unknown[0]!r}; choose from {', '.join(part.name for part in PARTS)} or all")
    return options


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.5 <= seconds <= 600:
        raise argparse.ArgumentTypeError("it must be from 0.5 to 600 seconds")
    return seconds


def _counts(text: str) -> tuple[int, ...]:
    counts = tuple(int(number) for number in text.split(","))
    if not all(1 <= count <= 32 for count in counts):
        raise argparse.ArgumentTypeError("a server here has seats for 1 to 32 viewers")
    return counts


def main(arguments: Sequence[str] | None = None) -> int:
    """0: measured; 1: a part could not be measured. Whether goals are met is told, and changes nothing."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was started is ended
    wanted = [part for part in PARTS if not options.parts or "all" in options.parts or part.name in options.parts]
    try:
        packages = ("psutil",) if options.alone else ("psutil", "keras", "tensorflow")
        need(*packages, purpose="Measuring", requirements="requirements-dev.txt")
        if len(wanted) == 1:
            _print([wanted[0].measure(options)], as_json_text=options.json)
            return DONE
        return _each_by_itself(wanted, options)
    except FacesError as error:
        print(f"bench.py: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _each_by_itself(wanted: Sequence[Part], options: argparse.Namespace) -> int:
    """Every part in a process of its own, so that none finds the other's threads and memory."""
    flags = ["--seconds", str(options.seconds), "--viewers", ",".join(map(str, options.viewers))]
    flags += ["--browsers", ",".join(map(str, options.browsers))]
    flags += ["--faces", ",".join(map(str, options.faces))]
    flags += ["--hours", str(options.hours), "--gigabytes", str(options.gigabytes)]
    flags += ["--pictures", str(options.pictures), *(["--alone"] if options.alone else [])]
    flags += ["--clip", str(options.clip.absolute())] if options.clip else []
    flags += ["--photos", str(options.photos.absolute())] if options.photos else []
    status, whole = DONE, as_json([])
    for part in wanted:
        command = [sys.executable, __file__, part.name, *flags]
        code, said = _run([*command, "--json"] if options.json else command, heard=options.json)
        status = max(status, code)
        if said:
            whole["sections"] += json.loads(said)["sections"]
    if options.json:
        print(json.dumps(whole, indent=1))
    return DONE if status == DONE else FAILED


def _run(command: Sequence[str], *, heard: bool) -> tuple[int, str]:
    """(exit status, what it printed, if that is to be heard); it ends what it has started before this ends."""
    with subprocess.Popen(command, stdout=subprocess.PIPE if heard else None, text=True) as child:
        try:
            said, _ = child.communicate()
        except KeyboardInterrupt:
            child.terminate()
            child.wait()
            raise
        return abs(child.returncode), said or ""


def _print(sections: Sequence[Section], *, as_json_text: bool) -> None:
    if as_json_text:
        print(json.dumps(as_json(sections), indent=1))
        return
    here = machine()
    for section in sections:
        print(as_text(section))
    print(f"({here['system']}, {here['cores']} cores, load {here['load']}, Python {here['python']})\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
