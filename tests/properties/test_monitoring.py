"""What two reads of the counters say about the traffic between them, whatever the traffic was."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gitops.model.latency import Latency, bucket_of
from gitops.model.snapshot import Counters, ReplicaCounters
from gitops.monitoring.window import between, since_start, traffic

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@st.composite
def replica_counters(draw: st.DrawFn) -> ReplicaCounters:
    latencies_ms = draw(st.lists(st.floats(0.1, 60_000), max_size=8))
    latency = Latency()
    for latency_ms in latencies_ms:
        latency = latency.plus(Latency(buckets={bucket_of(latency_ms): 1}, sum_ms=latency_ms))
    return ReplicaCounters(
        replica=draw(st.sampled_from(["a-1", "a-2", "a-3", "a-4"])),
        version=draw(st.sampled_from(["v1", "v2", "v10"])),
        requests=len(latencies_ms),
        errors=draw(st.integers(0, len(latencies_ms))),
        latency=latency,
    )


def counters(after_s: int, replicas: list[ReplicaCounters], unrouted: int = 0, generation: str = "g") -> Counters:
    return Counters(
        endpoint="a",
        generation=generation,
        since=START,
        observed_at=START + timedelta(seconds=after_s),
        unrouted=unrouted,
        replicas=tuple(replicas),
    )


many = st.lists(replica_counters(), max_size=6)
unrouted_counts = st.integers(0, 50)


@given(many, many, unrouted_counts, unrouted_counts)
def test_a_window_counts_exactly_what_was_added(first, added, unrouted, more):
    window = between(counters(10, first, unrouted), counters(30, first + added, unrouted + more))

    assert window.total.requests == sum(replica.requests for replica in added) + more
    assert window.total.errors == sum(replica.errors for replica in added) + more
    assert window.total.latency.count == sum(replica.latency.count for replica in added)


@given(many, unrouted_counts)
def test_two_equal_reads_have_nothing_between_them(replicas, unrouted):
    window = between(counters(10, replicas, unrouted), counters(30, replicas, unrouted))

    assert (window.total.requests, window.total.errors, window.total.latency.count) == (0, 0, 0)


@given(many, many)
def test_counters_that_began_again_count_from_their_new_begin(first, anew):
    later = counters(30, anew, generation="another")

    assert between(counters(10, first), later) == since_start(later)


@given(many, unrouted_counts)
def test_the_versions_and_the_unrouted_add_up_to_the_total(replicas, unrouted):
    window = since_start(counters(30, replicas, unrouted))

    assert sum(tally.requests for tally in window.by_version.values()) + unrouted == window.total.requests


@given(many, st.randoms(use_true_random=False))
def test_the_order_of_the_replicas_does_not_matter(replicas, random):
    shuffled = random.sample(replicas, len(replicas))
    window, other = since_start(counters(30, replicas)), since_start(counters(30, shuffled))

    assert list(window.by_version) == list(other.by_version)
    assert window.total.latency.buckets == other.total.latency.buckets


@given(many, unrouted_counts)
def test_rates_are_shares_or_unknown(replicas, unrouted):
    total = since_start(counters(30, replicas, unrouted)).total
    shown = traffic(total, 30)

    assert shown.error_rate is None if total.requests == 0 else 0 <= shown.error_rate <= 1
