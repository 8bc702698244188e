"""Histograms of latency add up, subtract and keep their percentiles near the truth, whatever they hold."""

from functools import reduce
from math import ceil, isclose

from hypothesis import given
from hypothesis import strategies as st

from gitops.model.latency import HIGHEST_MS, LOWEST_MS, Latency, bucket_of

measurable = st.floats(min_value=LOWEST_MS, max_value=HIGHEST_MS)
percents = st.one_of(st.sampled_from([50, 95, 99, 100]), st.integers(1, 100))


def histogram(latencies_ms: list[float]) -> Latency:
    single = (Latency(buckets={bucket_of(latency_ms): 1}, sum_ms=latency_ms) for latency_ms in latencies_ms)
    return reduce(Latency.plus, single, Latency())


histograms = st.lists(measurable, max_size=30).map(histogram)


@given(st.lists(measurable, min_size=1, max_size=60), percents)
def test_a_percentile_is_within_2_percent_of_the_true_one(latencies_ms, percent):
    rank = ceil(len(latencies_ms) * percent / 100)
    true = sorted(latencies_ms)[rank - 1]

    measured = histogram(latencies_ms).percentile_ms(percent)

    assert measured is not None
    assert isclose(measured, true, rel_tol=0.02)


@given(measurable, measurable)
def test_a_slower_request_is_never_in_a_faster_bucket(one, other):
    slower, faster = max(one, other), min(one, other)

    assert bucket_of(slower) >= bucket_of(faster)


@given(histograms, histograms)
def test_what_was_added_can_be_taken_away_again(earlier, added):
    difference = earlier.plus(added).minus(earlier)

    assert difference.buckets == added.buckets
    assert isclose(difference.sum_ms, added.sum_ms, rel_tol=1e-9, abs_tol=1e-6)


@given(histograms, histograms)
def test_the_order_of_two_replicas_does_not_matter(one, other):
    assert one.plus(other) == other.plus(one)


@given(histograms, histograms, histograms)
def test_replicas_may_be_merged_in_any_grouping(one, two, three):
    left, right = one.plus(two).plus(three), one.plus(two.plus(three))

    assert left.buckets == right.buckets
    assert isclose(left.sum_ms, right.sum_ms, rel_tol=1e-9)


@given(histograms, st.lists(percents, min_size=2, max_size=2))
def test_a_higher_percentile_is_never_faster(latency, pair):
    low, high = (latency.percentile_ms(percent) for percent in sorted(pair))

    assert (low is None and high is None) or low <= high


@given(histograms)
def test_a_histogram_survives_its_json(latency):
    assert Latency.model_validate_json(latency.model_dump_json()) == latency
