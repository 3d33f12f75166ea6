"""The page in Chromium: boxes and labels that the browser draws over the picture."""

from typing import Any

import pytest
from fake_site import FakeSite, make_face
from page_tools import Opener, Page, expect

from faces.emotions import COLOURS

DRAWN = """async ([faces, picture, room, highlighted]) => {
  const { Boxes } = await import("/static/boxes.js");
  const { learnEmotions } = await import("/static/emotions.js");
  learnEmotions((await (await fetch("/api/sources")).json()).emotions);
  document.body.replaceChildren();
  const canvas = document.createElement("canvas");
  canvas.style.cssText = `position: fixed; left: 0; top: 0; width: ${room[0]}px; height: ${room[1]}px`;
  document.body.append(canvas);
  const boxes = new Boxes(canvas);
  await new Promise((done) => setTimeout(done, 100));
  boxes.show(faces, picture);
  if (highlighted) boxes.highlight(highlighted);
  const brush = canvas.getContext("2d");
  window.colourAt = (x, y) => [...brush.getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data];
  return boxes.labels;
}"""


def drawn(
    page: Page,
    faces: list[dict[str, Any]],
    *,
    room: tuple[int, int] = (800, 600),
    mirror: bool = False,
    highlighted: int = 0,
) -> list[dict[str, Any]]:
    """The labels after faces of a picture of 640x480 were drawn into a room."""
    picture = {"width": 640, "height": 480, "mirror": mirror}
    labels: list[dict[str, Any]] = page.evaluate(DRAWN, [faces, picture, room, highlighted])
    return labels


def face_at(person: int, x: int, y: int, side: int, emotion: str = "happy", angle: float = 0) -> dict[str, Any]:
    return {**make_face(person, emotion), "box": [x, y, side, side], "angle": angle}


def rgb(emotion: str) -> list[int]:
    return [int(COLOURS[emotion][at : at + 2], 16) for at in (1, 3, 5)]


def colour_at(page: Page, x: float, y: float) -> list[int]:
    colour: list[int] = page.evaluate(f"colourAt({x}, {y})")
    return colour[:3]


def overlapping(labels: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (one["text"], other["text"])
        for number, one in enumerate(labels)
        for other in labels[number + 1 :]
        if one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
    ]


@pytest.mark.parametrize("density", [1, 2])
def test_a_box_lies_where_the_face_is_at_any_density(site: FakeSite, open_page: Opener, density: int) -> None:
    page = open_page(device_scale_factor=density)
    # 640x480 in a room of 1000x600 is 800x600 with 100 pixels on either side
    drawn(page, [face_at(1, 160, 120, 160)], room=(1000, 600))
    for x, y in ((300, 250), (500, 250), (400, 350)):
        assert colour_at(page, x, y) == rgb("happy"), (x, y)
    assert colour_at(page, 400, 250) == [0, 0, 0], "nothing is drawn inside"
    assert page.evaluate("document.querySelector('canvas').width") == 1000 * density


def test_a_mirrored_picture_has_its_boxes_on_the_other_side(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    drawn(page, [face_at(1, 0, 120, 160)], room=(640, 480), mirror=True)
    assert colour_at(page, 480, 200) == rgb("happy")
    assert colour_at(page, 160, 200) != rgb("happy")


def test_labels_say_number_name_and_share_and_unsure_no_share(site: FakeSite, open_page: Opener) -> None:
    faces = [face_at(1, 100, 100, 90), {**make_face(2, "unsure", 0.31), "box": [400, 100, 90, 90]}]
    assert {label["text"] for label in drawn(open_page(), faces)} == {"1 happy 82%", "2 unsure"}


def test_labels_of_a_crowd_never_lie_on_each_other_and_stay_in_the_picture(site: FakeSite, open_page: Opener) -> None:
    crowd = [face_at(number + 1, 20 + 47 * (number % 12), 30 + 70 * (number // 12), 44) for number in range(48)]
    labels = drawn(open_page(), crowd, highlighted=30)
    assert overlapping(labels) == []
    assert len(labels) > 20
    assert "30 happy 82%" in {label["text"] for label in labels}, "the one that is pointed at always has its label"
    assert all(label["x"] >= 0 and label["x"] + label["width"] <= 800 for label in labels)
    assert all(label["y"] >= 0 and label["y"] + label["height"] <= 600 for label in labels)


def test_labels_grow_with_the_text_of_the_page(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    small = drawn(page, [face_at(1, 100, 100, 90)])[0]
    page.evaluate("document.documentElement.style.fontSize = '32px'")
    large = drawn(page, [face_at(1, 100, 100, 90)])[0]
    assert large["height"] == pytest.approx(2 * small["height"], rel=0.05)
    expect(page.locator("canvas")).to_be_visible()
