"""Which rollout is ours, and what its verdict means; readings as a platform may give them."""

import pytest

from gitops.engine.verdict import Journey, raise_if_over
from gitops.errors import ErrorCode, RolledBack, StepFailed
from gitops.model.change import VersionRef
from gitops.model.live import Live, Phase, ReplicaState, Verdict
from gitops.model.step import RollOut
from tests.builders import make_live, make_members, make_rollout

STEP = RollOut(
    wave=1,
    endpoint="aloha",
    model="aloha",
    from_version=VersionRef(name="v0"),
    to_version=VersionRef(name="v1"),
    from_gpus_per_replica=0,
    gpus_per_replica=0,
    replicas=1,
    checkpoints=(1,),
    max_surge=1,
    max_unavailable=0,
    progress_deadline_s=60,
)


def begin(live: Live) -> Journey:
    return Journey.begin(STEP, "v1", live)


def rolled(**fields) -> Live:
    """Live with a last rollout."""
    return make_live(rollout=make_rollout(**fields))


def code(journey: Journey, live: Live) -> ErrorCode | None:
    try:
        raise_if_over(STEP, journey, live)
    except StepFailed as fault:
        return fault.code
    return None


def test_a_rollout_on_its_way_to_the_wanted_version_is_resumed():
    journey = begin(rolled(id=3, updated_goal=2))

    assert (True, False, 2) == (journey.resumed, journey.arrived, journey.asked)


def test_an_earlier_attempt_that_was_put_back_is_not_ours():
    before = rolled(id=3, verdict=Verdict.ROLLED_BACK)
    journey = begin(before)

    assert (False, False) == (journey.resumed, journey.arrived)
    assert journey.ours(before) is None
    assert code(journey, before) is None


def test_the_next_rollout_to_the_wanted_version_is_ours():
    journey = begin(rolled(id=3, verdict=Verdict.ROLLED_BACK))

    assert journey.ours(rolled(id=4)) is not None


def test_a_version_that_is_verified_has_arrived():
    assert begin(make_live(version="v1")).arrived
    assert begin(make_live(version="v1", rollout=make_rollout("v9", verdict=Verdict.ROLLING_BACK))).arrived


def test_a_version_that_is_verified_and_being_left_has_not_arrived():
    assert not begin(make_live(version="v1", rollout=make_rollout("v9"))).arrived


def test_a_verified_version_of_a_failed_endpoint_has_not_arrived():
    assert not begin(make_live(version="v1", phase=Phase.FAILED)).arrived


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict.RUNNING, None),
        (Verdict.PAUSED, None),
        (Verdict.SUCCEEDED, None),
        (Verdict.ROLLING_BACK, None),
        (Verdict.ROLLED_BACK, ErrorCode.ROLLED_BACK),
        (Verdict.FAILED, ErrorCode.ENDPOINT_FAILED),
        (Verdict.SUPERSEDED, ErrorCode.SUPERSEDED),
    ],
)
def test_what_a_verdict_of_our_rollout_means(verdict: Verdict, expected: ErrorCode | None):
    assert expected == code(begin(make_live()), rolled(id=1, verdict=verdict, reason="it crashed"))


def test_a_rollout_that_was_put_back_is_told_only_when_the_old_version_serves_fully_again():
    journey, rollout = begin(make_live()), make_rollout(verdict=Verdict.ROLLED_BACK)
    draining = make_members((1, "v0", ReplicaState.READY), (1, "v1", ReplicaState.DRAINING))

    assert code(journey, make_live(rollout=rollout, members=draining)) is None
    assert code(journey, make_live(rollout=rollout, members=())) is None
    with pytest.raises(RolledBack, match="put back to v0: the platform does not say why"):
        raise_if_over(STEP, journey, make_live(rollout=rollout))


def test_a_newer_rollout_to_something_else_supersedes_ours():
    assert ErrorCode.SUPERSEDED == code(begin(rolled(id=3)), rolled(id=4, version="v9"))


def test_an_older_rollout_to_something_else_does_not():
    before = rolled(id=3, version="v9", verdict=Verdict.SUCCEEDED)

    assert code(begin(before), before) is None


def test_a_platform_that_shows_no_rollouts_is_believed_when_it_says_failed():
    failed = make_live(phase=Phase.FAILED)

    assert ErrorCode.ENDPOINT_FAILED == code(begin(failed), failed)


def test_a_request_shows_when_its_number_does():
    journey = begin(make_live())

    assert journey.shows(rolled(id=1, updated_goal=2), 2)
    assert not journey.shows(rolled(id=1, updated_goal=1), 2)
    assert not journey.shows(make_live(), 2)
    assert journey.shows(make_live(version="v1"), 2)


def test_updated_replicas_are_those_of_our_rollout_or_all_once_it_is_verified():
    journey = begin(make_live())

    assert 1 == journey.updated_ready(rolled(id=1))
    assert 0 == journey.updated_ready(make_live(replicas=3))
    assert 3 == journey.updated_ready(make_live(version="v1", replicas=3))
