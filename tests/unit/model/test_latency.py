from math import inf

import pytest
from pydantic import ValidationError

from gitops.model.latency import HIGHEST_MS, LAST_BUCKET, LOWEST_MS, Latency, bucket_of


def of(*latencies_ms: float) -> Latency:
    buckets: dict[int, int] = {}
    for latency_ms in latencies_ms:
        buckets[bucket_of(latency_ms)] = buckets.get(bucket_of(latency_ms), 0) + 1
    return Latency(buckets=buckets, sum_ms=sum(latencies_ms))


@pytest.mark.parametrize("latency_ms", [-1.0, 0.0, 0.05, LOWEST_MS])
def test_what_is_faster_than_the_lowest_is_in_the_first_bucket(latency_ms):
    assert bucket_of(latency_ms) == 0


@pytest.mark.parametrize("latency_ms", [HIGHEST_MS, HIGHEST_MS * 2, 1e300, inf])
def test_what_is_slower_than_ten_minutes_is_in_the_last_bucket(latency_ms):
    assert bucket_of(latency_ms) == LAST_BUCKET


def test_what_is_a_little_faster_than_ten_minutes_is_in_the_last_bucket_or_below():
    assert bucket_of(HIGHEST_MS * 0.999) <= LAST_BUCKET


def test_without_requests_there_is_no_average():
    assert Latency().average_ms is None


def test_without_requests_there_is_no_percentile():
    assert Latency().percentile_ms(95) is None


def test_the_average_is_exact():
    assert of(1, 2, 6).average_ms == 3


def test_a_percentile_is_the_nearest_rank():
    latency = of(*[1.0] * 95, *[100.0] * 5)

    assert latency.percentile_ms(95) == pytest.approx(1.0, rel=0.01)
    assert latency.percentile_ms(95.1) == pytest.approx(100.0, rel=0.01)


def test_the_smallest_percentile_is_the_fastest_request():
    assert of(1, 1000).percentile_ms(0.001) == pytest.approx(1, rel=0.01)


def test_histograms_of_two_replicas_add_up():
    assert of(1, 2).plus(of(2, 3)) == of(1, 2, 2, 3)


def test_a_difference_never_counts_below_zero():
    assert of(1).minus(of(1, 1)).buckets == {}


def test_a_difference_leaves_empty_buckets_out():
    assert of(1, 5).minus(of(1)) == of(5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"buckets": {LAST_BUCKET + 1: 1}},
        {"buckets": {-1: 1}},
        {"buckets": {3: -1}},
        {"sum_ms": -1},
        {"sum_ms": inf},
    ],
)
def test_a_histogram_from_a_file_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValidationError):
        Latency.model_validate(wrong)
