import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from played import KeepingTimeline
from timeline_readers import read_csv, read_json, write_csv

from faces.emotions import EMOTIONS, LABELS
from faces.errors import InputError
from faces.records import Box, Face
from timeline.export import COLUMNS, clock, write_json


def example() -> KeepingTimeline:
    timeline = KeepingTimeline()
    scores = (0.01, 0.02, 0.03, 0.9, 0.02, 0.01, 0.01)
    for index in range(10):
        faces = [Face(2, Box(-4, 5, 60, 61), "happy", 0.9, scores, "good")] if index >= 4 else []
        timeline.add_faces(index / 10, faces)
    return timeline


def text(timeline: KeepingTimeline, name: str) -> str:
    file = io.StringIO()
    if name == "csv":
        write_csv(file, timeline.rows())
    else:
        write_json(file, timeline, timeline.rows())
    return file.getvalue()


def test_table_has_the_promised_columns_and_a_row_where_nobody_was_seen() -> None:
    header, first, *_, last = csv.reader(text(example(), "csv").splitlines())
    assert ",".join(header[:9]) == "seconds,time,person,x,y,width,height,emotion,confidence"
    assert header[9:] == [*EMOTIONS, "valence", "arousal", "quality"]
    assert first == ["0.0", "0:00:00.000", *[""] * 16, "no face"]
    assert last[:10] == ["0.9", "0:00:00.900", "2", "-4", "5", "60", "61", "happy", "0.9", "0.01"]
    assert last[-1] == "good"


def test_valence_and_arousal_are_the_scores_times_the_published_placement() -> None:
    last = text(example(), "csv").splitlines()[-1].split(",")
    # 0.01*-0.51 + 0.02*-0.60 + 0.03*-0.64 + 0.9*0.81 + 0.01*-0.63 + 0.01*0.40, likewise arousal
    assert [float(last[-3]), float(last[-2])] == pytest.approx([0.6904, 0.4939], abs=1e-4)


def test_an_empty_timeline_still_writes_valid_files() -> None:
    assert text(KeepingTimeline(), "csv") == ",".join(COLUMNS) + "\n"
    data = json.loads(text(KeepingTimeline(), "json"))
    assert (data["version"], data["rows"], data["segments"]) == (1, [], [])


def test_json_says_its_version_and_carries_answers_and_rows() -> None:
    file = io.StringIO()
    timeline = example()
    write_json(file, timeline, timeline.rows(), about={"source": "Grüße.mp4"})
    data = json.loads(file.getvalue())
    assert (data["version"], data["about"]["source"]) == (1, "Grüße.mp4")
    assert data["everybody"]["predominant"] == data["persons"][0]["predominant"] == "happy"
    assert data["columns"] == list(COLUMNS)
    assert len(data["rows"]) == 10
    assert data["rows"][-1][2:8] == [2, -4, 5, 60, 61, "happy"]
    assert data["per_second"][0]["shares"] == {"happy": 1.0}


def test_clock_counts_hours_beyond_a_day() -> None:
    assert [clock(s) for s in (0, 59.9996, 3661.25, 100_000)] == [
        "0:00:00.000",
        "0:01:00.000",
        "1:01:01.250",
        "27:46:40.000",
    ]


faces = st.builds(
    Face,
    st.integers(1, 3),
    st.builds(Box, *[st.integers(-50, 4000)] * 4),
    st.sampled_from(LABELS),
    st.floats(0, 1),
    st.lists(st.floats(0, 1), min_size=7, max_size=7).map(tuple),
    st.sampled_from(["good", "small", "dark", "blurred", "turned"]),
)
samples = st.lists(st.tuples(st.floats(0, 3), st.lists(faces, max_size=3, unique_by=lambda f: f.person)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(samples)
def test_export_then_import_gives_the_same_timeline(steps: list[tuple[float, list[Face]]]) -> None:
    timeline, seconds = KeepingTimeline(), 0.0
    for step, shown in steps:
        seconds += step
        timeline.add_faces(seconds, shown)
    for name, read in (("csv", read_csv), ("json", read_json)):
        again = read(io.StringIO(text(timeline, name)))
        assert list(again.rows()) == list(timeline.rows())
        assert again.segments() == timeline.segments()
        assert again.coverage() == timeline.coverage()
        assert text(again, name) == text(timeline, name)


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", ",".join(COLUMNS) + "\n1,2,3\n"])
def test_a_table_that_is_none_is_refused_in_words(content: str) -> None:
    with pytest.raises(InputError, match="Export it again"):
        read_csv(io.StringIO(content))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 99}'])
def test_json_that_is_no_timeline_is_refused_in_words(content: str) -> None:
    with pytest.raises(InputError, match="Export it again"):
        read_json(io.StringIO(content))


def test_the_table_opens_with_pandas_and_no_options(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    with (tmp_path / "timeline.csv").open("w", newline="") as file:
        write_csv(file, example().rows())
    table = pandas.read_csv(tmp_path / "timeline.csv")
    assert list(table.columns) == list(COLUMNS)
    assert table["happy"].dtype == float
    assert table["emotion"].isna().sum() == 4
