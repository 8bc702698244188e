from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gitops.model.baseline import Comparison, DriftBaseline, Drifted, DriftState, Judged, KnownDrift, compare

TODAY = date(2026, 11, 24)
REPLICAS = Drifted("aloha", "replicas", "4")


def line(**more):
    given = {"endpoint": "aloha", "field": "replicas", "owner": "ada", "reason": "sale", "expires": "2026-12-31"}
    return KnownDrift.model_validate(given | more)


def test_what_no_line_is_about_is_new():
    assert compare([REPLICAS], [], TODAY) == Comparison((Judged(REPLICAS, DriftState.NEW),))


def test_a_line_without_a_live_value_is_about_any():
    assert compare([REPLICAS], [line()], TODAY).judged == (Judged(REPLICAS, DriftState.KNOWN, line()),)


@pytest.mark.parametrize("live", [4, "4"])
def test_a_line_with_a_live_value_is_about_that_only(live):
    known = line(live=live)

    assert compare([REPLICAS], [known], TODAY).judged[0].state is DriftState.KNOWN
    assert compare([Drifted("aloha", "replicas", "5")], [known], TODAY).judged[0].state is DriftState.NEW


@pytest.mark.parametrize(("days", "state"), [(-1, DriftState.EXPIRED), (0, DriftState.KNOWN), (1, DriftState.KNOWN)])
def test_a_line_counts_until_the_end_of_its_day(days, state):
    known = line(expires=str(TODAY + timedelta(days=days)))

    assert compare([REPLICAS], [known], TODAY).judged == (Judged(REPLICAS, state, known),)


def test_of_several_lines_the_one_that_counts_longest_is_told():
    short, long = line(expires="2026-11-01"), line(expires="2026-12-01", live=4)

    comparison = compare([REPLICAS], [short, long], TODAY)

    assert comparison == Comparison((Judged(REPLICAS, DriftState.KNOWN, long),), ())


def test_a_line_that_is_about_nothing_that_drifted_is_unmatched():
    other, gone = line(endpoint="hello"), line(live=9)

    assert compare([REPLICAS], [other, gone, line()], TODAY).unmatched == (other, gone)


@pytest.mark.parametrize("expires", [20261231, "tomorrow", "2026-13-01", "2026-W01-1", "20261231", True, None, 1.5])
def test_a_day_that_is_no_day_is_not_accepted(expires):
    with pytest.raises(ValidationError, match="must be a date like 2026-12-31"):
        line(expires=expires)


@pytest.mark.parametrize("more", [{"owner": ""}, {"reason": ""}, {"live": ""}, {"live": True}, {"field": "rollout"}])
def test_a_line_says_who_and_why_about_a_field_that_can_drift(more):
    with pytest.raises(ValidationError):
        line(**more)


def test_a_baseline_reads_what_it_writes():
    baseline = DriftBaseline(known=(line(), line(live=4)))

    assert DriftBaseline.model_validate_json(baseline.model_dump_json()) == baseline


some = st.builds(
    lambda endpoint, live, days: line(endpoint=endpoint, live=live, expires=str(TODAY + timedelta(days=days))),
    st.sampled_from("ab"),
    st.sampled_from([None, 1, 2]),
    st.integers(-2, 2),
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    drifted=st.lists(st.builds(Drifted, st.sampled_from("ab"), st.just("replicas"), st.sampled_from("123"))),
    known=st.lists(some),
)
def test_every_difference_is_judged_and_every_line_is_about_one_or_unmatched(drifted, known):
    comparison = compare(drifted, known, TODAY)

    assert [one.drifted for one in comparison.judged] == drifted
    for one in comparison.judged:
        about = [line for line in known if line.covers(one.drifted)]
        assert (one.state is DriftState.NEW) == (not about)
        assert (one.state is DriftState.KNOWN) == any(line.expires >= TODAY for line in about)
    assert list(comparison.unmatched) == [line for line in known if not any(map(line.covers, drifted))]
