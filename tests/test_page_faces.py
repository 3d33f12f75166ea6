"""The page in Chromium: the cards of the faces and the figures."""

import re

import pytest
from fake_site import FakeSite, make_face, make_state
from page_tools import Opener, expect, share_of, wait_for

from faces.emotions import COLOURS, EMOTIONS


def test_bars_and_figures_match_the_scores(site: FakeSite, open_page: Opener) -> None:
    face = make_face(1, "sad", 0.71)
    site.state = make_state("live", [face])
    page = open_page()
    card = page.locator('[data-person="1"]')
    expect(card.locator(".emotion")).to_have_text("sad")
    expect(card.locator(".confidence")).to_have_text("71%")
    assert card.locator(".bar").evaluate_all("(bars) => bars.map((bar) => bar.dataset.name)") == list(EMOTIONS)
    for name, score in face["scores"].items():
        wait_for(page, lambda: share_of(page, name) == pytest.approx(score, abs=0.01))  # noqa: B023  (used at once)
        meter = card.get_by_role("meter", name=name)
        expect(meter).to_have_attribute("aria-valuenow", str(round(score * 100)))


def test_between_two_pictures_nothing_of_a_card_makes_the_browser_draw(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    card = page.locator('[data-person="1"]')
    expect(card).to_be_visible()
    gliding = "(card) => [card, ...card.querySelectorAll('*')].filter((one) => {"
    gliding += " const { transitionDuration, animationName } = getComputedStyle(one);"
    gliding += " return parseFloat(transitionDuration) > 0 || animationName !== 'none'; }).map((one) => one.className)"
    assert card.evaluate(gliding) == []


def test_an_emotion_wears_the_colour_of_its_one_home(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    for name in EMOTIONS:
        painted = page.locator(f'[data-name="{name}"] .fill').evaluate("(bar) => getComputedStyle(bar).backgroundColor")
        colour = COLOURS[name]
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        assert painted == f"rgb({red}, {green}, {blue})"


def test_unsure_is_said_and_not_dressed_up_as_a_guess(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live", [make_face(3, "unsure", 0.31)])
    page = open_page()
    card = page.locator('[data-person="3"]')
    expect(card.locator(".emotion")).to_have_text("unsure")
    expect(card.locator(".confidence")).to_be_hidden()
    expect(card.locator(".hint")).to_have_text(re.compile(r"Not sure enough to say; the closest is \w+ with 31%\."))


@pytest.mark.parametrize(
    ("quality", "words"),
    [("dark", "The face is poorly lit."), ("turned", "The head is tilted or turned far to one side.")],
)
def test_a_face_of_poor_quality_says_why(site: FakeSite, open_page: Opener, quality: str, words: str) -> None:
    site.state = make_state("live", [{**make_face(1), "quality": quality}])
    expect(open_page().locator(".hint")).to_have_text(words)


def test_nobody_in_the_picture_is_said(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live", 0)
    page = open_page()
    expect(page.locator("#nobody")).to_contain_text("No face in the picture.")
    expect(page.locator(".face")).to_have_count(0)


def test_a_person_keeps_the_card_while_others_come_and_go(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live", [make_face(2), make_face(5)])
    page = open_page()
    expect(page.locator(".face")).to_have_count(2)
    page.evaluate("document.querySelector('[data-person=\"5\"]').mark = 'same'")
    site.state = make_state("live", [make_face(5), make_face(3)])
    expect(page.locator(".person")).to_have_text(["Person 3", "Person 5"])
    assert page.evaluate("document.querySelector('[data-person=\"5\"]').mark") == "same"


def test_a_fourth_face_that_comes_and_goes_does_not_turn_the_cards_over(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live", 3)
    page = open_page()
    for faces, compact in ((3, False), (4, True), (3, True), (2, False)):
        site.state = make_state("live", faces)
        expect(page.locator(".face")).to_have_count(faces)
        assert page.locator("#cards[data-compact]").count() == compact


@pytest.mark.parametrize("width", [1280, 390])
def test_twenty_faces_stay_usable(site: FakeSite, open_page: Opener, width: int) -> None:
    site.state = make_state("live", 20)
    page = open_page(width=width)
    expect(page.locator(".face")).to_have_count(20)
    last = page.locator('[data-person="20"]')
    assert last.evaluate("(card) => card.offsetHeight") < 130
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport(ratio=0.9)
    if width == 1280:
        scrolls = "(list) => list.scrollHeight > list.clientHeight && list.clientHeight < innerHeight"
        assert page.locator("#faces-scroll").evaluate(scrolls), "beside the picture, which stays in sight"


def test_a_crowd_is_summed_up_and_its_cards_stand_as_in_the_picture(site: FakeSite, open_page: Opener) -> None:
    crowd = [
        {**make_face(number, "happy" if number < 6 else "neutral"), "box": [600 - 70 * number, 100, 60, 60]}
        for number in range(1, 9)
    ]
    site.state = make_state("live", crowd)
    page = open_page()
    expect(page.locator("#crowd-words")).to_have_text("5 happy, 3 neutral")
    expect(page.locator(".person")).to_have_text([f"Person {number}" for number in range(8, 0, -1)])
    page.get_by_role("button", name="Hide the cards").click()
    expect(page.locator(".face").first).to_be_hidden()
    page.get_by_role("button", name="Show the cards").click()
    expect(page.locator(".face").first).to_be_visible()


def test_six_people_need_no_summary(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live", 6)
    page = open_page()
    expect(page.locator(".face")).to_have_count(6)
    expect(page.locator("#crowd")).to_be_hidden()


def test_a_card_and_its_box_are_pointed_at_together(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live", [{**make_face(1), "box": [100, 100, 120, 120]}])
    page = open_page()
    expect(page.locator("#picture")).to_be_visible()
    stage = page.locator("#stage").bounding_box()
    assert stage is not None
    scale = stage["width"] / 640
    page.mouse.move(stage["x"] + 160 * scale, stage["y"] + 160 * scale)
    expect(page.locator(".face[data-pointed]")).to_have_count(1)
    page.mouse.move(stage["x"] + 400 * scale, stage["y"] + 160 * scale)
    expect(page.locator(".face[data-pointed]")).to_have_count(0)
    page.locator(".face").focus()
    expect(page.locator(".face[data-pointed]")).to_have_count(1)


# What the card says whenever a name or a share is drawn on its box.
PAIRS = """() => {
  window.pairs = [];
  const draw = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    const card = document.querySelector(".face");
    const said = [".emotion", ".confidence"].map((part) => card.querySelector(part).textContent);
    if (/%$/.test(text)) window.pairs.push([text, said[1]]);
    else if (/^[a-z]+$/.test(text)) window.pairs.push([text, said[0]]);
    return draw.call(this, text, ...place);
  };
}"""


def test_a_card_and_its_box_never_disagree(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator(".face")).to_have_count(1)
    page.evaluate(PAIRS)
    for step in range(40):
        site.state = make_state("live", [make_face(1, "happy" if step % 20 < 10 else "sad", 0.5 + 0.01 * step)])
        page.wait_for_timeout(50)
    pairs = page.evaluate("window.pairs")
    assert len({on_box for on_box, _ in pairs}) > 10
    assert [pair for pair in pairs if pair[0] != pair[1]] == []


def test_a_face_has_its_thumbnail(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live", [{**make_face(1), "box": [100, 100, 120, 120]}])
    page = open_page()
    drawn = "document.querySelector('.thumb').getContext('2d').getImageData(56, 56, 1, 1).data[3]"
    wait_for(page, lambda: page.evaluate(drawn) == 255)


def test_what_was_shown_is_told_in_strips_and_words(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#strips .strip-words")).to_have_text("happy throughout")
    site.state = make_state("stopped")
    expect(page.locator("#pill-text")).to_have_text("Stopped")
    site.state = make_state("live", name="Camera 1")
    expect(page.locator("#strips .strip-words")).to_have_text("")  # another source: whoever is person 1 is another


def test_figures_are_shown_with_their_units(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#figure-fps")).to_have_text("30")
    expect(page.locator("#figure-age")).to_have_text("42 ms")
    expect(page.locator("#figure-viewers")).to_have_text("1")
    site.state = {
        **make_state("live"),
        "age_ms": 2340.5,
        "viewers": 4,
        "fps": {"capture": 7.52, "inference": 7.48},
    }
    expect(page.locator("#figure-fps")).to_have_text("7.5")
    expect(page.locator("#figure-age")).to_have_text("2.3 s")
    expect(page.locator("#figure-viewers")).to_have_text("4")
