"""Is it healthy, does it serve what was asked for, does anything move."""

import pytest

from gitops.model.health import Health, Judgement, judge, keeps_serving, serving, settled
from gitops.model.live import ABSENT, Phase, ReplicaState, Verdict
from gitops.model.trouble import LiveTrouble
from tests.builders import make_live, make_members, make_rollout


def died(crashes: int) -> LiveTrouble:
    return LiveTrouble(crashes=crashes, replica="aloha-2", version="v0", reason="it exited with status 1")


READY, STARTING, DRAINING = ReplicaState.READY, ReplicaState.STARTING, ReplicaState.DRAINING


def test_it_serves_when_every_replica_of_the_verified_version_is_ready():
    assert serving(make_live(replicas=2), "v0", 2, 0)


@pytest.mark.parametrize(("version", "replicas", "gpus"), [("v1", 2, 0), ("v0", 3, 0), ("v0", 2, 1)])
def test_it_does_not_serve_what_differs_in_one_thing(version: str, replicas: int, gpus: int):
    assert not serving(make_live(replicas=2), version, replicas, gpus)


def test_it_does_not_serve_while_a_replica_of_it_is_starting():
    live = make_live(replicas=2, members=make_members((1, "v0", READY), (1, "v0", STARTING)))

    assert not serving(live, "v0", 2, 0)


def test_replicas_of_another_version_do_not_count_as_serving():
    live = make_live(replicas=2, members=make_members((1, "v0", READY), (1, "v1", READY)))

    assert not serving(live, "v0", 2, 0)


def test_replicas_with_other_gpus_do_not_count_as_serving():
    live = make_live(gpus_per_replica=2, members=make_members((1, "v0", READY), gpus_per_replica=1))

    assert not serving(live, "v0", 1, 2)


def test_a_failed_endpoint_serves_nothing():
    assert not serving(make_live(phase=Phase.FAILED), "v0", 1, 0)


def test_a_replica_on_top_that_drains_does_not_keep_it_from_serving():
    live = make_live(members=make_members((1, "v0", READY), (1, "v1", DRAINING)))

    assert serving(live, "v0", 1, 0)


@pytest.mark.parametrize("state", [STARTING, DRAINING])
def test_a_replica_that_starts_or_drains_is_not_settled(state: ReplicaState):
    assert not settled(make_live(members=make_members((1, "v0", READY), (1, "v0", state))))


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict.RUNNING, False),
        (Verdict.ROLLING_BACK, False),
        (Verdict.PAUSED, True),
        (Verdict.SUCCEEDED, True),
        (Verdict.ROLLED_BACK, True),
        (Verdict.FAILED, True),
    ],
)
def test_only_a_rollout_that_moves_is_not_settled(verdict: Verdict, expected: bool):
    assert expected is settled(make_live(rollout=make_rollout(verdict=verdict)))


def test_one_that_is_being_deleted_is_busy_in_doubt_and_not_settled():
    live = make_live(phase=Phase.DELETING)

    assert (live.busy, live.doubtful, settled(live)) == (True, True, False)


def test_nothing_is_kept_serving_before_a_version_was_verified():
    assert not keeps_serving(make_live(version=None, phase=Phase.CREATING))
    assert not keeps_serving(make_live(phase=Phase.FAILED))
    assert keeps_serving(make_live())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Judgement(Health.HEALTHY)),
        (
            {"message": "the rollout to v1 was put back: it crashed"},
            Judgement(Health.HEALTHY, "the rollout to v1 was put back: it crashed"),
        ),
        ({"phase": Phase.FAILED, "message": "it crashed"}, Judgement(Health.FAILED, "it crashed")),
        (
            {"phase": Phase.FAILED},
            Judgement(Health.FAILED, "the platform gave up on it and does not say why"),
        ),
        (
            {"phase": Phase.UNKNOWN, "raw_status": "OFFLINE"},
            Judgement(Health.UNKNOWN, "the platform calls it OFFLINE"),
        ),
        ({"phase": Phase.UNKNOWN}, Judgement(Health.UNKNOWN, "the platform calls it nothing")),
        (
            {"replicas": 2, "phase": Phase.CREATING, "members": make_members((1, "v0", READY))},
            Judgement(Health.PROGRESSING, "1 of 2 replicas ready"),
        ),
        (
            {"replicas": 4, "phase": Phase.PAUSED, "rollout": make_rollout()},
            Judgement(Health.PROGRESSING, "the rollout to v1 paused at 1 of 4 replicas"),
        ),
        (
            {"replicas": 4, "phase": Phase.ROLLING_OUT, "rollout": make_rollout(verdict=Verdict.RUNNING)},
            Judgement(Health.PROGRESSING, "the rollout to v1 has 1 of 4 replicas"),
        ),
        (
            {"phase": Phase.ROLLING_BACK, "rollout": make_rollout(verdict=Verdict.ROLLING_BACK, reason="it crashed")},
            Judgement(Health.DEGRADED, "the rollout to v1 is being put back to v0: it crashed"),
        ),
        ({"phase": Phase.DELETING}, Judgement(Health.PROGRESSING, "it is being deleted")),
        ({"phase": Phase.ROLLING_BACK}, Judgement(Health.DEGRADED, "the last rollout is being put back")),
        (
            {"replicas": 2, "phase": Phase.SCALING, "members": make_members((1, "v0", READY), (1, "v0", STARTING))},
            Judgement(Health.PROGRESSING, "1 of 2 replicas ready"),
        ),
        (
            {
                "replicas": 2,
                "phase": Phase.SCALING,
                "members": make_members((1, "v0", READY)),
                "message": "replica aloha-2 died",
            },
            Judgement(Health.DEGRADED, "1 of 2 replicas ready: replica aloha-2 died"),
        ),
        (
            {"replicas": 2, "phase": Phase.RECOVERING, "members": make_members((1, "v0", READY)), "trouble": died(1)},
            Judgement(Health.PROGRESSING, "1 of 2 replicas ready"),
        ),
        (
            {
                "replicas": 2,
                "phase": Phase.RECOVERING,
                "members": make_members((1, "v0", READY), (1, "v0", STARTING)),
                "message": "replica aloha-2 of v0: it exited with status 1",
                "trouble": died(2),
            },
            Judgement(Health.DEGRADED, "1 of 2 replicas ready"),
        ),
        ({"trouble": died(3)}, Judgement(Health.DEGRADED, "1 of 1 replicas ready")),
        ({"trouble": died(1)}, Judgement(Health.HEALTHY)),
        (
            {"phase": Phase.ROLLING_OUT, "rollout": make_rollout(), "trouble": died(2)},
            Judgement(Health.DEGRADED, "the rollout to v1 has 1 of 1 replicas"),
        ),
        (
            {"phase": Phase.ROLLED_BACK, "online": 1, "message": "it was put back"},
            Judgement(Health.HEALTHY, "it was put back; v0 may be what was asked for, not what serves"),
        ),
        (
            {"phase": Phase.ROLLED_BACK, "replicas": 2, "online": 1},
            Judgement(Health.DEGRADED, "v0 may be what was asked for, not what serves"),
        ),
    ],
)
def test_the_judgement_of_an_endpoint(fields: dict, expected: Judgement):
    assert expected == judge(make_live(**fields))


def test_an_endpoint_that_is_not_there_is_missing():
    assert Judgement(Health.MISSING, "not on the platform") == judge(ABSENT)
