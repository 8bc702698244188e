"""How a plan is carried out as a whole: order, failures and what they spare, stops, exit codes, news."""

import pytest

from gitops.engine.executor import execute
from gitops.errors import ErrorCode, ExitCode, Rejected, StepFailed, Unauthorized
from gitops.model.event import ApplyFinished, ApplyStarted, Outcome, StepFinished, StepStarted
from gitops.model.plan import Plan
from tests.builders import IDENTITY, make_card, make_desired, make_endpoint
from tests.fakes.platform import Fault, Killed, unreachable
from tests.fakes.world import CRASHING, NEVER_READY, World
from tests.unit.engine.scenes import serving_world, update


def outcomes(result) -> list[str]:
    return [f"{step.step.kind} {step.outcome}" for step in result.steps]


def test_an_apply_creates_what_is_declared():
    world = World()
    result = world.apply(make_desired(make_endpoint(replicas=3)))

    assert (Outcome.SUCCEEDED, ExitCode.DONE) == (result.outcome, result.exit_code)
    assert ("v0", 3) == (world.platform.live("aloha").version, world.platform.live("aloha").ready)


def test_a_plan_without_steps_is_done_at_once():
    world = World()
    result = world.execute(Plan(project="p", environment="e", platform=IDENTITY), make_desired())

    assert (ExitCode.DONE, (), []) == (result.exit_code, result.steps, world.platform.calls)


def test_a_plan_that_was_carried_out_already_changes_nothing():
    world, desired = serving_world(), update(replicas=3)
    plan = world.plan(desired)
    world.execute(plan, desired)
    writes = len(world.platform.writes)
    again = world.execute(plan, desired)

    assert (Outcome.UNCHANGED, ExitCode.DONE) == (again.outcome, again.exit_code)
    assert {Outcome.UNCHANGED} == {step.outcome for step in again.steps}
    assert writes == len(world.platform.writes)


def test_cards_are_pushed_before_any_endpoint_is_touched():
    world = World()
    world.apply(make_desired([make_endpoint("north"), make_endpoint("south")]), parallelism=4)

    assert ["push", "create", "create"] == [call.method for call in world.platform.writes]


@pytest.mark.parametrize("parallelism", [1, 8])
def test_endpoints_of_a_wave_all_reach_their_end(parallelism: int):
    names = [f"endpoint-{number}" for number in range(20)]
    world = World()
    result = world.apply(make_desired([make_endpoint(name) for name in names]), parallelism)

    assert ExitCode.DONE == result.exit_code
    assert all(world.platform.live(name).version == "v0" for name in names)
    assert not world.sink.overlapped


def test_events_of_parallel_endpoints_come_in_order_of_time():
    world = World()
    world.apply(make_desired([make_endpoint(f"endpoint-{number}") for number in range(20)]), parallelism=8)
    times = [event.at for event in world.sink.events]

    assert times == sorted(times)


def test_the_steps_of_one_endpoint_run_in_order():
    world = serving_world()
    world.apply(update(replicas=4), parallelism=8)

    assert ["push", "scale", "roll_out"] == [call.method for call in world.platform.writes]


def test_a_failed_endpoint_lets_the_others_finish():
    world = World()
    world.behave(make_card(marker="bad"), CRASHING)
    desired = make_desired([make_endpoint("good"), make_endpoint("bad", model="broken")], [make_card(), bad_card()])
    result = world.apply(desired)

    assert ExitCode.PARTLY_APPLIED == result.exit_code
    assert "v0" == world.platform.live("good").version
    assert ["create_endpoint failed", "create_endpoint succeeded"] == outcomes(result)[2:]


def bad_card():
    return make_card("broken", marker="bad")


def test_a_step_after_a_failed_one_of_its_endpoint_is_not_tried_and_says_why():
    world = serving_world(replicas=3)
    desired = update(replicas=1, marker="bad")
    world.behave(desired.cards["aloha"], CRASHING)
    result = world.apply(desired)

    assert ["push_model_card succeeded", "roll_out rolled_back", "scale not_tried"] == outcomes(result)
    assert "because the rollout of endpoint aloha was put back" == result.steps[2].because
    assert 3 == world.platform.live("aloha").replicas


def test_a_rollout_after_a_failed_scaling_is_not_tried_and_says_why():
    world = serving_world(replicas=1)
    world.platform.late_s = 1e9
    result = world.apply(update(replicas=2, rollout={"progress_deadline": 20}))

    assert ["push_model_card succeeded", "scale failed", "roll_out not_tried"] == outcomes(result)
    assert "because endpoint aloha could not be scaled" == result.steps[2].because


def test_endpoints_whose_version_could_not_be_pushed_are_not_tried_and_say_why():
    world = World()
    world.packager.fault = StepFailed("a file changed", code=ErrorCode.WORKSPACE_CHANGED)
    result = world.apply(make_desired([make_endpoint("north"), make_endpoint("south")]))

    assert ["push_model_card failed", "create_endpoint not_tried", "create_endpoint not_tried"] == outcomes(result)
    assert {"because model card aloha could not be pushed"} == {step.because for step in result.steps[1:]}


def test_the_reason_of_the_first_failure_reaches_every_later_step():
    world = serving_world()
    world.packager.fault = StepFailed("a file changed", code=ErrorCode.WORKSPACE_CHANGED)
    result = world.apply(update(replicas=1))

    assert ["push_model_card failed", "roll_out not_tried", "scale not_tried"] == outcomes(result)
    assert "because model card aloha could not be pushed" == result.steps[2].because


def test_an_endpoint_that_needs_no_push_is_worked_on_though_a_push_failed():
    world = serving_world()
    world.packager.fault = StepFailed("a file changed", code=ErrorCode.WORKSPACE_CHANGED)
    result = world.apply(make_desired([make_endpoint(version="v0", replicas=3), make_endpoint("new")], bad_for_new()))

    assert ["push_model_card failed", "scale succeeded", "create_endpoint not_tried"] == outcomes(result)


def bad_for_new():
    return make_card(marker="two")


# Exit codes.


def test_only_rollouts_that_were_put_back_end_with_14():
    world = serving_world()
    desired = update(marker="bad")
    world.behave(desired.cards["aloha"], CRASHING)
    result = world.apply(desired)

    assert (Outcome.ROLLED_BACK, ExitCode.ROLLED_BACK) == (result.outcome, result.exit_code)


def test_a_rollout_that_was_put_back_beside_another_failure_ends_with_13():
    world = serving_world()
    desired = make_desired(
        [make_endpoint(replicas=2), make_endpoint("bad", model="broken")], [make_card(marker="two"), bad_card()]
    )
    world.behave(desired.cards["aloha"], CRASHING)
    world.behave(bad_card(), CRASHING)
    result = world.apply(desired)

    assert (Outcome.FAILED, ExitCode.PARTLY_APPLIED) == (result.outcome, result.exit_code)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (unreachable(), ExitCode.UNREACHABLE),
        (Unauthorized("the key is wrong"), ExitCode.UNAUTHORIZED),
        (Rejected("no"), ExitCode.PARTLY_APPLIED),
    ],
)
def test_a_platform_that_answers_nothing_before_the_first_write_has_its_own_exit_code(error, code: ExitCode):
    world, desired = serving_world(), update(replicas=3, marker="one")
    plan = world.plan(desired)
    calls = len(world.platform.calls)
    world.platform.faults = {number: Fault(error) for number in range(calls + 1, calls + 100)}
    result = world.execute(plan, desired)

    assert (code, error) == (result.exit_code, result.steps[0].error)


def test_a_platform_that_goes_away_for_good_after_the_first_write_ends_with_13():
    world, desired = serving_world(), update(replicas=3)
    world.clock.at(world.clock.monotonic() + 0.05, lambda: world.platform.restart(1e9))
    result = world.apply(desired)

    assert ExitCode.PARTLY_APPLIED == result.exit_code
    assert ErrorCode.UNREACHABLE == next(step.error.code for step in result.steps if step.error)


def test_a_plan_that_is_stale_before_the_first_write_ends_with_10():
    world, desired = serving_world(replicas=2), update(replicas=4, marker="one")
    plan = world.plan(desired)
    world.platform.scale("aloha", replicas=3)
    result = world.execute(plan, desired)

    assert (ExitCode.STALE_PLAN, ErrorCode.STALE_PLAN) == (result.exit_code, result.steps[0].error.code)


# Stopping.


def test_a_stop_before_the_first_step_begins_nothing():
    world, desired = serving_world(), update()
    plan = world.plan(desired)
    world.stop.set()
    result = world.execute(plan, desired)

    assert (Outcome.INTERRUPTED, ExitCode.INTERRUPTED) == (result.outcome, result.exit_code)
    assert [] == world.platform.writes
    assert {"because the apply was interrupted"} == {step.because for step in result.steps}


def test_a_stop_during_a_wait_ends_the_step_and_leaves_the_platform_at_work():
    world, desired = serving_world(), update(replicas=4)
    world.clock.at(world.clock.monotonic() + 0.05, world.stop.set)
    result = world.apply(desired)

    assert ["push_model_card succeeded", "scale interrupted", "roll_out not_tried"] == outcomes(result)
    assert ErrorCode.INTERRUPTED == result.steps[1].error.code
    assert 4 == world.platform.live("aloha").replicas


def test_a_stop_counts_more_than_a_failure():
    world = World()
    desired = make_desired([make_endpoint("bad", model="broken"), make_endpoint("slow")], [bad_card(), make_card()])
    world.behave(bad_card(), CRASHING)
    world.behave(make_card(), NEVER_READY)
    world.clock.at(60, world.stop.set)
    result = world.apply(desired)

    assert ["create_endpoint failed", "create_endpoint interrupted"] == outcomes(result)[2:]
    assert ExitCode.INTERRUPTED == result.exit_code


# Bugs.


def test_a_bug_in_a_thread_is_raised_with_its_own_traceback():
    world, desired = World(), make_desired([make_endpoint(f"endpoint-{number}") for number in range(9)])
    plan = world.plan(desired)
    world.platform.faults[8] = Fault(Killed())

    with pytest.raises(Killed):
        world.execute(plan, desired, parallelism=4)


def test_after_a_bug_in_one_thread_the_others_begin_nothing_new():
    world, desired = World(), make_desired([make_endpoint(f"endpoint-{number}") for number in range(9)])
    plan = world.plan(desired)
    world.platform.faults[8] = Fault(Killed())
    with pytest.raises(Killed):
        world.execute(plan, desired, parallelism=1)

    assert 1 >= sum(call.method == "create" for call in world.platform.calls)


# News.


def test_the_first_event_counts_the_steps_and_the_last_one_how_they_ended():
    world = serving_world(replicas=3)
    desired = update(replicas=1, marker="bad")
    world.behave(desired.cards["aloha"], CRASHING)
    world.apply(desired)
    first, last = world.sink.events[0], world.sink.events[-1]

    assert isinstance(first, ApplyStarted)
    assert isinstance(last, ApplyFinished)
    assert (3, Outcome.ROLLED_BACK) == (first.steps, last.outcome)
    assert (1, 1, 1) == (last.succeeded, last.failed, last.not_tried)


def test_every_step_that_is_begun_is_finished_and_those_not_tried_only_finish():
    world = serving_world(replicas=3)
    desired = update(replicas=1, marker="bad")
    world.behave(desired.cards["aloha"], CRASHING)
    world.apply(desired)

    assert [1, 2] == [event.number for event in world.sink.of(StepStarted)]
    assert [1, 2, 3] == [event.number for event in world.sink.of(StepFinished)]


def test_a_finished_step_says_what_came_out_or_what_went_wrong():
    world = serving_world(replicas=3)
    desired = update(replicas=1, marker="bad")
    world.behave(desired.cards["aloha"], CRASHING)
    world.apply(desired)
    push, roll_out, scale = world.sink.of(StepFinished)

    assert ("v1", None) == (push.result, push.code)
    assert ("", ErrorCode.ROLLED_BACK) == (roll_out.result, roll_out.code)
    assert "endpoint aloha was put back to v0: replica aloha-6 of v1: it exited with status 1" == roll_out.message
    assert (None, "because the rollout of endpoint aloha was put back") == (scale.code, scale.message)


def test_numbers_are_those_of_the_plan_even_if_waves_are_not_in_order():
    world, desired = World(), make_desired()
    plan = world.plan(desired)
    backwards = plan.model_copy(update={"steps": plan.steps[::-1]})
    result = execute(backwards, world.platform, world.packager, desired.content, world.sink, world.clock, world.stop)

    assert [(1, "create_endpoint"), (2, "push_model_card")] == [(step.number, step.step.kind) for step in result.steps]
    assert [2, 1] == [event.number for event in world.sink.of(StepStarted)]
