from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from confusions import TRUE_NETWORK
from crowds import audience
from hypothesis import example, given, settings
from hypothesis import strategies as st
from played import Pieces, play

from faces.affect import PLACEMENT
from faces.emotions import EMOTIONS, LABELS
from faces.errors import InputError
from timeline.record import Marker
from timeline.uses.audience import MOST_POINTS, Audience, AudienceComparison, Gain

NINE = datetime(2026, 5, 1, 9, tzinfo=UTC)


def gain(found: AudienceComparison, measure: str = "amusement") -> Gain:
    return next(one for one in found.gains if one.measure == measure)


def test_a_hand_computed_audience_has_the_known_scores() -> None:
    """Of six faces, two are happy with 0.7 (and 0.05 of everything else), four neutral with 0.7."""
    pieces = [(10, {person: "happy" if person <= 2 else "neutral" for person in range(1, 7)})]
    found = Audience().answer(play(pieces, fps=10).record())
    assert found.amusement is not None and found.intensity is not None and found.valence is not None
    happy, neutral, other = (2 * 0.7 + 4 * 0.05) / 6, (4 * 0.7 + 2 * 0.05) / 6, 0.05
    assert found.amusement.value == pytest.approx(happy, abs=1e-5)
    assert found.intensity.value == pytest.approx(1 - neutral, abs=1e-5)
    rest = other * sum(PLACEMENT[emotion][0] for emotion in EMOTIONS if emotion != "happy")
    assert found.valence.value == pytest.approx(0.81 * happy + rest, abs=1e-5)
    assert (round(found.faces, 5), found.answered_seconds, found.enough) == (6.0, 10, True)
    assert {share.label: round(share.share, 3) for share in found.shares if share.share} == {
        "happy": 0.333,
        "neutral": 0.667,
    }


def test_the_interval_of_a_score_is_students_over_the_people() -> None:
    """Amusement 0.2, 0.4, 0.6, 0.8, 1.0 of five people: mean 0.6, variance 0.1, t(4) = 2.132."""
    found = Audience().answer(audience(5, 20, lambda person, second: 0.2 * person)).amusement
    assert found is not None
    half = 2.1318 * (0.1 / 5) ** 0.5
    assert (found.value, found.low, found.high) == pytest.approx((0.6, 0.6 - half, 0.6 + half), abs=1e-3)


def test_a_score_does_not_grow_with_the_number_of_faces() -> None:
    few, many = (Audience().answer(audience(n, 30, lambda p, s: 0.3 + 0.1 * (p % 2))).amusement for n in (6, 60))
    assert few is not None and many is not None
    assert few.value == pytest.approx(many.value)
    assert many.high - many.low < few.high - few.low


def test_who_was_there_for_the_joke_only_is_not_more_amused_than_others() -> None:
    """Everybody laughs alike at second 10 to 19; some came for it only. Nobody differs, so nothing is uncertain."""
    whole = audience(12, 30, lambda person, second: 0.8 if 10 <= second < 20 else 0.1)
    late = (whole.seconds["person"] > 6) & ((whole.seconds["second"] < 10) | (whole.seconds["second"] >= 20))
    found = Audience().answer(replace(whole, seconds=whole.seconds[~late])).amusement
    assert found is not None
    assert found.high - found.low == pytest.approx(0.0, abs=1e-5)


def test_below_the_minimum_group_there_is_no_answer() -> None:
    found = Audience().answer(audience(4, 20, lambda p, s: 0.9))
    assert (found.enough, found.amusement, found.shares, found.peaks) == (False, None, (), ())
    assert {point.amusement for point in found.curve} == {None}
    assert Audience(minimum=4).answer(audience(4, 20, lambda p, s: 0.9)).enough


def test_seconds_with_too_few_faces_take_no_part() -> None:
    six, two = dict.fromkeys(range(1, 7), "neutral"), dict.fromkeys(range(1, 3), "happy")
    found = Audience().answer(play([(10, six), (10, two), (10, six)], fps=5).record())
    assert found.answered_seconds == 20
    assert found.amusement is not None and found.amusement.value == pytest.approx(0.05, abs=1e-5)
    assert [point.amusement is None for point in found.curve] == [False] * 10 + [True] * 10 + [False] * 10


def test_peaks_are_where_the_audience_laughed() -> None:
    jokes = {20: 0.9, 21: 0.9, 50: 0.6, 51: 0.6}
    found = Audience().answer(audience(8, 90, lambda p, s: jokes.get(s, 0.1)))
    times = [peak.seconds for peak in found.peaks if peak.measure == "amusement"]
    assert times == pytest.approx([20.5, 50.5], abs=1)


def test_an_audience_that_never_stirs_has_no_peaks() -> None:
    assert Audience().answer(audience(8, 60, lambda p, s: 0.1)).peaks == ()


def test_a_long_curve_is_told_in_steps_of_whole_seconds() -> None:
    record = audience(6, 3 * MOST_POINTS, lambda p, s: s / (3 * MOST_POINTS))
    found = Audience().answer(record)
    assert (found.step_seconds, len(found.curve)) == (3, MOST_POINTS)
    assert found.curve[1].amusement == pytest.approx(4 / (3 * MOST_POINTS), abs=1e-6)
    assert len(Audience(step=60).answer(record).curve) == 60


def test_no_answer_tells_about_one_person() -> None:
    found = Audience().answer(audience(7, 10, lambda p, s: p / 10))
    assert "person" not in repr(found)


def test_parameters_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="minimum must be 2 or more, not 1"):
        Audience(minimum=1)
    for step in (0, 86_401, 2**63):  # a longer one would only cost memory
        with pytest.raises(InputError, match=f"step must be a whole number of seconds from 1 to 86400, not {step}"):
            Audience(step=step)


# --- two showings -----------------------------------------------------------------------------------------


def test_two_showings_are_compared_as_welch_did() -> None:
    """0.2 ... 1.0 of five against 0.0 ... 0.5 of six people: variances 0.1 and 0.035, freedom 6.25, t = 1.93."""
    first = audience(5, 20, lambda person, second: 0.2 * person)
    second = audience(6, 20, lambda person, second: 0.1 * (person - 1))
    found = gain(Audience().compare(first, second))
    error = (0.1 / 5 + 0.035 / 6) ** 0.5
    assert (found.first, found.second, found.more.value) == pytest.approx((0.6, 0.25, 0.35), abs=1e-5)
    assert found.more.high - found.more.value == pytest.approx(1.93 * error, rel=5e-3)
    assert found.sure
    assert found.people_needed == int(np.ceil((1.6449 + 0.8416) ** 2 * 0.135 / 0.35**2))  # 7
    assert found.more_people == 2


def test_showings_of_one_liking_cannot_be_told_apart() -> None:
    record = audience(8, 30, lambda person, second: 0.1 * person)
    found = gain(Audience().compare(record, record))
    assert (found.sure, found.people_needed, found.more_people) == (False, None, None)


def test_showings_are_aligned_at_a_marker() -> None:
    """The joke comes at second 10 of one and at second 25 of the other."""
    early = audience(6, 40, lambda person, second: 0.9 if 10 <= second < 15 else 0.1)
    late = audience(6, 60, lambda person, second: 0.7 if 25 <= second < 30 else 0.1)
    early = replace(early, markers=(Marker("curtain", 5.0),))
    late = replace(late, markers=(Marker("curtain", 20.0),))
    found = Audience(marker="curtain").compare(early, late)
    assert found.common_seconds == 35
    assert [round(pair.more or 0.0, 3) for pair in found.curve] == [0.0] * 5 + [0.2] * 5 + [0.0] * 25


def test_a_marker_that_is_missing_is_told() -> None:
    record = replace(audience(6, 10, lambda p, s: 0.5), markers=(Marker("curtain", 1.0),))
    with pytest.raises(InputError, match=r"no marker 'joke' to align at[.] There are: curtain"):
        Audience(marker="joke").compare(record, record)


def test_seconds_in_which_one_showing_has_too_few_faces_are_not_compared() -> None:
    big = audience(6, 20, lambda p, s: 0.5)
    thin = replace(big, seconds=big.seconds[(big.seconds["second"] < 8) | (big.seconds["person"] < 3)])
    found = Audience().compare(big, thin)
    assert found.common_seconds == 8
    assert Audience().compare(big, audience(2, 20, lambda p, s: 0.5)).gains == ()


def test_the_difference_covers_the_truth_nine_times_in_ten() -> None:
    """People who like a showing more or less, around 0.5 and 0.4; scores that waver from second to second."""
    random = np.random.default_rng(5)
    covered = []
    for _ in range(200):
        likes = random.normal(0.5, 0.12, 9), random.normal(0.4, 0.12, 7)
        first = audience(9, 20, lambda p, s: likes[0][p - 1] + random.normal(0.0, 0.05))  # noqa: B023
        second = audience(7, 20, lambda p, s: likes[1][p - 1] + random.normal(0.0, 0.05))  # noqa: B023
        more = gain(Audience().compare(first, second)).more
        covered.append(more.low <= 0.1 <= more.high)
    assert 0.86 <= np.mean(covered) <= 0.96  # of 200, 9 in 10 plus or minus 2 standard errors


shown = st.dictionaries(st.integers(1, 7), st.sampled_from(LABELS), min_size=4, max_size=7)
schedules = st.lists(st.tuples(st.integers(2, 15).map(lambda n: n / 5), shown), min_size=2, max_size=6)


@settings(max_examples=30, deadline=None)
@given(schedules)
@example([(0.4, dict.fromkeys(range(1, 6), "angry")), (0.4, dict.fromkeys(range(1, 5), "angry"))])  # 4.5 faces
def test_an_audience_is_the_same_at_5_and_at_30_frames_per_second(pieces: Pieces) -> None:
    slow, fast = (Audience().answer(replace(play(pieces, fps=fps).record(), confusion=TRUE_NETWORK)) for fps in (5, 30))
    assert (slow.enough, slow.answered_seconds) == (fast.enough, fast.answered_seconds)
    for one, other in zip(slow.curve, fast.curve, strict=True):
        assert one.amusement == pytest.approx(other.amusement, abs=1e-3)
    for share, same in zip(slow.shares, fast.shares, strict=True):
        assert (share.share, share.low, share.high) == pytest.approx((same.share, same.low, same.high), abs=1e-2)
