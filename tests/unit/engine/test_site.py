"""Whether anything may be changed is asked before every step and every request, and one no is enough for all."""

from collections.abc import Callable

from gitops.engine.executor import execute
from gitops.errors import ErrorCode, ExitCode, LockLost
from gitops.model.desired import Desired
from gitops.model.event import Outcome
from tests.builders import make_desired, make_endpoint
from tests.fakes.world import World
from tests.unit.engine.scenes import serving_world, update


class Permission:
    """A check that lets so many questions pass, and says no ever after."""

    def __init__(self, good: int) -> None:
        self.good, self.asked = good, 0

    def __call__(self) -> None:
        self.asked += 1
        if self.asked > self.good:
            raise LockLost("the lock of environment local was lost", hint="apply again")


def checked(world: World, desired: Desired, check: Callable[[], None], parallelism: int = 1):
    plan = world.plan(desired)
    return execute(
        plan, world.platform, world.packager, desired.content, world.sink, world.clock, world.stop, parallelism, check
    )


def test_a_check_that_says_no_before_the_first_step_has_its_own_exit_code_and_nothing_is_written():
    world = serving_world()
    result = checked(world, update(replicas=3), Permission(0))

    assert (Outcome.INTERRUPTED, ExitCode.LOCKED) == (result.outcome, result.exit_code)
    assert {Outcome.NOT_TRIED} == {step.outcome for step in result.steps}
    assert {"because the lock of environment local was lost"} == {step.because for step in result.steps}
    assert ([], ErrorCode.LOCK_LOST) == (world.platform.writes, result.error.code)


def test_a_check_that_says_no_in_the_middle_lets_no_other_request_out_and_ends_with_13():
    questions = Permission(1_000)
    checked(serving_world(), update(replicas=3, rollout={"batches": [1, 2, "100%"]}), questions)
    for good in range(questions.asked):
        world = serving_world()
        result = checked(world, update(replicas=3, rollout={"batches": [1, 2, "100%"]}), Permission(good))
        written = len(world.platform.writes)

        assert written <= good, f"after {good} questions"
        assert (ExitCode.PARTLY_APPLIED if written else ExitCode.LOCKED) == result.exit_code, f"after {good} questions"
        assert ErrorCode.LOCK_LOST == result.error.code


def test_a_check_that_says_no_to_one_endpoint_stops_them_all():
    world = World()
    desired = make_desired([make_endpoint(f"endpoint-{number}") for number in range(9)])
    result = checked(world, desired, Permission(6), parallelism=4)

    assert len(world.platform.writes) <= 6
    assert Outcome.NOT_TRIED in {step.outcome for step in result.steps}
    assert ExitCode.PARTLY_APPLIED == result.exit_code


def test_a_step_that_was_under_way_when_nothing_might_be_changed_any_more_says_why_it_stopped():
    world = serving_world()
    result = checked(world, update(rollout={"batches": [1, "100%"]}), Permission(4))
    error = next(step.error for step in result.steps if step.error)

    assert ErrorCode.INTERRUPTED == error.code
    assert "stopped while at work on endpoint aloha (the lock of environment local was lost)" in error.message


def test_a_stop_counts_more_than_a_check_that_says_no():
    world = serving_world()

    def refuse() -> None:
        world.stop.set()
        raise LockLost("the lock of environment local was lost")

    result = checked(world, update(replicas=4), refuse)

    assert (ExitCode.INTERRUPTED, {"because the apply was interrupted"}) == (
        result.exit_code,
        {step.because for step in result.steps},
    )


def test_a_check_that_says_yes_is_asked_before_every_step_and_changes_nothing():
    world, check = serving_world(), Permission(1_000)
    result = checked(world, update(replicas=3), check)

    assert (ExitCode.DONE, None) == (result.exit_code, result.error)
    assert check.asked >= len(result.steps) + len(world.platform.writes)
