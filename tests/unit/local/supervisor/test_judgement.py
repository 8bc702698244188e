import pytest

from gitops.local.census import Census
from gitops.local.supervisor.bereavement import backoff_s
from gitops.local.supervisor.judgement import judge, phase
from gitops.model.live import Phase, ReplicaState, Verdict
from tests.unit.local.worlds import V0, V1, make_endpoint, make_replica, make_rollout


def census(endpoint, *replicas):
    return Census.of(endpoint, replicas)


def test_a_rollout_without_progress_until_its_deadline_is_put_back_and_says_why():
    endpoint = make_endpoint(2, rollout=make_rollout(goal=2, deadline_s=30.0), message="replica aloha-7: loading")
    there = census(endpoint, make_replica(0), make_replica(1), make_replica(2, V1, ReplicaState.STARTING))

    verdict, reason = judge(endpoint, there, idle_s=30.1)

    assert verdict is Verdict.ROLLING_BACK
    assert reason == "no progress for 30s: 0 of 2 replicas of v1 got ready; last word: replica aloha-7: loading"


def test_a_rollout_waits_as_long_as_its_deadline_allows():
    endpoint = make_endpoint(2, rollout=make_rollout(goal=2, deadline_s=30.0))

    assert judge(endpoint, census(endpoint, make_replica(0)), idle_s=29.9)[0] is Verdict.RUNNING


def test_a_paused_rollout_has_no_deadline():
    rollout = make_rollout(goal=1, deadline_s=30.0, verdict=Verdict.PAUSED)
    endpoint = make_endpoint(2, rollout=rollout)

    assert judge(endpoint, census(endpoint, make_replica(0), make_replica(1, V1)), idle_s=1e6)[0] is Verdict.PAUSED


def test_two_crashes_are_forgiven_and_the_third_is_not():
    two = make_endpoint(2, rollout=make_rollout(goal=2, crashes=2))
    three = make_endpoint(2, rollout=make_rollout(goal=2, crashes=3))

    assert judge(two, census(two, make_replica(0)), 0.0)[0] is Verdict.RUNNING
    assert judge(three, census(three, make_replica(0)), 0.0)[0] is Verdict.ROLLING_BACK


def test_a_rollout_succeeds_while_the_last_old_replica_still_drains():
    endpoint = make_endpoint(1, rollout=make_rollout(goal=1))

    there = census(endpoint, make_replica(0, V0, ReplicaState.DRAINING), make_replica(1, V1))

    assert judge(endpoint, there, 0.0)[0] is Verdict.SUCCEEDED


def test_a_rollback_is_over_when_every_old_replica_is_ready_again():
    rollout = make_rollout(goal=2, verdict=Verdict.ROLLING_BACK, reason="it crashed")
    endpoint = make_endpoint(2, rollout=rollout)

    assert judge(endpoint, census(endpoint, make_replica(0)), 0.0)[0] is Verdict.ROLLING_BACK
    assert judge(endpoint, census(endpoint, make_replica(0), make_replica(1)), 0.0) == (
        Verdict.ROLLED_BACK,
        "it crashed",
    )


@pytest.mark.parametrize(("crashes", "seconds"), [(0, 0), (1, 0.5), (2, 1), (3, 2), (7, 30), (10_000, 30)])
def test_the_back_off_doubles_up_to_half_a_minute(crashes, seconds):
    assert backoff_s(crashes) == seconds


@pytest.mark.parametrize(
    ("verdict", "stable", "ready", "expected"),
    [
        (Verdict.RUNNING, None, 0, Phase.CREATING),
        (Verdict.RUNNING, V0, 2, Phase.ROLLING_OUT),
        (Verdict.PAUSED, V0, 2, Phase.PAUSED),
        (Verdict.ROLLING_BACK, V0, 2, Phase.ROLLING_BACK),
        (Verdict.ROLLED_BACK, V0, 2, Phase.SERVING),
        (Verdict.FAILED, None, 0, Phase.FAILED),
        (Verdict.SUCCEEDED, V0, 2, Phase.SERVING),
        (Verdict.SUCCEEDED, V0, 1, Phase.SCALING),
        (Verdict.SUCCEEDED, V0, 3, Phase.SCALING),
    ],
)
def test_the_phase_says_what_an_endpoint_is_doing(verdict, stable, ready, expected):
    endpoint = make_endpoint(2, stable=stable, rollout=make_rollout(goal=2, verdict=verdict))

    assert phase(endpoint, census(endpoint, *(make_replica(number) for number in range(ready)))) is expected


@pytest.mark.parametrize("verdict", Verdict)
def test_an_endpoint_that_is_being_deleted_does_nothing_else(verdict):
    endpoint = make_endpoint(2, rollout=make_rollout(verdict=verdict), deleting=True)

    assert phase(endpoint, census(endpoint, make_replica(0))) is Phase.DELETING


def test_an_endpoint_serves_while_a_replica_too_many_still_drains():
    endpoint = make_endpoint(1, rollout=make_rollout(verdict=Verdict.SUCCEEDED))

    there = census(endpoint, make_replica(0), make_replica(1, V0, ReplicaState.DRAINING))

    assert phase(endpoint, there) is Phase.SERVING
