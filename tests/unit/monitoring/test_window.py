from datetime import UTC, datetime, timedelta

from gitops.model.latency import Latency, bucket_of
from gitops.model.snapshot import Counters, ReplicaCounters
from gitops.monitoring.window import Tally, between, since_start, traffic, version_order

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def replica(name: str, version: str, requests: int, *, errors: int = 0, ms: float = 5.0) -> ReplicaCounters:
    latency = Latency(buckets={bucket_of(ms): requests}, sum_ms=requests * ms)
    return ReplicaCounters(replica=name, version=version, requests=requests, errors=errors, latency=latency)


def read(after_s: float, *replicas: ReplicaCounters, unrouted: int = 0, generation: str = "g1", since_s: float = 0):
    return Counters(
        endpoint="aloha",
        generation=generation,
        since=START + timedelta(seconds=since_s),
        observed_at=START + timedelta(seconds=after_s),
        unrouted=unrouted,
        replicas=replicas,
    )


def test_a_window_since_the_start_is_as_long_as_the_generation_is_old():
    assert since_start(read(90, since_s=30)).seconds == 60


def test_replicas_of_one_version_are_counted_together():
    window = since_start(read(10, replica("a-1", "v1", 3), replica("a-2", "v1", 4), replica("a-3", "v2", 5)))

    assert {version: tally.requests for version, tally in window.by_version.items()} == {"v1": 7, "v2": 5}


def test_an_unrouted_request_is_a_request_and_an_error_without_a_latency():
    total = since_start(read(10, replica("a-1", "v1", 3), unrouted=2)).total

    assert (total.requests, total.errors, total.latency.count) == (5, 2, 3)


def test_a_window_between_two_reads_is_their_difference():
    window = between(read(10, replica("a-1", "v1", 3)), read(40, replica("a-1", "v1", 10), unrouted=1))

    assert (window.seconds, window.total.requests, window.unrouted) == (30, 8, 1)


def test_a_replica_that_came_meanwhile_counts_from_its_begin():
    window = between(read(10, replica("a-1", "v1", 3)), read(20, replica("a-1", "v1", 3), replica("a-2", "v2", 9)))

    assert {version: tally.requests for version, tally in window.by_version.items()} == {"v1": 0, "v2": 9}


def test_a_replica_that_is_counted_no_longer_takes_nothing_away():
    window = between(read(10, replica("a-1", "v1", 30)), read(20, replica("a-2", "v1", 9)))

    assert window.total.requests == 9


def test_a_replica_name_that_serves_another_version_begins_again():
    window = between(read(10, replica("a-1", "v1", 30)), read(20, replica("a-1", "v2", 9)))

    assert {version: tally.requests for version, tally in window.by_version.items()} == {"v2": 9}


def test_a_new_generation_counts_from_its_own_begin():
    earlier = read(60, replica("a-1", "v1", 500))
    later = read(100, replica("a-1", "v1", 7), generation="g2", since_s=80)

    window = between(earlier, later)

    assert (window.seconds, window.total.requests) == (20, 7)


def test_counters_that_went_backwards_count_nothing_rather_than_less():
    window = between(read(10, replica("a-1", "v1", 30), unrouted=4), read(20, replica("a-1", "v1", 20)))

    assert (window.total.requests, window.unrouted) == (0, 0)


def test_throughput_is_by_wall_clock():
    assert traffic(Tally(requests=30), 60).throughput_rps == 0.5


def test_no_time_has_no_throughput():
    assert traffic(Tally(requests=30), 0).throughput_rps is None


def test_no_request_has_no_error_rate():
    assert traffic(Tally(), 60).error_rate is None


def test_no_request_has_no_latency():
    shown = traffic(Tally(), 60)

    assert (shown.average_ms, shown.p50_ms, shown.p95_ms, shown.p99_ms) == (None, None, None, None)


def test_the_error_rate_is_a_share_of_all_requests():
    assert traffic(Tally(requests=8, errors=2), 60).error_rate == 0.25


def test_version_10_comes_after_version_2():
    assert sorted(["v10", "v2", "v2-20260302", "v1"], key=version_order) == ["v1", "v2", "v2-20260302", "v10"]


def test_versions_that_are_no_numbers_have_an_order_too():
    assert sorted(["", "beta", "v1", "1"], key=version_order) == ["", "beta", "v1", "1"]
