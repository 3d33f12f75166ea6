import re
from collections.abc import Sequence

import pytest
from confusions import TRUE_NETWORK

from analysis.about import Provenance
from analysis.answers import answers
from analysis.charts import share_bands
from analysis.report import VideoFacts, pictures_report, video_report, worth_a_picture
from analysis.results import PictureResult, Result, Unusable
from faces.emotions import EMOTIONS, LABELS
from faces.records import Box, Face
from timeline.questions import moments
from timeline.timeline import Timeline

SETTINGS = {"every_seconds": 0.0, "detector": "haar", "stable_seconds": 0.3, "weights": "abc123"}
MEASURED = {
    "accuracy": 0.7012,
    "pictures": 3589,
    "split": "PrivateTest",
    "per_emotion": {name: {"recall": 0.5, "precision": 0.6} for name in EMOTIONS},
}


def facts(name: str = "film.mp4", notes: Sequence[str] = (), *, annotated: bool = True) -> VideoFacts:
    more = {"sound": True, "jumps": 0, "complete": True}
    return VideoFacts(name, 640, 360, 30.0, "h264", annotated=annotated, notes=[*notes], **more)  # type: ignore[arg-type]


def session(*shown: dict[int, str]) -> Timeline:
    """A second each, at 5 samples a second."""
    timeline = Timeline()
    for second, people in enumerate(shown):
        for step in range(5):
            faces = []
            for person, emotion in people.items():
                scores = tuple(0.7 if name == emotion else 0.05 for name in EMOTIONS)
                faces.append(Face(person, Box(40, 40, 50, 50), emotion, 0.7, scores, "good"))
            timeline.add_faces(second + step / 5, faces)
    return timeline


def page(timeline: Timeline, name: str = "film.mp4", about: Provenance | None = None, **more: object) -> str:
    wanted = worth_a_picture(timeline) if more.pop("thumbnails", True) else []
    pictures = {segment: f"data:image/jpeg;base64,{number}" for number, segment in enumerate(wanted)}
    found = answers(timeline, TRUE_NETWORK if more.pop("confused", False) else None, "")
    known = facts(name, **more)  # type: ignore[arg-type]
    return video_report(timeline, known, found, pictures, SETTINGS, about or Provenance())


TWO: tuple[dict[int, str], ...] = (
    {1: "happy"},
    {1: "happy", 2: "neutral"},
    {1: "sad", 2: "neutral"},
    {},
    {1: "happy", 2: "happy"},
)


def test_every_share_says_how_sure_it_is_once_the_network_was_measured() -> None:
    html = page(session(*[{1: "happy"}, {1: "neutral"}] * 30), confused=True)
    assert "people would say, nine times in ten" in html
    assert "cannot be told" in html
    assert "How sure the shares are" not in page(session({1: "happy"}))


def test_the_report_says_in_words_what_was_mostly_shown() -> None:
    html = page(session({1: "happy"}, {1: "happy"}, {1: "happy"}, {}))
    assert "The person looked mostly happy: 100\N{NO-BREAK SPACE}% of the time" in html
    assert "A face was seen in 75\N{NO-BREAK SPACE}% of the frames" in html


def test_it_says_mostly_only_of_more_than_half() -> None:
    assert "looked most often happy: 50" in page(session({1: "happy"}, {1: "sad"}, {1: "happy"}, {1: "fear"}))
    unclear = page(session({1: "unsure"}, {1: "unsure"}, {1: "happy"}))
    assert "The expression was unclear for 67\N{NO-BREAK SPACE}% of the time" in unclear
    assert "apart from that, happy was seen most (33\N{NO-BREAK SPACE}%)" in unclear


def test_a_face_that_flashes_up_is_not_called_nobody() -> None:
    timeline = session({}, {}, {})
    timeline.add_faces(3.0, [Face(1, Box(40, 40, 50, 50), "happy", 0.7, (0.1,) * 7, "good")])
    timeline.add_faces(3.05, [])
    html = page(timeline)
    assert "A face was seen, but too briefly" in html
    assert "No face was seen" not in html


def test_curves_and_columns_stand_over_their_seconds() -> None:
    timeline = session({1: "happy", 2: "sad"}, {1: "happy", 2: "sad"})
    timeline.add_faces(2.0, [])
    timeline.end_at(2.5)
    html = page(timeline)
    points = re.findall(r'polyline class="amusement" points="([^"]+)"', html)
    assert [point.split(",")[0] for point in points[0].split()] == ["0.00", "40.00", "40.00", "80.00"]
    columns = re.findall(r'<rect x="([\d.]+)%" width="([\d.]+)%" y="0.0%"', html)
    assert columns == [("0.0", "40.0"), ("40.0", "40.0")]


def test_the_report_needs_nothing_from_outside() -> None:
    html = page(session(*TWO))
    addresses = re.findall(r"""(?:src|href)=["']?([^"'\s>]+)""", html) + re.findall(r"url\(([^)]*)\)", html)
    assert addresses
    beside_it = ("data:", "#", "annotated.mp4")
    assert [address for address in addresses if not address.startswith(beside_it)] == []
    assert "@import" not in html
    assert html.count("<script") == 1, "our own, which moves the line over the timeline"


def test_a_name_from_a_stranger_stays_text() -> None:
    html = page(session(*TWO), name="<script>alert(1)</script>.mp4", notes=["<b>note</b>"])
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "&lt;b&gt;note" in html


def test_every_band_has_a_pattern_and_its_name_stands_beside_it() -> None:
    html = page(session(*TWO))
    for name in LABELS:
        assert f'id="p-{name}"' in html
        assert re.search(rf"</svg>\s*{name}</li>", html), "the legend"
    assert re.search(r"<title>happy, 0:00.0 to 0:02.0</title>", html)


def test_every_moment_and_every_person_has_a_picture() -> None:
    html = page(session(*TWO))
    assert html.count('alt="Person 1 at') + html.count('alt="Person 2 at') == len(moments(session(*TWO).segments())) + 2


def test_nothing_of_a_face_is_in_a_report_without_thumbnails() -> None:
    html = page(session(*TWO), thumbnails=False)
    assert "data:image" not in html and "<img" not in html
    assert "Moments that stand out" in html


def test_moments_lead_into_the_annotated_video_where_there_is_one() -> None:
    seconds = [moment.seconds for moment in moments(session(*TWO).segments())]
    html = page(session(*TWO))
    assert [html.count(f'href="annotated.mp4#t={at:.1f}"') for at in seconds] == [2] * len(seconds)
    assert "annotated.mp4" not in page(session(*TWO), annotated=False)


def test_every_chart_has_its_table() -> None:
    html = page(session(*TWO))
    assert re.search(r"<td>2</td><td class=\"word\">neutral</td><td>0:01.0</td><td>0:03.0</td>", html)
    for title in ("Who showed what, when", "Everybody together, over time", "Amusement and intensity, over time"):
        assert f"<summary>{title}: the table</summary>" in html


def test_a_report_without_faces_gives_advice_and_draws_no_empty_chart() -> None:
    html = page(session({}, {}))
    assert "What may help" in html and "at least 40 pixels wide" in html
    assert 'class="axis"' not in html and "Amusement" not in html


def test_it_says_what_the_weights_were_measured_at_or_that_nobody_knows() -> None:
    html = page(session(*TWO), about=Provenance(measured=MEASURED))
    assert "70\N{NO-BREAK SPACE}%" in html
    assert "3,589 test pictures" in html
    assert "not known here" in page(session(*TWO))


def test_it_tells_settings_versions_and_limits() -> None:
    html = page(session(*TWO), about=Provenance(versions={"OpenCV": "4.12"}, made="1 May 2030"))
    for words in ("abc123", "4.12", "1 May 2030", "An expression is not a feeling"):
        assert words in html


@pytest.mark.parametrize("shown", [(), ({},), ({1: "happy"},)])
def test_the_smallest_sessions_have_a_report(shown: Sequence[dict[int, str]]) -> None:
    timeline = session(*shown)
    if not shown:
        timeline.add_faces(0.0, [])
    assert "</html>" in page(timeline)


def test_a_long_restless_film_has_a_report_of_bounded_size() -> None:
    timeline = session(*[{1: EMOTIONS[index % 7], 2: "neutral"} for index in range(1500)])
    html = page(timeline, thumbnails=False)
    assert len(html) < 300_000
    assert "seen in 7,500 of 7,500 frames. Of the 15,000 faces" in html


def test_bands_of_shares_fill_the_bar_exactly() -> None:
    bands = share_bands(dict.fromkeys(LABELS, 1 / 8))
    assert bands[0].x == 0
    assert bands[-1].x + bands[-1].width == pytest.approx(100)


def test_the_report_of_pictures_counts_faces_and_lists_what_is_broken() -> None:
    face = Face(1, Box(0, 0, 20, 20), "happy", 0.9, (0.0, 0.0, 0.0, 0.9, 0.1, 0.0, 0.0), "dark")
    results: list[Result] = [
        PictureResult("a.jpg", "a.jpg", 40, 30, (face, face), "data:image/jpeg,A", ("data:image/jpeg,B",) * 2),
        PictureResult("<i>.jpg", "<i>.jpg", 40, 30, ()),
        Unusable("c.jpg", "c.jpg", "c.jpg is empty."),
    ]
    html = pictures_report(results, settings=SETTINGS, about=Provenance())
    assert "2 faces in 1 of 2 pictures" in html
    assert "c.jpg is empty." in html
    assert "&lt;i&gt;.jpg" in html
    assert html.index("No face found") < html.index("Every picture"), "what was missed comes first"
    assert html.count("<img") == 3, "the picture and both of its faces"


def test_the_report_of_no_picture_at_all_is_valid() -> None:
    assert "No face was found" in pictures_report([], settings=SETTINGS, about=Provenance())
