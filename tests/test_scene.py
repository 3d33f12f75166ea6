"""A scene of moving faces with known answers, through the detector and a recording to both uses that answer it."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from test_recorder import START, Clock

from analysis.stills import PictureReader
from benchmarks.scenes import demo_image
from camera import make_stages
from faces.emotions import EMOTIONS
from faces.records import Face, Frame, Image
from main import network_facts
from model import shared_model
from sessions.database import open_database
from sessions.recorder import Recorder
from sessions.store import Store
from sessions.values import SessionDetails
from timeline.uses.activity import Activity
from timeline.uses.audience import Audience

PIECE_SECONDS, SIDE, SCENE_FPS = 4, 150, 6


def cuttings() -> dict[str, tuple[Image, Face]]:
    """The surest face of the demo clip for each of two names, with what the network says where it stands still."""
    reader, found = PictureReader(shared_model()), dict[str, tuple[Image, Face]]()
    for seconds in (1.0, 2.2, 3.0, 12.0, 16.0):
        image = demo_image(seconds, 640)
        for box in (one.box for one in reader.read(image).faces):
            margin = box.width // 3
            wide = np.pad(image, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
            head = wide[box.y : box.y + box.height + 2 * margin, box.x : box.x + box.width + 2 * margin]
            small = np.asarray(cv2.resize(head, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
            (alone,) = reader.read(pasted([(small, 400, 200)])).faces
            if alone.emotion in ("happy", "sad") and alone.confidence > 0.7:
                found[alone.emotion] = (small, alone)
    return found


def pasted(heads: Sequence[tuple[Image, float, float]]) -> Image:
    canvas = np.full((480, 960, 3), 70, np.uint8)
    for head, x, y in heads:
        canvas[int(y) : int(y) + SIDE, int(x) : int(x) + SIDE] = head
    return canvas


def test_a_scene_of_moving_faces_is_answered_as_it_was_made(tmp_path: Path) -> None:
    store, clock = Store(open_database(tmp_path / "sessions.db"), now=START.timestamp), Clock()
    faces = cuttings()
    acts = [("happy", "happy", "sad", "happy"), ("happy", "sad", "sad", "sad"), ("happy", "happy", "sad", "sad")] * 2
    recorder = Recorder(store, SessionDetails(name="scene", **network_facts()), START, clock=clock, write_seconds=60)
    stages, begun = make_stages("auto"), clock.now
    for index in range(4 * PIECE_SECONDS * SCENE_FPS):
        at = index / SCENE_FPS
        clock.now = begun + at
        heads = [
            (faces[act[int(at / PIECE_SECONDS)]][0], 60 + p % 3 * 300 + 40 * np.sin(at + p), 45 + p // 3 * 230)
            for p, act in enumerate(acts)
        ]
        recorder.take(stages.process(Frame(pasted(heads), at, START.timestamp() + at, index)))
    record = store.record(recorder.stop().id)
    store.close()
    shown = [name for act in acts for name in act]
    named = {share.label: share for share in Activity().answer(record).whole.shares}
    audience = Audience(minimum=5).answer(record)
    for name in ("happy", "sad"):
        truth, share = shown.count(name) / len(shown), named[name]
        assert share.share == pytest.approx(truth, abs=0.05)
        assert share.low is not None and share.high is not None and share.low <= truth <= share.high
        assert next(s.share for s in audience.shares if s.label == name) == pytest.approx(truth, abs=0.05)
    amused = {name: alone.scores[EMOTIONS.index("happy")] for name, (_, alone) in faces.items()}
    assert audience.faces == pytest.approx(6, abs=0.3) and audience.amusement is not None
    assert audience.amusement.value == pytest.approx(np.mean([amused[name] for name in shown]), abs=0.05)
    for piece in range(4):  # a second into each: scores are smoothed
        curve = [point.amusement for point in audience.curve[piece * PIECE_SECONDS + 1 : (piece + 1) * PIECE_SECONDS]]
        assert curve == pytest.approx([np.mean([amused[act[piece]] for act in acts])] * 3, abs=0.1)
