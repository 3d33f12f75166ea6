"""The obvious design, to compare with: a capture, a cascade and `model.predict` for every viewer, inside the request.

python -m benchmarks.obvious --source http://127.0.0.1:8000/video --port 5001

It is written the way most programs of this kind are written, with the weights of this repository.
"""

import argparse
import os
import sys
import threading
from collections.abc import Iterator

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import cv2
import keras
import numpy as np
from flask import Flask, Response, jsonify

from faces.emotions import EMOTIONS
from faces.places import CASCADE_FILE, MODEL_JSON, MODEL_WEIGHTS
from faces.records import Image
from learn.store import load_network

FONT = cv2.FONT_HERSHEY_SIMPLEX


class VideoCamera:
    """One for every viewer."""

    def __init__(self, source: str, model: keras.Model, cascade: cv2.CascadeClassifier, counts: dict[str, int]) -> None:
        self.video = cv2.VideoCapture(source)
        self.model = model
        self.cascade = cascade
        self.counts = counts

    def get_frame(self) -> bytes | None:
        taken, image = self.video.read()
        if not taken:
            return None
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        for x, y, width, height in find_at_full_size(self.cascade, np.asarray(grey, np.uint8)):
            face = cv2.resize(grey[y : y + height, x : x + width], (48, 48))
            answers = self.model.predict(face[np.newaxis, :, :, np.newaxis], verbose=0)
            scores = answers["joined"] if isinstance(answers, dict) else answers
            cv2.putText(image, EMOTIONS[int(np.argmax(scores))], (x, y), FONT, 1, (255, 255, 0), 2)
            cv2.rectangle(image, (x, y), (x + width, y + height), (255, 0, 0), 2)
            self.counts["labels"] += 1
        return cv2.imencode(".jpg", image)[1].tobytes()


def find_at_full_size(cascade: cv2.CascadeClassifier, grey: Image) -> list[tuple[int, int, int, int]]:
    """As in most tutorials."""
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h in cascade.detectMultiScale(grey, 1.3, 5)]


def load_cascade() -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(CASCADE_FILE))


def pictures(camera: VideoCamera) -> Iterator[bytes]:
    while (picture := camera.get_frame()) is not None:
        yield b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + picture + b"\r\n\r\n"


def create_app(source: str) -> Flask:
    app = Flask(__name__)
    model = load_network(MODEL_JSON, MODEL_WEIGHTS)
    cascade = load_cascade()
    counts = {"labels": 0}

    @app.get("/")
    def page() -> str:
        return '<!doctype html><title>Expressions</title><img src="/video_feed" alt="">'

    @app.get("/video_feed")
    def video_feed() -> Response:
        camera = VideoCamera(source, model, cascade, counts)
        return Response(pictures(camera), mimetype="multipart/x-mixed-replace; boundary=frame")

    @app.get("/labels")
    def labels() -> Response:
        """How many faces were labelled so far: what the benchmark asks."""
        return jsonify(counts)

    return app


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.obvious", description=__doc__)
    parser.add_argument("--source", required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    app = create_app(options.source)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    app.run(host="127.0.0.1", port=options.port, threaded=True)


if __name__ == "__main__":
    main()
