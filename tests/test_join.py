from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from crowds import audience
from played import play

from faces.errors import InputError
from timeline.join import joined
from timeline.record import Gap, Marker, Rest
from timeline.segments import unpacked
from timeline.uses.audience import Audience

NINE = datetime(2026, 5, 1, 9, tzinfo=UTC)


def test_two_cameras_see_one_audience() -> None:
    left = replace(audience(3, 20, lambda p, s: 0.9 if s == 12 else 0.1), started_at=NINE)
    right = replace(audience(3, 20, lambda p, s: 0.9 if s == 7 else 0.1), started_at=NINE + timedelta(seconds=5))
    both = joined([left, right])
    assert (both.start, both.end, both.started_at) == (0.0, 25.0, NINE)
    assert both.persons == (1, 2, 3, 4, 5, 6)
    found = Audience().answer(both)
    assert found.answered_seconds == 15
    (peak,) = [peak for peak in found.peaks if peak.measure == "amusement"]
    assert peak.seconds == pytest.approx(12.5, abs=1)


def test_without_a_clock_a_marker_joins_them() -> None:
    early = replace(audience(3, 20, lambda p, s: 0.5), markers=(Marker("curtain", 8.0),))
    late = replace(audience(3, 20, lambda p, s: 0.5), markers=(Marker("curtain", 2.0),))
    both = joined([early, late], marker="curtain")
    assert both.markers == (Marker("curtain", 8.0),)
    assert both.seconds["second"][both.seconds["person"] > 3].min() == 6
    late_first = joined([late, early], marker="curtain")
    assert late_first.markers == (Marker("curtain", 8.0),)


def test_the_resting_face_of_the_first_counts_from_the_same_moment() -> None:
    early = replace(audience(1, 20, lambda p, s: 0.5), started_at=NINE)
    rest = Rest((1 / 7,) * 7, NINE, 15.0, since=7.0)
    late = replace(audience(1, 20, lambda p, s: 0.5), started_at=NINE + timedelta(seconds=5), rest=rest)
    assert joined([late, early]).rest == replace(rest, since=12.0)


def test_who_was_not_in_the_picture_yet_is_absent() -> None:
    left = replace(play([(2, {1: "happy"}), (1, {})], fps=10).record(), started_at=NINE)
    right = replace(play([(1, {}), (2, {1: "sad"})], fps=10).record(), started_at=NINE + timedelta(seconds=2))
    found = [(s.person, s.emotion, s.start, s.end) for s in unpacked(joined([left, right]).segments)]
    assert found == [(1, "happy", 0.0, 2.0), (1, None, 2.0, 5.0), (2, None, 0.0, 3.0), (2, "sad", 3.0, 5.0)]


def test_only_where_no_camera_looked_is_a_gap() -> None:
    left = replace(audience(3, 20, lambda p, s: 0.5), started_at=NINE, gaps=(Gap(5.0, 10.0),))
    right = replace(audience(3, 20, lambda p, s: 0.5), started_at=NINE + timedelta(seconds=4), gaps=(Gap(3.0, 8.0),))
    assert joined([left, right]).gaps == (Gap(7.0, 10.0),)


def test_what_cannot_be_joined_is_told() -> None:
    record = audience(3, 5, lambda p, s: 0.5)
    with pytest.raises(InputError, match="One record alone"):
        joined([record])
    with pytest.raises(InputError, match="Record 1 does not know when"):
        joined([record, record])
    with pytest.raises(InputError, match="Record 2 has no marker 'curtain'"):
        joined([replace(record, markers=(Marker("curtain", 1.0),)), record], marker="curtain")


def test_what_lies_more_than_a_day_apart_is_laid_over_each_other_at_a_marker_only() -> None:
    record = replace(audience(3, 20, lambda p, s: 0.5), started_at=NINE, markers=(Marker("curtain", 4.0),))
    other = replace(record, started_at=NINE + timedelta(days=2))
    with pytest.raises(InputError, match="more than a day apart"):
        joined([record, other])
    assert joined([record, other], marker="curtain").length == 20
