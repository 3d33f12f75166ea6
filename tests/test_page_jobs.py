"""Dropping files on the page in Chromium: sent, followed, read in place, cancelled, deleted, also after a cut."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import pytest
from fakes import FakeSource, FakeStages, endless, wait_until
from page_tools import Browser, Page, expect, findings, wait_for

from analysis.jobs import Jobs, Outcome, Told
from analysis.uploads import Upload
from camera import VideoCamera
from faces.errors import BusyError
from main import create_app
from web.server import Server, listen

REPORT = "<!doctype html><style>h1 { color: rgb(1, 2, 3) }</style><h1>What was seen</h1>"


class Analysis:
    """Writes a report as soon as it may."""

    def __init__(self) -> None:
        self.may_end = True
        self.outcomes: tuple[Outcome, ...] = ()
        self.saw: list[bytes] = []

    def __call__(self, folder: Path, out: Path, uploads: Sequence[Upload], told: Told, stopped: object) -> None:
        assert callable(stopped)
        told(0.25, ())
        if not wait_until(lambda: self.may_end or stopped()) or not self.may_end:
            return
        self.saw += [file.read_bytes() for file in sorted(folder.iterdir())]
        (out / "upload-1").mkdir(parents=True, exist_ok=True)
        (out / "upload-1" / "report.html").write_text(REPORT)
        read = (Outcome(uploads[0].shown, report="upload-1/report.html"), Outcome("notes.txt", error="No video."))
        told(1.0, self.outcomes or read)


class Program:
    """The real program around an analysis that does nothing."""

    def __init__(self, folder: Path) -> None:
        self.analysis = Analysis()
        self._folder = folder

    def start_jobs(self) -> None:
        self.jobs = Jobs(self._folder, self.analysis)
        self.jobs.start()

    def start(self) -> None:
        self.start_jobs()
        self._camera = VideoCamera(
            "0", make_stages=lambda _: FakeStages(), open_source=lambda *_: FakeSource(iter([endless()]))
        )
        listener = listen("127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        self._server = Server(create_app(self._camera, get_jobs=lambda: self.jobs), listener, max_viewers=4)
        self._server.start()
        self._camera.start()

    def stop(self) -> None:
        self.jobs.close()
        self._camera.close()
        self._server.stop()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    running = Program(tmp_path / "jobs")
    running.start()
    yield running
    running.analysis.may_end = True
    running.stop()


@pytest.fixture
def page(program: Program, browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(program.address)
    yield opened
    context.close()


def choose(page: Page, *files: Path) -> None:
    page.locator("#jobs input[type=file]").first.set_input_files([str(file) for file in files])


def written(path: Path, content: bytes = b"content") -> Path:
    path.write_bytes(content)
    return path


def test_files_are_sent_and_their_report_is_read_in_place(page: Page, program: Program, tmp_path: Path) -> None:
    content = bytes(range(256)) * 40_000  # two pieces
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text))
    choose(page, written(tmp_path / "holiday.mp4", content))
    expect(page.locator(".job")).to_have_attribute("data-status", "done")
    assert program.analysis.saw == [content]
    expect(page.locator(".job strong")).to_have_text("holiday.mp4")
    expect(page.locator(".job-outcomes")).to_contain_text("notes.txt: No video.")
    page.get_by_role("button", name="Report: holiday.mp4").click()
    heading = page.frame_locator("#report iframe").locator("h1")
    expect(heading).to_have_text("What was seen")
    expect(heading).to_have_css("color", "rgb(1, 2, 3)")
    page.locator("#report-close").click()
    expect(page.locator("#report")).to_be_hidden()
    assert troubles == []


def test_files_may_be_dropped_anywhere(page: Page) -> None:
    data = page.evaluate_handle(
        "() => { const data = new DataTransfer(); data.items.add(new File(['content'], 'photo.jpg')); return data; }"
    )
    page.dispatch_event("body", "dragover", {"dataTransfer": data})
    expect(page.locator("#jobs-drop")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": data})
    expect(page.locator(".job strong")).to_have_text("photo.jpg")


def test_a_folder_is_dropped_with_all_that_is_in_it(page: Page, program: Program, tmp_path: Path) -> None:
    inner = tmp_path / "holiday" / "first day"
    inner.mkdir(parents=True)
    written(inner / "b.jpg", b"second")
    written(tmp_path / "holiday" / "a.jpg", b"first")
    written(tmp_path / "holiday" / ".hidden", b"of the system")
    middle = {"x": 200, "y": 200, "modifiers": 0}
    data = {"items": [], "files": [str(tmp_path / "holiday")], "dragOperationsMask": 1}
    hand = page.context.new_cdp_session(page)  # a folder cannot be put into a DataTransfer by a script
    for step in ("dragEnter", "dragOver", "drop"):
        hand.send("Input.dispatchDragEvent", {"type": step, "data": data, **middle})
    expect(page.locator(".job")).to_have_attribute("data-status", "done")
    expect(page.locator(".job strong")).to_have_text("2 files")
    assert program.analysis.saw == [b"first", b"second"]


def test_jobs_are_still_there_after_a_reload_and_a_restart(page: Page, program: Program, tmp_path: Path) -> None:
    program.analysis.may_end = False
    choose(page, written(tmp_path / "holiday.mp4"))
    expect(page.locator(".job-words")).to_contain_text("Working, 25%")
    program.jobs.close()
    program.analysis.may_end = True
    program.start_jobs()
    page.reload()
    expect(page.locator(".job")).to_have_attribute("data-status", "done")


def test_an_upload_goes_on_after_a_cut(
    page: Page, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: list[int] = []
    receive = program.jobs.receive

    def cut_the_second_piece(key: str, number: int, offset: int, piece: IO[bytes]) -> int:
        if offset and not cut:
            cut.append(offset)
            raise BusyError("cut")
        return receive(key, number, offset, piece)

    monkeypatch.setattr(program.jobs, "receive", cut_the_second_piece)
    content = bytes(range(256)) * 40_000
    choose(page, written(tmp_path / "holiday.mp4", content))
    expect(page.locator(".job")).to_have_attribute("data-status", "done")
    assert len(cut) == 1 and program.analysis.saw == [content]


def test_an_upload_that_a_reload_cut_off_goes_on_with_the_same_file(
    page: Page, program: Program, tmp_path: Path
) -> None:
    receive = program.jobs.receive

    def refuse(key: str, number: int, offset: int, piece: IO[bytes]) -> int:
        raise BusyError("cut")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program.jobs, "receive", refuse)
        choose(page, written(tmp_path / "holiday.mp4"))
        expect(page.locator(".job")).to_have_attribute("data-status", "uploading")
        page.reload()
        page.locator("#jobs summary").click()
        expect(page.locator(".job-words")).to_contain_text("Choose the same files again")
    assert program.jobs.receive == receive
    choose(page, tmp_path / "holiday.mp4")
    expect(page.locator(".job")).to_have_attribute("data-status", "done")
    expect(page.locator(".job")).to_have_count(1)


def test_a_job_is_cancelled_and_deleted(page: Page, program: Program, tmp_path: Path) -> None:
    program.analysis.may_end = False
    choose(page, written(tmp_path / "holiday.mp4"))
    expect(page.locator(".job-words")).to_contain_text("Working")
    expect(page.get_by_role("button", name="Delete")).to_be_hidden()
    choose(page, written(tmp_path / "beach.mp4"))
    expect(page.locator(".job-words").first).to_have_text("Waiting for its turn.")
    assert findings(page) == []
    page.get_by_role("button", name="Cancel").first.click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".job")).to_have_count(1)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".job-words")).to_contain_text("Cancelled")
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".job")).to_have_count(0)
    wait_for(page, lambda: list((tmp_path / "jobs").iterdir()) == [])
    page.reload()
    expect(page.locator(".job")).to_have_count(0)


def test_where_nothing_could_be_read_no_results_are_promised(page: Page, program: Program, tmp_path: Path) -> None:
    program.analysis.outcomes = (Outcome("broken.mp4", error="broken.mp4 is not a video."),)
    choose(page, written(tmp_path / "broken.mp4"))
    expect(page.locator(".job-words")).to_have_text("Nothing could be analysed. What was sent is deleted.")
    expect(page.locator(".job-outcomes")).to_have_text("broken.mp4 is not a video.")
    assert findings(page) == []


def test_what_cannot_be_sent_is_said(page: Page, tmp_path: Path) -> None:
    choose(page, written(tmp_path / "empty.mp4", b""))
    expect(page.locator("#problem-text")).to_contain_text("only empty files")
