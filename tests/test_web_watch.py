"""The routes about rules, incidents, webhooks and the mood: a real store, a camera of fake pictures, Flask's client."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes import wait_until
from flask.testing import FlaskClient
from played import KeepingTimeline, Pieces, play
from test_sessions_store import batches

from camera import VideoCamera
from faces.errors import SettingsError
from main import create_app
from sessions.diary import mood_digest
from sessions.values import SessionDetails
from timeline.rules import Rule
from web.recording import Recordings
from web.startup import read_rules_file
from web.watching import Watching


@pytest.fixture
def camera(camera: VideoCamera) -> VideoCamera:
    camera.start()
    return camera


@pytest.fixture
def watching(camera: VideoCamera, recordings: Recordings) -> Iterator[Watching]:
    made = Watching(camera, recordings)
    yield made
    made.close()


@pytest.fixture
def client(camera: VideoCamera, recordings: Recordings, watching: Watching) -> FlaskClient:
    app = create_app(camera, recordings=recordings, watching=watching)
    app.extensions["owner_asks"] = lambda: True
    return app.test_client()


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_json() if status != 204 else None


def test_a_rule_is_made_changed_watched_for_and_taken_away(client: FlaskClient, watching: Watching) -> None:
    made = ok(client.post("/api/rules", json={"name": "anger", "at_least": 0.5}), 201)
    assert made["words"] == "angry: at least 50 % of at least 5 faces for 10 s"
    assert watching.watcher is not None
    assert wait_until(lambda: ok(client.get("/api/rules"))["rules"][0]["state"] == "too few faces")
    told = ok(client.get("/api/rules"))["rules"][0]
    assert (told["faces"], told["lasted"]) == (pytest.approx(2, abs=0.1), None)
    assert ok(client.get("/api/state"))["watch"] == {"rules": 1, "incidents": []}
    changed = ok(client.patch(f"/api/rules/{made['id']}", json={"for_seconds": 3, "enabled": False}))
    assert (changed["rule"]["for_seconds"], changed["rule"]["at_least"], changed["enabled"]) == (3, 0.5, False)
    assert watching.watcher is None
    assert ok(client.get("/api/state"))["watch"] is None
    ok(client.delete(f"/api/rules/{made['id']}"), 204)
    assert ok(client.get("/api/rules")) == {"rules": [], "problem": ""}


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"name": "x", "at_least": 1.5}, 400, "at_least must be above 0 and up to 1"),
        ({"name": "x", "expressions": []}, 400, "at least one"),
        ({"name": "x", "nam": 1}, 400, "nam"),
        ({"name": "x", "ends_below": 0.9}, 400, "ends_below"),
        ({"name": "there"}, 409, "already"),
        ({}, 400, "name"),
    ],
)
def test_a_rule_that_cannot_be_is_told(body: dict[str, Any], status: int, words: str, client: FlaskClient) -> None:
    ok(client.post("/api/rules", json={"name": "there", "enabled": False}), 201)
    assert words in ok(client.post("/api/rules", json=body), status)["error"]["message"]


def test_rules_are_exported_as_a_file_that_the_program_reads(client: FlaskClient, tmp_path: Path) -> None:
    ok(client.post("/api/rules", json={"name": "Größer", "expressions": ["sad", "fear"], "enabled": False}), 201)
    file = tmp_path / "rules.toml"
    file.write_bytes(client.get("/api/rules.toml").data)
    assert read_rules_file(file) == (Rule("Größer", ("sad", "fear")),)
    file.write_text("[[rule]]\nnam = 1", encoding="utf-8")
    with pytest.raises(SettingsError, match="Line 2, rule 1: nam"):
        read_rules_file(file)


def keep(recordings: Recordings, began: datetime, pieces: Pieces, *, me: bool = False) -> str:
    """The id of a session that began then, with what the mood needs of it."""
    return keep_timeline(recordings, SessionDetails(name="kept", me=me), began, play(pieces, fps=5))


def keep_timeline(recordings: Recordings, about: SessionDetails, began: datetime, timeline: KeepingTimeline) -> str:
    number = recordings.store.begin(about, began).id
    digest = mood_digest(replace(timeline.record(), started_at=began))
    for batch in batches(number, timeline):
        kept = replace(batch, started_at=began.timestamp(), skipped=0, digest=digest if batch.ending else None)
        recordings.store.write(kept)
    return number


def test_a_dry_run_says_when_a_rule_would_have_told(client: FlaskClient, recordings: Recordings) -> None:
    crowd = dict.fromkeys(range(1, 7), "angry")
    number = keep(recordings, datetime.now().astimezone(), [(15, crowd), (10, {})])
    made = ok(client.post("/api/rules", json={"name": "anger", "enabled": False}), 201)
    for query in ("", f"?session={number}"):
        found = ok(client.post(f"/api/rules/{made['id']}/dry-run{query}"))
        assert found["told"] == 1
        assert found["sessions"][0]["answer"]["incidents"][0]["start"] == 0.0
    assert ok(client.post("/api/rules/none/dry-run"), 404)["error"]["code"] == "not_found"


def test_webhooks_are_the_owners_alone(client: FlaskClient) -> None:
    url = {"url": "http://127.0.0.1:9/hook", "private_allowed": True}
    made = ok(client.post("/api/webhooks", json=url), 201)
    assert made["secret"].startswith("whsec_")
    rule = ok(client.post("/api/rules", json={"name": "anger", "enabled": False}), 201)
    assert len(ok(client.post(f"/api/rules/{rule['id']}/test"))["messages"]) == 1
    assert wait_until(lambda: len(ok(client.get("/api/deliveries"))["deliveries"]) == 1)
    assert ok(client.get("/api/deliveries"))["deliveries"][0]["webhook"] == made["id"]
    (told,) = ok(client.get("/api/webhooks"))["webhooks"]
    assert told["waiting"] == 1 and "refused" in told["problem"]
    client.application.extensions["owner_asks"] = lambda: False
    test = f"/api/webhooks/{made['id']}/test"
    for answer in (
        client.get("/api/webhooks"),
        client.post("/api/webhooks", json=url),
        client.post(test),
        client.get("/api/deliveries"),
    ):
        assert answer.status_code == 403
    client.application.extensions["owner_asks"] = lambda: True
    ok(client.delete(f"/api/webhooks/{made['id']}"), 204)
    refused = client.post("/api/webhooks", json={"url": "http://169.254.169.254/latest"})
    assert "inside of this machine or network" in ok(refused, 400)["error"]["message"]


def test_one_receiver_is_tested_alone(client: FlaskClient, watching: Watching) -> None:
    first, second = (
        ok(client.post("/api/webhooks", json={"url": f"http://127.0.0.1:9/{name}", "private_allowed": True}), 201)["id"]
        for name in ("first", "second")
    )
    assert len(ok(client.post(f"/api/webhooks/{second}/test"))["messages"]) == 1
    assert (watching.hooks.standing(first).waiting, watching.hooks.standing(second).waiting) == (0, 1)
    assert ok(client.post("/api/webhooks/none/test"), 404)["error"]["code"] == "not_found"


def test_rules_and_receivers_change_at_once_while_a_receiver_hangs(
    client: FlaskClient, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, released, left_alone = threading.Event(), threading.Event(), threading.Event()

    def hangs(*_: Any) -> tuple[int | None, str]:
        tried.set()
        if not released.wait(30):
            left_alone.set()  # whoever was to change something waited for this receiver
        return None, "timed out"

    monkeypatch.setattr("sessions.webhooks.send", hangs)
    monkeypatch.setattr("sessions.webhooks.LEAVING_SECONDS", 300)
    hook = ok(client.post("/api/webhooks", json={"url": "http://127.0.0.1:9/", "private_allowed": True}), 201)["id"]
    watching.hooks.put("incident.new", {})
    assert tried.wait(10)
    rule = ok(client.post("/api/rules", json={"name": "anger"}), 201)["id"]
    ok(client.patch(f"/api/rules/{rule}", json={"enabled": False}))
    ok(client.delete(f"/api/webhooks/{hook}"), 204)
    assert not left_alone.is_set()
    released.set()


def test_an_incident_goes_on_while_other_rules_and_receivers_change(client: FlaskClient, watching: Watching) -> None:
    joy = {"name": "joy", "expressions": ["happy"], "faces": 2, "for_seconds": 1}
    ok(client.post("/api/rules", json=joy), 201)
    assert wait_until(lambda: len(ok(client.get("/api/incidents"))["incidents"]) == 1)
    other = ok(client.post("/api/rules", json={"name": "anger"}), 201)["id"]
    ok(client.post("/api/webhooks", json={"url": "http://127.0.0.1:9/", "private_allowed": True}), 201)
    ok(client.delete(f"/api/rules/{other}"), 204)
    (incident,) = ok(client.get("/api/incidents"))["incidents"]
    assert incident["state"] == "open"
    watching.close()
    (ended,) = ok(client.get("/api/incidents"))["incidents"]
    assert (ended["id"], ended["details"]["outcome"]) == (incident["id"], "stopped")


def test_the_mood_comes_from_sessions_of_ones_own_with_notes_beside_it(
    client: FlaskClient, recordings: Recordings
) -> None:
    noon = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    keep(recordings, noon, [(90, {1: "happy"})], me=True)
    keep(recordings, noon, [(90, {1: "sad"})])
    ok(client.post("/api/notes", json={"day": noon.date().isoformat(), "text": "=birthday"}), 201)
    found = ok(client.get("/api/mood?days=2"))
    yesterday, today = found["days"]
    assert (yesterday["day"], today["day"]) == (noon.date().isoformat(), (noon + timedelta(days=1)).date().isoformat())
    assert yesterday["seen"]["shares"][3] == pytest.approx(1.0)
    assert (yesterday["notes"], today["seen"]["valence"]) == (["=birthday"], None)
    assert "'=birthday" in client.get("/api/mood.csv?days=2").get_data(as_text=True)
    assert client.get("/api/mood?days=0").status_code == 400


def test_a_self_report_stands_at_its_second_of_the_session_that_is_recorded(client: FlaskClient) -> None:
    assert ok(client.post("/api/self-reports", json={"value": 4}), 201)["session"] is None
    session = ok(client.post("/api/sessions", json={"name": "evening", "me": True}), 201)["id"]
    kept = ok(client.post("/api/self-reports", json={"value": 2, "note": "tired"}), 201)
    assert (kept["session"], kept["value"]) == (session, 2)
    assert kept["seconds"] >= 0
    ok(client.post(f"/api/sessions/{session}/stop"))
    for wrong in ({"value": 6}, {"value": "x"}, {}):
        assert client.post("/api/self-reports", json=wrong).status_code == 400


def test_what_is_watched_for_is_watched_again_after_a_restart(camera: VideoCamera, recordings: Recordings) -> None:
    first = Watching(camera, recordings)
    first.book.add(Rule("anger"))
    second = Watching(camera, recordings)
    second.begin()
    assert second.watcher is not None
    second.close()
    assert second.watcher is None
