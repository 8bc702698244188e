from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from gitops.model.live import ABSENT, Live, LiveReplica, Phase, PlatformIdentity, ReplicaState
from gitops.model.snapshot import Counters, Snapshot
from gitops.monitoring.snapshot import take

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def live(name: str = "aloha", *members: LiveReplica, **changes) -> Live:
    return Live(name=name, model=name, version="v1", replicas=2, phase=Phase.SERVING, members=members, **changes)


def member(name: str, version: str, state: ReplicaState = ReplicaState.READY) -> LiveReplica:
    return LiveReplica(id=name, version=version, state=state)


def snapshot(endpoints, counters=None) -> Snapshot:
    return take(
        project="aloha",
        environment="local",
        platform=PlatformIdentity(kind="local", url="http://127.0.0.1:1"),
        taken_at=NOW,
        endpoints=endpoints,
        counters=counters or {},
    )


def test_an_absent_endpoint_is_left_out():
    assert snapshot({"aloha": ABSENT}).endpoints == ()


def test_endpoints_stand_by_name_whatever_order_they_came_in():
    taken = snapshot({"b": live("b"), "a": live("a")})

    assert [endpoint.name for endpoint in taken.endpoints] == ["a", "b"]


def test_only_ready_replicas_count_for_their_version():
    members = member("a-1", "v10"), member("a-2", "v2"), member("a-3", "v2"), member("a-4", "v2", ReplicaState.DRAINING)

    (endpoint,) = snapshot({"aloha": live("aloha", *members)}).endpoints

    assert list(endpoint.versions.items()) == [("v2", 2), ("v10", 1)]
    assert endpoint.ready == 3


def test_gpus_are_those_of_all_replicas():
    (endpoint,) = snapshot({"aloha": live(gpus_per_replica=4)}).endpoints

    assert endpoint.gpus == 8


def test_counters_travel_along_where_the_platform_has_them():
    counters = Counters(endpoint="aloha", generation="g", since=NOW, observed_at=NOW)

    (endpoint,) = snapshot({"aloha": live()}, {"aloha": counters}).endpoints

    assert endpoint.counters == counters


def test_an_endpoint_without_counters_has_none_rather_than_zeros():
    (endpoint,) = snapshot({"aloha": live()}).endpoints

    assert endpoint.counters is None


def test_a_snapshot_file_with_a_time_of_no_zone_is_refused():
    data = snapshot({}).model_dump(mode="json") | {"taken_at": "2026-03-02T09:30:00"}

    with pytest.raises(ValidationError, match="timezone"):
        Snapshot.model_validate(data)
