from datetime import UTC, datetime, timedelta

import pytest

from gitops.errors import UsageError
from gitops.model.latency import Latency, bucket_of
from gitops.model.live import Phase, PlatformIdentity
from gitops.model.snapshot import Counters, EndpointSnapshot, ReplicaCounters, Snapshot
from gitops.monitoring.report import report

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PLATFORM = PlatformIdentity(kind="local", url="http://127.0.0.1:41331", installation="6f1c")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def counters(observed_s: float, *, since_s: float = 0, generation: str = "g1", **requests: int) -> Counters:
    replicas = tuple(
        ReplicaCounters(
            replica=f"aloha-{version}",
            version=version,
            requests=number,
            latency=Latency(buckets={bucket_of(5): number}, sum_ms=5 * number),
        )
        for version, number in requests.items()
    )
    return Counters(
        endpoint="aloha",
        generation=generation,
        since=at(since_s),
        observed_at=at(observed_s),
        replicas=replicas,
    )


def endpoint(counted: Counters | None = None, **changes) -> EndpointSnapshot:
    fields = {
        "name": "aloha",
        "model": "aloha",
        "version": "v1",
        "phase": Phase.SERVING,
        "replicas": 2,
        "ready": 2,
        "versions": {"v1": 2},
        "counters": counted,
    }
    return EndpointSnapshot(**fields | changes)


def snapshot(seconds: float, *endpoints: EndpointSnapshot, **changes) -> Snapshot:
    fields = {"project": "aloha", "environment": "local", "platform": PLATFORM, "taken_at": at(seconds)}
    return Snapshot(**fields | changes, endpoints=endpoints)


def test_traffic_before_is_everything_since_the_counters_began():
    (seen,) = report(snapshot(60, endpoint(counters(60, since_s=20, v1=80))), snapshot(90)).endpoints

    assert (seen.before.traffic.window_s, seen.before.traffic.requests) == (40, 80)
    assert seen.before.traffic.throughput_rps == 2


def test_traffic_after_is_what_came_between_the_snapshots():
    before = snapshot(60, endpoint(counters(60, v1=80)))
    after = snapshot(90, endpoint(counters(90, v1=95, v2=45)))

    (seen,) = report(before, after).endpoints

    assert (seen.after.traffic.window_s, seen.after.traffic.requests) == (30, 60)


def test_each_version_has_its_share_of_what_came_between():
    before = snapshot(60, endpoint(counters(60, v1=80)))
    after = snapshot(90, endpoint(counters(90, v1=95, v2=45)))

    (seen,) = report(before, after).endpoints

    assert {version: traffic.requests for version, traffic in seen.by_version.items()} == {"v1": 15, "v2": 45}


def test_a_version_that_answered_nothing_and_serves_no_more_is_left_out():
    before = snapshot(60, endpoint(counters(60, v0=500, v1=80)))
    after = snapshot(90, endpoint(counters(90, v0=500, v1=80)))

    (seen,) = report(before, after).endpoints

    assert list(seen.by_version) == ["v1"]


def test_counters_that_began_again_count_from_their_new_begin():
    before = snapshot(60, endpoint(counters(60, v1=80)))
    after = snapshot(90, endpoint(counters(90, since_s=80, generation="g2", v1=4)))

    (seen,) = report(before, after).endpoints

    assert (seen.after.traffic.window_s, seen.after.traffic.requests) == (10, 4)


def test_an_endpoint_that_was_not_there_has_no_before():
    (seen,) = report(snapshot(60), snapshot(90, endpoint(counters(90, since_s=70, v1=4)))).endpoints

    assert seen.before is None
    assert seen.after.traffic.window_s == 20


def test_the_window_of_a_new_endpoint_begins_no_earlier_than_the_first_snapshot():
    (seen,) = report(snapshot(60), snapshot(90, endpoint(counters(90, since_s=0, v1=4)))).endpoints

    assert (seen.after.traffic.window_s, seen.after.traffic.requests) == (30, 4)


def test_an_endpoint_that_is_gone_has_no_after():
    (seen,) = report(snapshot(60, endpoint(counters(60, v1=4))), snapshot(90)).endpoints

    assert seen.after is None
    assert seen.by_version == {}


def test_without_counters_there_is_no_traffic():
    (seen,) = report(snapshot(60, endpoint()), snapshot(90, endpoint())).endpoints

    assert (seen.before.traffic, seen.after.traffic) == (None, None)


def test_traffic_that_cannot_be_told_from_what_came_before_is_unknown():
    (seen,) = report(snapshot(60, endpoint()), snapshot(90, endpoint(counters(90, since_s=0, v1=80)))).endpoints

    assert seen.after.traffic is None


def test_counters_that_began_after_the_first_snapshot_need_no_earlier_read():
    (seen,) = report(snapshot(60, endpoint()), snapshot(90, endpoint(counters(90, since_s=70, v1=80)))).endpoints

    assert (seen.after.traffic.window_s, seen.after.traffic.requests) == (20, 80)


def test_endpoints_stand_by_name():
    before = snapshot(60, endpoint(name="b"), endpoint(name="c"))
    after = snapshot(90, endpoint(name="a"), endpoint(name="c"))

    assert [seen.name for seen in report(before, after).endpoints] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("changes", "noun"),
    [
        ({"project": "other"}, "projects"),
        ({"environment": "production"}, "environments"),
        ({"platform": PLATFORM.model_copy(update={"installation": "ffff"})}, "platforms"),
        ({"platform": PLATFORM.model_copy(update={"kind": "tensoropera"})}, "platforms"),
    ],
)
def test_snapshots_of_different_places_are_refused(changes, noun):
    with pytest.raises(UsageError, match=f"different {noun}") as refused:
        report(snapshot(60), snapshot(90, **changes))

    assert refused.value.hint


def test_an_installation_that_listens_at_another_port_is_still_the_same():
    moved = PLATFORM.model_copy(update={"url": "http://127.0.0.1:9999"})

    assert report(snapshot(60), snapshot(90, platform=moved)).platform == moved


def test_platforms_without_an_installation_are_told_apart_by_their_address():
    one, other = (PlatformIdentity(kind="local", url=url) for url in ("http://a", "http://b"))

    with pytest.raises(UsageError, match="different platforms"):
        report(snapshot(60, platform=one), snapshot(90, platform=other))


def test_snapshots_in_the_wrong_order_are_refused():
    with pytest.raises(UsageError, match="older") as refused:
        report(snapshot(90), snapshot(60))

    assert refused.value.hint == "swap the two files"


def test_a_snapshot_may_be_compared_with_itself():
    only = snapshot(60, endpoint(counters(60, v1=80)))

    (seen,) = report(only, only).endpoints

    assert (seen.after.traffic.requests, seen.after.traffic.throughput_rps) == (0, None)
