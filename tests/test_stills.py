import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from fake_classifier import FakeClassifier
from PIL import ExifTags
from PIL import Image as Pillow

from analysis.stills import PictureReader
from analysis.videos import Video
from benchmarks.made_videos import colours, encoded
from benchmarks.scenes import portrait
from faces.records import Box, Image
from sources.pictures import decode

ROOT = Path(__file__).parent.parent


class FakeDetector:
    """Sees one face in every image."""

    def find(self, image: Image, expected: object = ()) -> list[Box]:
        height, width = image.shape[:2]
        return [Box(width // 4, height // 4, 60, 60)]


def test_a_picture_tells_its_faces_in_the_pixels_of_the_original(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = PictureReader(FakeClassifier())
    monkeypatch.setattr(reader, "_detector", FakeDetector())
    picture = encoded(Pillow.fromarray(np.full((400, 600, 3), 160, np.uint8)), "JPEG")
    whole = reader.answer(picture)
    monkeypatch.setattr("sources.pictures.WORKING_PIXELS", 100_000)
    shrunk = reader.answer(picture)
    assert whole.width == shrunk.width == 600
    assert whole.faces[0].box == Box(150, 100, 60, 60)
    assert shrunk.faces[0].box == Box(150, 100, 120, 120)
    assert whole.faces[0].emotion == "happy"
    assert sum(whole.faces[0].scores) == pytest.approx(1.0)


def test_a_picture_without_faces_has_an_empty_list() -> None:
    picture = encoded(Pillow.fromarray(colours(200, 150)), "PNG")
    assert PictureReader(FakeClassifier()).answer(picture).faces == ()


def test_a_real_face_is_found_and_shown_on_the_sheet(tmp_path: Path) -> None:
    with Video(ROOT / "assets" / "demo.mp4") as film:
        image = next(iter(film)).image
    picture = encoded(Pillow.fromarray(image[:, :, ::-1].copy()), "JPEG")
    (tmp_path / "a.jpg").write_bytes(picture)
    result = PictureReader(FakeClassifier()).analyse(tmp_path / "a.jpg")
    assert [face.person for face in result.faces] == [1]
    assert result.thumbnail.startswith("data:image/jpeg")
    assert not PictureReader(FakeClassifier()).analyse(tmp_path / "a.jpg", thumbnails=False).thumbnail


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_face_of_a_picture_that_its_exif_turns_stands_upright(orientation: int) -> None:
    upright = Pillow.fromarray(portrait(90)[:, :, ::-1].copy())
    stored = upright.rotate({3: 180, 6: 90, 8: 270}[orientation], expand=True)
    exif = Pillow.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    answer = PictureReader(FakeClassifier()).answer(encoded(stored, "JPEG", exif=exif))
    (face,) = answer.faces
    assert (answer.width, answer.height) == (320, 240)
    assert abs(face.box.angle) < 8
    assert abs(face.box.x + face.box.width / 2 - 160) < 12
    assert abs(face.box.y + face.box.height / 2 - 120) < 12


def test_several_threads_may_ask_at_once() -> None:
    reader = PictureReader(FakeClassifier())
    picture = encoded(Pillow.fromarray(colours(160, 120)), "JPEG")
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(reader.answer(picture).width)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [160] * 8


def test_one_thread_decodes_for_all_so_that_the_allocator_keeps_the_memory_of_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = PictureReader(FakeClassifier())
    picture = encoded(Pillow.fromarray(colours(160, 120)), "JPEG")
    decoders: set[str] = set()

    def decode_here(content: bytes, name: str) -> object:
        decoders.add(threading.current_thread().name)
        return decode(content, name)

    monkeypatch.setattr("analysis.stills.decode", decode_here)
    threads = [threading.Thread(target=reader.answer, args=(picture,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(decoders) == 1


def test_the_live_page_can_answer_pictures_without_loading_the_film_reader() -> None:
    code = "import sys, analysis.stills, web.pictures; print('av' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "False"
