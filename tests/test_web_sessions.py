"""Tests of the routes about sessions and uses: a real store, a camera of fake pictures, Flask's own client."""

import csv
import io
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes import json_of, wait_until
from flask.testing import FlaskClient
from played import play
from test_sessions_store import PIECES, START, batches
from werkzeug.http import parse_options_header

from camera import VideoCamera
from faces.emotions import EMOTIONS
from faces.errors import StoreError
from main import create_app
from sessions.values import Batch, SessionDetails
from timeline.shapes import values
from timeline.uses import USES
from timeline.uses.activity import Activity
from web.recording import Recordings

pandas = pytest.importorskip("pandas", reason="pandas is not installed: pip install -r requirements-dev.txt")

ROOT = Path(__file__).parent.parent

NAME = "<b>лекция</b>\n=1+1"

KEYS = {
    "id", "name", "project", "activity", "source", "participant", "purpose", "consent", "me", "keep_days", "state",
    "started_at", "ended_at", "ending", "delete_at", "seconds", "samples", "skipped", "faces", "weights", "settings",
}  # fmt: skip


@pytest.fixture
def client(camera: VideoCamera, recordings: Recordings) -> FlaskClient:
    return create_app(camera, recordings=recordings).test_client()


@pytest.fixture
def kept(recordings: Recordings) -> str:
    return keep(recordings)


def keep(recordings: Recordings, name: str = NAME, **about: Any) -> str:
    """The id of a session with known contents."""
    number = recordings.store.begin(SessionDetails(name=name, **about), START).id
    for batch in batches(number, play(PIECES, fps=10)):
        recordings.store.write(batch)
    return number


def get(client: FlaskClient, path: str, status: int = 200) -> Any:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return answer.get_json()


def test_a_session_is_started_seen_in_every_tab_and_stopped(client: FlaskClient, camera: VideoCamera) -> None:
    camera.start()
    answer = client.post("/api/sessions", json={"name": "Probe", "participant": "P07", "keep_days": 30})
    assert answer.status_code == 201 and set(json_of(answer)) == KEYS
    started = json_of(answer)
    assert (started["name"], started["participant"], started["state"]) == ("Probe", "P07", "recording")
    told = get(client, "/api/state")["recording"]
    assert (told["id"], told["name"], told["problem"], told["over"]) == (started["id"], "Probe", "", False)
    assert wait_until(lambda: get(client, "/api/sessions/current")["samples"] > 5)
    stopped = client.post("/api/sessions/current/stop")
    assert (
        stopped.status_code == 200 and json_of(stopped)["id"] == started["id"] and json_of(stopped)["state"] == "ended"
    )
    assert get(client, "/api/state")["recording"] is None
    assert get(client, f"/api/sessions/{started['id']}")["faces"] > 10


def test_a_session_whose_database_is_full_is_still_told_as_recorded(
    client: FlaskClient, camera: VideoCamera, recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera.start()
    client.post("/api/sessions", json={"name": "one"})
    monkeypatch.setattr(recordings.store, "_now", lambda: time.time() + 3600)  # so long nothing was written
    assert get(client, "/api/sessions/current")["state"] == "recording"


def test_a_session_whose_end_a_full_disk_holds_back_is_told_as_ended(
    client: FlaskClient, camera: VideoCamera, recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(batch: Batch) -> None:
        raise StoreError("The disk is full.")

    camera.start()
    client.post("/api/sessions", json={"name": "one"})
    monkeypatch.setattr(recordings.store, "write", refuse)
    monkeypatch.setattr(recordings.store, "_now", lambda: time.time() + 3600)
    assert client.post("/api/sessions/current/stop").status_code == 503
    (told,) = get(client, "/api/sessions")["sessions"]
    assert (told["state"], told["ending"]) == ("ended", "stopped")
    assert told["ended_at"] >= told["started_at"]


def test_nothing_is_current_while_nothing_is_recorded(client: FlaskClient) -> None:
    for path in ("/api/sessions/current", "/api/sessions/current/summary", "/api/sessions/current/timeline.csv"):
        assert get(client, path, 404)["error"]["code"] == "not_found"
    assert client.post("/api/sessions/current/stop").status_code == 404


def test_a_second_start_is_refused(client: FlaskClient, camera: VideoCamera) -> None:
    client.post("/api/sessions", json={"name": "one"})
    answer = client.post("/api/sessions", json={"name": "two"})
    assert (answer.status_code, json_of(answer)["error"]["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 400), (b"[]", 400), (b"{", 400), (b'{"name": 5}', 400), (b'{"name": ""}', 400), (b'{"name": " "}', 400),
        (b'{"name": "x", "naem": 1}', 400), (b'{"name": "x", "keep_days": 0}', 400), (b'{"name": "a\\u0000"}', 400),
        (b'{"name": "\\ud800"}', 400), (b'"\xff"', 400), (b'{"name": "' + b"x" * 100_000 + b'"}', 413),
    ],
)  # fmt: skip
def test_a_start_that_makes_no_sense_is_refused_in_words(client: FlaskClient, body: bytes, status: int) -> None:
    answer = client.post("/api/sessions", data=body, content_type="application/json")
    assert answer.status_code == status and json_of(answer)["error"]["message"]
    assert get(client, "/api/sessions")["sessions"] == []


def test_a_start_must_be_json(client: FlaskClient) -> None:
    assert client.post("/api/sessions", data="name=x").status_code == 415


def test_sessions_are_listed_searched_and_paged(client: FlaskClient, recordings: Recordings) -> None:
    ids = [recordings.store.begin(SessionDetails(name=f"n{day}"), START + timedelta(days=day)).id for day in range(3)]
    first = get(client, "/api/sessions?limit=2")
    assert [s["id"] for s in first["sessions"]] == [ids[2], ids[1]] and first["more"] is True
    before = first["sessions"][-1]["started_at"].replace("+", "%2B")
    rest = get(client, f"/api/sessions?before={before}")
    assert [s["id"] for s in rest["sessions"]] == [ids[0]] and rest["more"] is False
    assert [s["id"] for s in get(client, "/api/sessions?search=N1")["sessions"]] == [ids[1]]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "before=yesterday", "before=2026-01-01T00:00:00", "nonsense=1"]
)
def test_a_list_that_cannot_be_is_refused(client: FlaskClient, query: str) -> None:
    assert get(client, f"/api/sessions?{query}", 400)["error"]["message"]


def test_a_session_is_renamed_and_deleted(client: FlaskClient, kept: str) -> None:
    changed = client.patch(f"/api/sessions/{kept}", json={"name": "映画", "keep_days": 3})
    assert (json_of(changed)["name"], json_of(changed)["keep_days"]) == ("映画", 3)
    assert json_of(client.patch(f"/api/sessions/{kept}", json={"keep_days": None}))["delete_at"] is None
    assert client.delete(f"/api/sessions/{kept}").status_code == 204
    assert get(client, f"/api/sessions/{kept}", 404)
    assert client.delete(f"/api/sessions/{kept}").status_code == 404


def test_a_session_that_is_recorded_is_renamed_and_deleted_too(client: FlaskClient, camera: VideoCamera) -> None:
    camera.start()
    client.post("/api/sessions", json={"name": "one"})
    client.patch("/api/sessions/current", json={"name": "two"})
    assert get(client, "/api/state")["recording"]["name"] == "two"
    assert client.delete("/api/sessions/current").status_code == 204
    assert get(client, "/api/state")["recording"] is None
    assert get(client, "/api/sessions")["sessions"] == []


def test_the_full_table_opens_in_pandas_with_no_options(client: FlaskClient, kept: str) -> None:
    table = pandas.read_csv(io.StringIO(client.get(f"/api/sessions/{kept}/timeline.csv").text))
    names = ["seconds", "time", "person", "x", "y", "width", "height", "emotion", "confidence"]
    assert list(table.columns) == [*names, *EMOTIONS, "valence", "arousal", "quality"]
    assert len(table) == 30 + 2 * 20 + 15 + 20
    first = table.iloc[0]
    assert (first.emotion, first.person, first.confidence) == ("happy", 1, 0.7)
    assert datetime.fromisoformat(first.time) == START
    assert first.valence == pytest.approx(0.81 * 0.7 + 0.05 * (-0.43 - 0.6 - 0.64 - 0.63 + 0.4), abs=0.3)
    assert (table.quality == "no face").sum() == 15


def test_json_and_parquet_have_the_same_rows(client: FlaskClient, kept: str) -> None:
    table = list(csv.reader(io.StringIO(client.get(f"/api/sessions/{kept}/timeline.csv").text)))
    found = json.loads(client.get(f"/api/sessions/{kept}/timeline.json").text)
    assert found["columns"] == table[0] and found["session"]["id"] == kept
    assert [["" if cell is None else str(cell) for cell in row] for row in found["rows"]] == table[1:]
    parquet = pandas.read_parquet(io.BytesIO(client.get(f"/api/sessions/{kept}/timeline.parquet").data))
    assert list(parquet.columns) == table[0] and len(parquet) == len(table) - 1
    assert parquet.seconds.tolist() == [float(row[0]) for row in table[1:]]


def test_the_table_for_spreadsheets_has_a_line_for_each_person_and_second(client: FlaskClient, kept: str) -> None:
    table = pandas.read_csv(io.StringIO(client.get(f"/api/sessions/{kept}/seconds.csv").text))
    assert len(table) == 3 + 2 * 2 + 3
    assert not any("." in column for column in table.columns)  # pandas numbers names that stand there twice
    first = table.iloc[0]
    assert (first.seen, first.happy_seconds, first.unsure_seconds, first.happy) == (1.0, 1.0, 0.0, 0.7)


def test_segments_and_markers_are_tables(client: FlaskClient, kept: str) -> None:
    client.post(f"/api/sessions/{kept}/markers", json={"label": '=HYPERLINK("x")', "start": 1.50000001})
    markers = pandas.read_csv(io.StringIO(client.get(f"/api/sessions/{kept}/markers.csv").text))
    assert markers.label[0] == '\'=HYPERLINK("x")' and markers.start.astype(str)[0] == "1.5"
    segments = pandas.read_csv(io.StringIO(client.get(f"/api/sessions/{kept}/segments.csv").text))
    assert segments.emotion.dropna().tolist() == ["happy", "sad", "neutral", "angry"]


def test_annotations_and_captions_name_who_shows_what(client: FlaskClient, kept: str) -> None:
    client.post(f"/api/sessions/{kept}/markers", json={"label": "two\nlines", "start": 1.5})
    elan = client.get(f"/api/sessions/{kept}/elan.txt").text.splitlines()
    assert elan[0] == "Person 1\t0\t3000\thappy" and elan[-1] == "Markers\t1500\t1501\ttwo lines"
    captions = client.get(f"/api/sessions/{kept}/captions.vtt").text
    assert captions.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:03.000\nPerson 1: happy\n")


@pytest.mark.parametrize("name", [NAME, "映画", 'say "hi"\\', "a\r\nX-Evil: 1", "tab\there", "Prova 1"])
def test_a_download_is_called_after_the_session(client: FlaskClient, recordings: Recordings, name: str) -> None:
    kept = keep(recordings, name)
    answer = client.get(f"/api/sessions/{kept}/seconds.csv")
    said = answer.headers["Content-Disposition"]
    assert said.isascii() and said.isprintable()  # a head that is not breaks off the whole answer
    kind, options = parse_options_header(said)
    assert (kind, options["filename"]) == ("attachment", f"{' '.join(name.split())} seconds.csv")
    assert answer.mimetype == "text/csv"
    assert client.get(f"/api/sessions/{kept}/secrets.csv").status_code == 404


def test_a_download_begins_at_once_and_breaks_off_when_the_session_is_deleted(
    client: FlaskClient, recordings: Recordings
) -> None:
    number = recordings.store.begin(SessionDetails(name="long"), START).id
    for batch in batches(number, play([(150, {1: "happy"})], fps=2), cuts=range(1, 149)):
        recordings.store.write(batch)
    answer = client.get(f"/api/sessions/{number}/timeline.csv", buffered=False)
    parts = answer.iter_encoded()
    assert next(iter(parts)).startswith(b"seconds,time,person")
    next(iter(parts))
    recordings.store.delete(number)
    with pytest.raises(Exception, match="no session"):
        list(parts)


def test_a_summary_says_what_was_when_and_by_whom(client: FlaskClient, kept: str) -> None:
    client.post(f"/api/sessions/{kept}/markers", json={"label": "half", "start": 4})
    found = get(client, f"/api/sessions/{kept}/summary")
    assert found["session"]["id"] == kept and found["persons"] == [1, 2] and found["gaps"] == []
    assert [marker["label"] for marker in found["markers"]] == ["half"]
    assert len(found["activity"]["between_markers"]) == 2


def test_a_use_answers_as_it_does_anywhere_else(client: FlaskClient, recordings: Recordings, kept: str) -> None:
    told = get(client, f"/api/sessions/{kept}/uses/activity?person=1")
    assert told == json.loads(json.dumps(values(Activity(person=1).answer(recordings.store.record(kept)))))


def test_uses_that_cannot_be_asked_are_refused_in_words(client: FlaskClient, kept: str) -> None:
    for path in ("uses/nonsense", "uses/activity?person=99", "uses/activity?persn=1", "uses/mood"):
        assert get(client, f"/api/sessions/{kept}/{path}", 400)["error"]["message"]
    assert get(client, "/api/sessions/none/uses/activity", 404)


def test_a_session_that_is_recorded_is_asked_up_to_this_moment(client: FlaskClient, camera: VideoCamera) -> None:
    camera.start()
    client.post("/api/sessions", json={"name": "one"})
    assert wait_until(lambda: get(client, "/api/sessions/current/uses/activity")["people"] == 2)


def test_a_use_is_asked_of_the_last_minutes_without_anything_being_recorded(
    client: FlaskClient, camera: VideoCamera, tmp_path: Path
) -> None:
    camera.start()
    assert get(client, "/api/uses/activity")["people"] == 0  # from now on it is remembered
    assert wait_until(lambda: get(client, "/api/uses/activity")["whole"]["seen_seconds"] > 1)
    answer = get(client, "/api/uses/activity?seconds=600&person=2")
    assert (answer["people"], answer["whole"]["predominant"]["emotion"]) == (1, "happy")
    assert get(client, "/api/uses/audience?minimum=2&seconds=60")["enough"] is True
    assert get(client, "/api/uses/tension")["problem"]
    assert get(client, "/api/state")["recording"] is None
    assert list(tmp_path.iterdir()) == []  # not even a database


def test_what_the_last_minutes_showed_goes_when_the_camera_stops(client: FlaskClient, camera: VideoCamera) -> None:
    camera.start()
    assert wait_until(lambda: get(client, "/api/uses/activity")["people"] == 2)
    camera.stop()
    camera.start("1")
    assert get(client, "/api/uses/activity")["whole"]["end"] < 1


@pytest.mark.parametrize("asked", ["mood", "nothing", "activity?seconds=0", "activity?seconds=x", "activity?minutes=5"])
def test_live_uses_that_cannot_be_asked_are_refused_in_words(client: FlaskClient, asked: str) -> None:
    assert get(client, f"/api/uses/{asked}", 400)["error"]["message"]


def test_every_use_describes_itself(client: FlaskClient) -> None:
    found = get(client, "/api/uses")["uses"]
    assert [use["name"] for use in found] == [kind.name for kind in USES]
    assert all(use["question"] and use["formula"] and use["limits"] and use["example"] for use in found)


def test_two_sessions_are_compared(client: FlaskClient, recordings: Recordings) -> None:
    a, b = keep(recordings, "a"), keep(recordings, "b")
    found = get(client, f"/api/compare?a={a}&b={b}")
    assert (found["use"], found["a"]["name"], found["b"]["name"]) == ("activity", "a", "b")
    assert get(client, f"/api/compare?a={a}&b={b}&use=tension", 400)
    assert get(client, f"/api/compare?a={a}", 400)


def test_several_screenings_are_asked_as_one_audience(client: FlaskClient, recordings: Recordings) -> None:
    numbers = [keep(recordings, name=name) for name in ("one", "two", "three")]
    found = get(client, f"/api/join?sessions={','.join(numbers)}&minimum=2")
    assert [session["name"] for session in found["sessions"]] == ["one", "two", "three"]
    together, alone = (
        get(client, f"/api/{asked}")["answer" if "join" in asked else "whole"]
        for asked in (f"join?sessions={','.join(numbers)}&use=activity", f"sessions/{numbers[0]}/uses/activity")
    )
    assert together["people"] == 6 and together["whole"]["seen_seconds"] == pytest.approx(3 * alone["seen_seconds"])
    for number, start in zip(numbers, (1, 2, 3), strict=True):
        client.post(f"/api/sessions/{number}/markers", json={"label": "curtain", "start": start})
    laid = get(client, f"/api/join?sessions={', '.join(numbers)}&use=activity&at=curtain")
    assert laid["answer"]["whole"]["end"] == pytest.approx(found["answer"]["watched_seconds"] + 2, abs=1)


@pytest.mark.parametrize(
    "asked", ["", "sessions=ID", "sessions=ID,x", "sessions=ID,ID&at=x", "sessions=ID,ID&use=mood"]
)
def test_what_cannot_be_joined_is_refused_in_words(client: FlaskClient, kept: str, asked: str) -> None:
    answer = client.get(f"/api/join?{asked.replace('ID', kept)}")
    assert answer.status_code in (400, 404) and json_of(answer)["error"]["message"]


def test_markers_are_set_at_the_key_press_and_not_at_arrival(client: FlaskClient, camera: VideoCamera) -> None:
    camera.start()
    client.post("/api/sessions", json={"name": "one"})
    assert wait_until(lambda: get(client, "/api/sessions/current")["seconds"] > 1)
    pressed = (datetime.now(UTC) - timedelta(seconds=0.5)).isoformat()
    now = get(client, "/api/state")["recording"]["seconds"]
    marker = client.post("/api/sessions/current/markers", json={"label": "joke", "at": pressed})
    assert marker.status_code == 201 and json_of(marker)["start"] == pytest.approx(now - 0.5, abs=0.4)
    assert get(client, "/api/sessions/current/markers")["markers"] == [json_of(marker)]


def test_markers_are_changed_and_deleted(client: FlaskClient, kept: str) -> None:
    path = f"/api/sessions/{kept}/markers"
    marker = json_of(client.post(path, json={"label": "a", "start": 1, "end": 2}))
    assert json_of(client.patch(f"{path}/{marker['id']}", json={"end": None, "label": "b"})) == {
        **marker, "end": None, "label": "b",
    }  # fmt: skip
    assert client.patch(f"{path}/{marker['id']}", json={"end": 0.5}).status_code == 400
    assert client.delete(f"{path}/{marker['id']}").status_code == 204
    assert client.delete(f"{path}/{marker['id']}").status_code == 404


def test_figures_are_told_to_prometheus(client: FlaskClient) -> None:
    answer = client.get("/metrics")
    assert "# TYPE faces_recording gauge\nfaces_recording 0\n" in answer.text
    assert answer.content_type.startswith("text/plain; version=0.0.4")


def events_of(client: FlaskClient, last: str | None = None) -> list[str]:
    headers = {} if last is None else {"Last-Event-ID": last}
    answer = client.get("/api/events", headers=headers, buffered=False)
    parts, found = answer.iter_encoded(), []
    for _ in range(12):
        found.append(next(iter(parts)).decode())
        if any("event: marker" in part for part in found):
            break
    answer.close()
    return found


def test_events_tell_markers_and_what_was_missed(client: FlaskClient, camera: VideoCamera) -> None:
    camera.start()
    number = json_of(client.post("/api/sessions", json={"name": "one"}))["id"]
    client.post("/api/sessions/current/markers", json={"label": "joke", "start": 0})
    told = "".join(events_of(client, f"{number}/0"))
    assert f"id: {number}/1\nevent: marker\ndata: " in told and '"label": "joke"' in told
    assert "event: marker" not in "".join(events_of(client, f"{number}/1")[:3])


def test_the_description_names_every_route_of_the_site(client: FlaskClient, camera: VideoCamera) -> None:
    described = set(get(client, "/api/openapi.json")["paths"])
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}
    ours = {rule for rule in rules if rule.startswith("/api/") and "<any" not in rule and "<use>" not in rule}
    assert {
        path.replace("<path:", "<").replace("<int:", "<").replace("<", "{").replace(">", "}") for path in ours
    } <= described
    for where in ("/api/sessions/{session}/uses", "/api/uses"):
        assert {f"{where}/{name}" for name in ("activity", "audience")} <= described
    assert {"/video_feed", "/snapshot.jpg", "/healthz", "/metrics"} <= described


def test_the_description_is_readable_without_a_script(client: FlaskClient) -> None:
    page = client.get("/api/docs").text
    assert "<script" not in page and "/api/sessions/{session}/uses/activity" in page and Activity.formula[:30] in page


def test_the_page_is_served_without_loading_what_only_sessions_need() -> None:
    code = "import sys, main, camera; main.create_app(camera.VideoCamera('demo'));"
    code += "print([n for n in ('numpy', 'sqlalchemy', 'alembic', 'msgspec', 'spectree') if n in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, cwd=ROOT
    )
    assert answer.stdout.strip() == "[]"
