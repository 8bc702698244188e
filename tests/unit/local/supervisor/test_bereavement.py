"""What the end of a replica means: whose fault it was, and when the next one may start."""

from datetime import timedelta

import pytest

from gitops.local.supervisor.bereavement import STEADY_S, Cause, End, bereaved, recovered, rest_s
from gitops.model.live import Verdict
from tests.unit.local.worlds import EPOCH, V0, V1, make_endpoint, make_replica, make_rollout

DONE = make_rollout(to=V0, origin=None, verdict=Verdict.SUCCEEDED)


def crashes(endpoint, times, ready_s=None, cause=Cause.CRASHED, template=V0):
    pauses = []
    for number in range(times):
        endpoint, pause = bereaved(
            endpoint, make_replica(number, template), End(cause, "it exited with status 1", ("boom",), ready_s), EPOCH
        )
        pauses.append(pause)
    return endpoint, pauses


def test_crashes_in_a_row_wait_longer_and_longer():
    endpoint, pauses = crashes(make_endpoint(rollout=DONE), 9)

    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert (endpoint.crashes, endpoint.trouble.crashes, endpoint.trouble.last_lines) == (9, 9, ("boom",))


@pytest.mark.parametrize(("ready_s", "last"), [(STEADY_S - 1, 2), (STEADY_S, 0.5), (None, 2)])
def test_one_that_lasted_begins_a_new_row(ready_s, last):
    endpoint, _ = crashes(make_endpoint(rollout=DONE), 2)

    assert crashes(endpoint, 1, ready_s)[1] == [last]


@pytest.mark.parametrize(("ready_s", "pause"), [(1.0, 0.5), (6.0, 0.0), (100.0, 0.0)])
def test_one_that_somebody_killed_while_it_served_counts_against_nobody(ready_s, pause):
    endpoint, pauses = crashes(make_endpoint(rollout=DONE), 5, ready_s, Cause.KILLED)

    assert (pauses, endpoint.crashes, endpoint.recovering) == ([pause] * 5, 0, True)


def test_replicas_that_are_killed_again_and_again_show_all_the_same():
    endpoint, _ = crashes(make_endpoint(rollout=DONE), 3, 1.0, Cause.KILLED)

    assert endpoint.trouble.crashes == 3


def test_those_that_end_together_count_once():
    endpoint, _ = crashes(make_endpoint(rollout=DONE), 1)
    for number in range(7):
        end = End(Cause.CRASHED, "it exited with status 1")
        endpoint, pause = bereaved(endpoint, make_replica(number), end, EPOCH, resting=True)
        assert pause == 0.0

    assert (endpoint.crashes, endpoint.trouble.crashes) == (1, 8)
    assert endpoint.trouble.next_start_at is not None


def test_a_bootstrap_of_the_version_that_works_backs_off_like_a_crash():
    endpoint = make_endpoint(stable=V1)

    assert crashes(endpoint, 3, cause=Cause.UNPREPARED, template=V1)[1] == [0.5, 1, 2]


def test_a_rest_goes_on_after_a_restart_and_no_jump_of_the_clock_stretches_it():
    endpoint, _ = crashes(make_endpoint(rollout=DONE), 4)

    rests = [rest_s(endpoint.trouble, EPOCH + timedelta(seconds=after)) for after in (0, 3, 4, 1000, -1000)]
    assert rests == [4, 1, 0, 0, 4]


def test_a_new_version_that_crashes_does_not_rest_the_old_one():
    endpoint, pauses = crashes(make_endpoint(), 2, template=V1)

    assert (endpoint.rollout.crashes, endpoint.crashes, endpoint.recovering, pauses) == (2, 0, False, [0.5, 1])


def test_a_bootstrap_that_failed_spoils_the_rollout_and_is_no_crash():
    endpoint, pauses = crashes(make_endpoint(), 1, cause=Cause.UNPREPARED, template=V1)

    assert endpoint.rollout.spoiled == "it exited with status 1"
    assert (endpoint.rollout.crashes, pauses) == (0, [0.0])


def test_what_lasted_is_forgotten():
    endpoint, _ = crashes(make_endpoint(rollout=DONE), 3)

    assert (recovered(endpoint).crashes, recovered(endpoint).trouble, recovered(endpoint).message) == (0, None, "")
