"""What the end of a replica means: whose fault it was, and when the next one may start."""

import pytest

from gitops.local.supervisor.bereavement import STEADY_S, Cause, End, bereaved, recovered
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


def test_one_that_somebody_killed_while_it_served_counts_against_nobody():
    endpoint, pauses = crashes(make_endpoint(rollout=DONE), 5, 1.0, Cause.KILLED)

    assert (pauses, endpoint.crashes, endpoint.trouble, endpoint.recovering) == ([0.0] * 5, 0, None, True)


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
