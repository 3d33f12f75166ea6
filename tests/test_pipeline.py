"""One frame in, one shot out, with a fake classifier and a scripted detector."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.scenes import demo_image, square
from faces.detectors.haar import HaarDetector
from faces.emotions import EMOTIONS
from faces.pipeline import Pipeline, make_pipeline
from faces.records import Box, Frame, Image, Shot
from faces.smooth import Smoother
from faces.track import Tracker


class ScriptedDetector:
    """Finds what it is told, frame by frame."""

    def __init__(self, script: Sequence[Sequence[Box]]) -> None:
        self._script = list(script)
        self.expected: list[list[Box]] = []

    def find(self, image: Image, expected: Sequence[Box] = ()) -> list[Box]:
        self.expected.append(list(expected))
        return list(self._script.pop(0))


class FakeClassifier:
    """Sees happiness in every face and remembers what it was asked."""

    def __init__(self, *, unsure_below: float = 0.4) -> None:
        self.unsure_below = unsure_below
        self.batches: list[int] = []

    def classify(self, image: Image, boxes: Sequence[Box]) -> NDArray[np.float32]:
        self.batches.append(len(boxes))
        row = np.full(7, 0.05, np.float32)
        row[EMOTIONS.index("happy")] = 0.7
        return np.tile(row, (len(boxes), 1))


def frame(index: int, image: Image | None = None) -> Frame:
    image = np.full((240, 320, 3), 128, np.uint8) if image is None else image
    return Frame(image, index / 30, 1000.0 + index / 30, index)


def run(
    script: Sequence[Sequence[Box]], image: Image | None = None
) -> tuple[list[Shot], FakeClassifier, ScriptedDetector]:
    detector, classifier = ScriptedDetector(script), FakeClassifier()
    pipeline = Pipeline(detector, Tracker(), classifier, Smoother())
    return [pipeline.process(frame(index, image)) for index in range(len(script))], classifier, detector


def test_without_faces_the_network_is_not_asked() -> None:
    shots, classifier, _ = run([[]] * 10)
    assert all(shot.faces == () for shot in shots)
    assert classifier.batches == []


def test_one_face_is_named_and_numbered() -> None:
    shots, _, _ = run([[square(100, 100, 80)]] * 10)
    (face,) = shots[-1].faces
    assert (face.person, face.emotion) == (1, "happy")
    assert face.confidence == pytest.approx(0.7, abs=1e-6)
    assert sum(face.scores) == pytest.approx(1.0, abs=1e-6)


def test_a_profile_is_unsure_with_the_scores_that_it_has() -> None:
    shots, _, _ = run([[replace(square(100, 100, 80), yaw=70.0)]] * 10)
    (face,) = shots[-1].faces
    assert face.emotion == "unsure"
    assert face.confidence == pytest.approx(max(face.scores))


def crowd(count: int) -> list[Box]:
    return [square(30 + 60 * (index % 5), 30 + 60 * (index // 5), 40) for index in range(count)]


def test_eight_faces_go_through_the_network_as_one_batch() -> None:
    shots, classifier, _ = run([crowd(8)] * 10)
    assert len(shots[-1].faces) == 8
    assert set(classifier.batches) == {8}


def test_a_crowd_takes_turns_each_face_in_every_second_picture() -> None:
    detector, classifier, smoother = ScriptedDetector([crowd(20)] * 10), FakeClassifier(), Smoother()
    pipeline = Pipeline(detector, Tracker(sightings_needed=1), classifier, smoother)
    for index in range(10):
        persons = [face.person for face in pipeline.process(frame(index)).faces]
        assert len(persons) == 20 or index == 0
        assert all(index / 30 - smoother.read_at(person) < 1 / 15 for person in persons)
    assert classifier.batches == [20] + [10] * 9


def test_in_a_crowd_a_newcomer_is_read_first() -> None:
    detector, classifier = ScriptedDetector([crowd(19)] * 4 + [crowd(20)]), FakeClassifier()
    pipeline = Pipeline(detector, Tracker(sightings_needed=1), classifier, Smoother())
    shots = [pipeline.process(frame(index)) for index in range(5)]
    assert [len(shot.faces) for shot in shots] == [19, 19, 19, 19, 20]
    assert classifier.batches == [19, 10, 10, 10, 10]


def test_where_pictures_are_few_everybody_of_a_crowd_is_read_in_each() -> None:
    classifier = FakeClassifier()
    pipeline = Pipeline(ScriptedDetector([crowd(20)] * 4), Tracker(sightings_needed=1), classifier, Smoother())
    shots = [pipeline.process(frame(3 * index)) for index in range(4)]
    assert all(len(shot.faces) == 20 for shot in shots)
    assert classifier.batches == [20] * 4


def test_a_missed_face_keeps_its_last_scores_and_is_not_classified() -> None:
    shots, classifier, _ = run([[square(100, 100, 80)]] * 12 + [[]] * 3)
    asked = len(classifier.batches)
    assert shots[-1].faces[0].scores == shots[11].faces[0].scores
    assert asked == sum(bool(shot.faces) for shot in shots[:12])


def test_the_detector_is_told_where_faces_were() -> None:
    _, _, detector = run([[square(100, 100, 80)], []])
    assert detector.expected == [[], [square(100, 100, 80)]]


def test_the_frame_is_handed_on_untouched() -> None:
    image = np.full((240, 320, 3), 128, np.uint8)
    before = image.copy()
    shots, _, _ = run([[square(100, 100, 80)]] * 10, image)
    assert shots[-1].frame.image is image
    assert np.array_equal(image, before)


@pytest.mark.parametrize("box", [square(0, 0, 80), square(320, 240, 80), square(160, 120, 500), square(-200, -200, 90)])
def test_faces_at_and_beyond_the_edge_are_no_trouble(box: Box) -> None:
    shots, _, _ = run([[box]] * 10)
    assert len(shots[-1].faces) == 1


@pytest.mark.parametrize("size", [(1, 1), (31, 47), (23, 640), (481, 3), (333, 517)])
def test_small_and_odd_pictures_do_not_crash(size: tuple[int, int]) -> None:
    pipeline = make_pipeline(FakeClassifier())
    image = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
    for index in range(6):
        assert isinstance(pipeline.process(frame(index, image)), Shot)


def test_a_real_face_is_labelled_within_half_a_second() -> None:
    pipeline = make_pipeline(FakeClassifier())
    shots = [pipeline.process(frame(index, demo_image())) for index in range(15)]
    assert any(shot.faces for shot in shots)
    assert len(shots[-1].faces) == 1


def test_a_single_picture_needs_no_second_look() -> None:
    assert len(make_pipeline(FakeClassifier(), still=True).process(frame(0, demo_image())).faces) == 1


def test_the_usual_pipeline_says_unsure_below_its_classifier_s_threshold() -> None:
    pipeline = make_pipeline(FakeClassifier(unsure_below=0.9), still=True)
    assert pipeline.process(frame(0, demo_image())).faces[0].emotion == "unsure"


def test_the_cascade_and_the_tracker_do_not_fight_over_a_face() -> None:
    pipeline = Pipeline(HaarDetector(), Tracker(), FakeClassifier(), Smoother())
    shots = [pipeline.process(frame(index, demo_image())) for index in range(30)]
    assert {face.person for shot in shots for face in shot.faces} == {1}
