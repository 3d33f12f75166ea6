"""Takes the pictures of docs/uses.md again: `python tests/take_use_pictures.py`, from anywhere; it takes five minutes.

The panels and reports of the real pages, over generated faces that act: nobody real is in them. A crowd laughs at a
joke and then turns angry; somebody alone sits at a desk and slowly frowns; of three weeks some days are kept; and an
audience hears a scene twice, with weaker jokes the second time.
"""

import math
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # a script finds only what lies beside it, and fake_site needs the packages above

from fake_site import find_chromium  # noqa: E402
from fakes import FakeStages  # noqa: E402
from live_program import live_page, live_program, open_panel  # noqa: E402
from played import KeepingTimeline  # noqa: E402
from test_web_watch import keep, keep_timeline  # noqa: E402

from faces.calibrate import Resting  # noqa: E402
from faces.emotions import EMOTIONS  # noqa: E402
from faces.records import Box, Face, Frame, Shot  # noqa: E402
from learn.compiled import said_of_majority  # noqa: E402
from sessions.diary import Notebook  # noqa: E402
from sessions.marks import Marks  # noqa: E402
from sessions.values import SessionDetails  # noqa: E402
from web.recording import Recordings  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"

WATCHED_MS = 100_000
"""So long a panel has watched before its picture is taken."""

CALM = Resting((0.03, 0.01, 0.03, 0.04, 0.82, 0.06, 0.01), 12.0, 300)

Act = Callable[[int, float], dict[str, float]]
"""Person and second to what the face shows besides neutral: shares of the seven."""


class Acting(FakeStages):
    """Faces that do what an act says, a little differently each."""

    def __init__(self, faces: int, act: Act) -> None:
        super().__init__(faces)
        self._act = act
        self._began: float | None = None

    def process(self, frame: Frame) -> Shot:
        self._began = frame.seconds if self._began is None else self._began
        seconds = frame.seconds - self._began
        return Shot(frame, tuple(_face(person, self._act(person, seconds)) for person in range(1, self.faces + 1)))


def _face(person: int, shown: dict[str, float]) -> Face:
    shares = {emotion: 0.02 + shown.get(emotion, 0.0) for emotion in EMOTIONS}
    shares["neutral"] = max(0.02, 1.0 - sum(shares.values()))
    total = sum(shares.values())
    scores = tuple(share / total for share in shares.values())
    best = max(range(len(EMOTIONS)), key=scores.__getitem__)
    return Face(person, Box(10 + 75 * (person - 1), 60, 60, 60), EMOTIONS[best], scores[best], scores)


def bump(seconds: float, middle: float, width: float) -> float:
    """From 0 to 1 and back."""
    return math.exp(-(((seconds - middle) / width) ** 2))


def crowd(person: int, seconds: float) -> dict[str, float]:
    """Two jokes, of which the panel sees the second; from the 70th second on anger passes from one to the next."""
    late = 0.7 * person
    laugh = 0.55 * bump(seconds, 22 + late / 2, 5) + (0.5 + 0.05 * person) * bump(seconds, 50 + late / 2, 7)
    angry = 0.8 / (1 + math.exp(-(seconds - 70 - 2 * person) / 1.5)) if person <= 6 else 0.0
    return {"happy": laugh, "angry": angry, "surprise": 0.1 * bump(seconds, 19, 2)}


def desk(person: int, seconds: float) -> dict[str, float]:
    """A frown that comes and goes, and a smile."""
    frown = 0.25 + 0.2 * math.sin(seconds / 13)
    smile = 0.7 * bump(seconds, 40, 6)
    return {"angry": frown * (1 - smile), "sad": 0.08, "happy": smile}


def scene(jokes: dict[float, float]) -> Act:
    """An audience that laughs at jokes, each so many seconds in and so funny, between 0 and 1."""

    def act(person: int, seconds: float) -> dict[str, float]:
        late, taste = 0.3 * person, 1.0 - 0.08 * (person * 5 % 7)
        laughs = (funny * taste * bump(seconds, at + 2 + late, 5) for at, funny in jokes.items())
        return {"happy": min(0.9, 0.04 * (person % 3) + sum(laughs)), "surprise": 0.1 * bump(seconds, min(jokes), 2)}

    return act


def save(page: Page, name: str) -> None:
    _save(page.locator(f"#use-{name}"), f"use-{name}")


def _save(seen: Page | Locator, name: str) -> None:
    path = FOLDER / f"{name}.jpg"
    seen.screenshot(path=path, type="jpeg", quality=85)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB")


def shoot_crowd(browser: Browser, folder: Path) -> None:
    with live_program(folder, Acting(8, crowd)) as address, live_page(browser, address) as page:
        page.set_viewport_size({"width": 1100, "height": 900})
        open_panel(page, "Crowd watch")
        panel = page.locator("#use-crowd")
        panel.get_by_role("button", name="Add a rule").click()
        panel.get_by_label("Name").fill("Anger spreads")
        panel.get_by_label("Told after").fill("5")
        panel.get_by_role("button", name="Save the rule").click()
        page.locator(".question", has_text="Audience").click()
        page.wait_for_timeout(WATCHED_MS)
        expect(panel.locator("tbody tr").first).to_contain_text("goes on")
        for name in ("crowd", "audience"):
            save(page, name)


def shoot_desk(browser: Browser, folder: Path) -> None:
    stages = Acting(1, desk)
    _keep_days(folder)
    with live_program(folder, stages) as address, live_page(browser, address) as page:
        page.set_viewport_size({"width": 1100, "height": 900})
        stages.calibrator.use(1, CALM)
        stages.calibrator.switch(active=False)  # else the scores would be read relative to it, which this act does not
        open_panel(page, "Tension")
        for title in ("Activity", "Assistant", "Mood"):
            page.locator(".question", has_text=title).click()
        assistant = page.locator("#use-assistant")
        assistant.get_by_text("What it says, and when").click()
        assistant.get_by_label("After").fill("5")
        assistant.get_by_label("Quiet hours").fill("")
        page.keyboard.press("Tab")
        assistant.get_by_text("What it says, and when").click()
        page.wait_for_timeout(WATCHED_MS)
        for name in ("activity", "tension", "assistant", "mood"):
            save(page, name)


def shoot_showings(browser: Browser, folder: Path) -> None:
    """The report of a saved session, and two showings side by side."""
    evening = datetime.now().astimezone().replace(hour=20, minute=0)
    first = _keep_showing(folder, "First night", evening - timedelta(days=7), {20: 0.5, 55: 0.95, 90: 0.6})
    second = _keep_showing(folder, "Second night", evening, {22: 0.3, 58: 0.6, 95: 0.35})
    with live_program(folder, Acting(1, desk)) as address:
        page = browser.new_page(viewport={"width": 1100, "height": 1150})
        page.goto(f"{address}sessions/{first}")
        expect(page.locator("#audience-chart polyline")).to_have_count(2)
        _save(page, "session")
        page.goto(f"{address}sessions/compare?a={first}&b={second}")
        page.get_by_label("Align at").select_option("The joke")
        expect(page.locator("#audience-lead")).to_contain_text("62 seconds")  # of 120, from the later marker on
        _save(page, "comparison")
        page.close()


def _keep_showing(folder: Path, name: str, began: datetime, jokes: dict[float, float]) -> str:
    """The id of a session of two minutes before eight people, with a marker at the second joke."""
    recordings = Recordings(str(folder / "sessions.db"))
    about = SessionDetails(
        name=name,
        project="Comedy",
        activity="Scene 3",
        consent="All eight agreed.",
        confusion=said_of_majority(ROOT / "model.json"),
    )
    timeline, act = KeepingTimeline(), scene(jokes)
    for frame in range(120 * 5):
        timeline.add_faces(frame / 5, [_face(person, act(person, frame / 5)) for person in range(1, 9)])
    number = keep_timeline(recordings, about, began, timeline)
    Marks(recordings.store.database).add(number, "The joke", sorted(jokes)[1], None)
    recordings.close()
    return number


def _keep_days(folder: Path) -> None:
    """Most days of three weeks, better at their ends, with two notes."""
    recordings = Recordings(str(folder / "sessions.db"))
    now = datetime.now().astimezone().replace(hour=12)
    for day in range(21):
        if day % 5 != 3:
            happy = 15 + 70 * (day % 7 in (5, 6)) + day
            pieces = [(40.0, {1: "sad" if day in (4, 9) else "neutral"}), (float(happy), {1: "happy"})]
            keep(recordings, now - timedelta(days=20 - day), pieces, me=True)
    notebook = Notebook(recordings.store.database)
    notebook.note((now - timedelta(days=16)).date(), "Slept badly.")
    notebook.note((now - timedelta(days=1)).date(), "A long walk.")
    recordings.close()


def main() -> None:
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("No Chromium on the PATH: install one, then try again.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for shoot in (shoot_crowd, shoot_desk, shoot_showings):
            with tempfile.TemporaryDirectory(prefix="faces-pictures-") as folder:
                shoot(browser, Path(folder))
        browser.close()


if __name__ == "__main__":
    main()
