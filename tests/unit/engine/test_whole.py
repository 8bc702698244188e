"""A rollout that the platform does by itself: asked once, while it is idle, and believed only when it is at rest."""

from typing import Any

import pytest

from gitops.engine.effect import REST_S, differs
from gitops.engine.result import Result
from gitops.errors import ErrorCode, ExitCode, GitopsError
from gitops.model.autoscale import Autoscale
from gitops.model.desired import Desired, Environment, TensorOperaPlatform
from gitops.model.event import Outcome, StepProgressed
from gitops.model.live import Phase
from gitops.model.operation import OperationRow
from gitops.model.resource import Resource, ResourceType
from gitops.model.step import RollOut, Scale
from gitops.platforms.traits import traits_of
from tests.builders import DEVICES, make_card, make_desired, make_endpoint, make_live
from tests.fakes.platform import Fault, unreachable
from tests.fakes.replicas import Behaviour
from tests.fakes.world import CRASHING, WholeWorld

TWO = make_card(marker="two")
MORE_DEVICES = Resource(type=ResourceType.ON_PREMISE, master="101", workers=("102", "103"))


def files(replicas: int = 3, marker: str = "one", **fields: Any) -> Desired:
    endpoint = make_endpoint(replicas=replicas, **{"resource": DEVICES, **fields})
    return make_desired(endpoint, make_card(marker=marker))


def serving(replicas: int = 3) -> WholeWorld:
    """It serves v0 of aloha."""
    world = WholeWorld()
    assert ExitCode.DONE == world.apply(files(replicas)).exit_code
    world.platform.calls.clear()
    return world


def writes(world: WholeWorld) -> list[str]:
    return [call.method for call in world.platform.writes if call.method != "push"]


def fault(result: Result) -> GitopsError:
    (error,) = [step.error for step in result.steps if step.error]
    return error


def test_an_endpoint_is_created_and_then_scaled():
    world = WholeWorld()
    world.apply(files(3))
    live = world.platform.live("aloha")

    assert ["create", "scale"] == writes(world)
    assert (3, 3, Phase.SERVING) == (live.replicas, live.online, live.phase)


def test_the_version_is_asked_for_once():
    world = serving()
    result = world.apply(files(marker="two"))

    assert (ExitCode.DONE, ["roll_out"]) == (result.exit_code, writes(world))
    assert world.platform.live("aloha").version == world.platform.served("aloha") == result.steps[-1].result


def test_the_old_version_at_rest_right_after_the_answer_is_not_the_end():
    world = serving()
    world.platform.late_s = 30
    began = world.clock.monotonic()
    world.apply(files(marker="two"))

    assert world.clock.monotonic() - began > 30
    assert TWO.digest == world.platform.live("aloha").digest


def test_gpus_alone_are_asked_for_where_an_operation_can():
    row = OperationRow(method="POST", path="/console/gpus", auth="bearer:api_key")
    platform = TensorOperaPlatform(kind="tensoropera", url="https://open.example.com", operations={"set_gpus": row})
    world = serving()
    world.traits = traits_of(Environment(platform=platform))
    world.platform.by_hand("aloha", gpus=1)

    result = world.apply(files(gpus_per_replica=2))

    assert (ExitCode.DONE, ["roll_out"]) == (result.exit_code, writes(world))
    assert (2, Phase.SERVING) == (world.platform.live("aloha").gpus_per_replica, world.platform.live("aloha").phase)


def test_many_windows_have_a_deadline_each():
    world = serving(5)
    world.behave(TWO, Behaviour(start_s=400))
    result = world.apply(files(5, "two"))

    assert ExitCode.DONE == result.exit_code


def test_nothing_is_asked_while_the_platform_is_at_work():
    world = serving()
    world.behave(TWO, Behaviour(start_s=20))
    world.apply(files(marker="two"))
    world.platform.by_hand("aloha", status="DEPLOYING")
    world.clock.at(world.clock.monotonic() + 25, lambda: world.platform.by_hand("aloha", status="DEPLOYED"))
    world.platform.calls.clear()
    began = world.clock.monotonic()
    result = world.apply(files(marker="three"))

    assert (ExitCode.DONE, []) == (result.exit_code, world.platform.disturbed)
    assert world.clock.monotonic() - began > 25


def test_what_became_so_by_itself_is_unchanged():
    world = serving()
    planned = world.plan(files(marker="two"))
    world.execute(planned, files(marker="two"))
    (*_, step) = world.execute(planned, files(marker="two")).steps

    assert Outcome.UNCHANGED is step.outcome


def test_an_update_that_is_put_back_ends_with_its_own_number():
    world = serving()
    world.behave(TWO, CRASHING)
    result = world.apply(files(marker="two"))

    assert (ExitCode.ROLLED_BACK, ErrorCode.ROLLED_BACK) == (result.exit_code, fault(result).code)
    assert Phase.ROLLED_BACK is world.platform.live("aloha").phase


@pytest.mark.parametrize("shows_requested", [True, False])
@pytest.mark.parametrize("tells_change", [True, False])
def test_an_update_after_one_that_was_put_back_succeeds(shows_requested: bool, tells_change: bool):
    world = serving()
    world.platform.shows_requested, world.platform.tells_change = shows_requested, tells_change
    world.behave(TWO, CRASHING)
    world.apply(files(marker="two"))
    result = world.apply(files(marker="three"))

    assert ExitCode.DONE == result.exit_code
    assert world.platform.served("aloha") == result.steps[-1].result


def test_an_endpoint_that_the_platform_gives_up_is_a_failure_and_created_by_the_next_apply():
    world = serving()
    world.platform.loses = True
    world.behave(TWO, CRASHING)
    result = world.apply(files(marker="two"))
    world.settle()

    assert (ExitCode.PARTLY_APPLIED, ErrorCode.ENDPOINT_FAILED) == (result.exit_code, fault(result).code)
    assert ExitCode.DONE == world.apply(files(marker="three")).exit_code


def test_a_number_that_an_update_loses_is_asked_for_again():
    world = serving(3)
    world.platform.resets_number = True
    result = world.apply(files(3, "two"))
    told = {event.waiting_for for event in world.sink.of(StepProgressed)}

    assert (ExitCode.DONE, ["roll_out", "scale"]) == (result.exit_code, writes(world))
    assert 3 == world.platform.live("aloha").online
    assert "3 replicas again: the update left 1" in told


def test_the_number_is_left_to_an_autoscaler():
    world = serving(3)
    world.platform.by_hand_autoscale("aloha", Autoscale(min_replicas=1, max_replicas=4, requests_per_replica=10))
    world.platform.resets_number = True
    world.apply(files(3, "two"))

    assert ["roll_out"] == writes(world)


def test_a_number_that_an_update_takes_out_of_the_bounds_comes_inside_again():
    world = serving(3)
    world.platform.by_hand_autoscale("aloha", Autoscale(min_replicas=2, max_replicas=4, requests_per_replica=10))
    world.platform.resets_number = True
    declared = files(3, "two", autoscale={"min_replicas": 2, "max_replicas": 4, "requests_per_replica": 10})
    result = world.apply(declared)

    assert (ExitCode.DONE, ["roll_out", "scale"]) == (result.exit_code, writes(world))
    assert () == world.plan(declared).steps
    assert 3 == world.platform.live("aloha").online


def test_a_number_that_other_devices_take_out_of_the_bounds_comes_inside_again():
    world = serving(3)
    world.platform.by_hand_autoscale("aloha", Autoscale(min_replicas=2, max_replicas=4, requests_per_replica=10))
    world.platform.resets_number = True
    policy = {"min_replicas": 2, "max_replicas": 4, "requests_per_replica": 10}
    declared = files(3, autoscale=policy, resource=MORE_DEVICES)
    result = world.apply(declared)

    assert (ExitCode.DONE, ["set_resource", "scale"]) == (result.exit_code, writes(world))
    assert () == world.plan(declared).steps


@pytest.mark.parametrize(
    ("deaf", "wanted"),
    [("roll_out", files(3, "two")), ("scale", files(5)), ("set_resource", files(3, resource=MORE_DEVICES))],
)
def test_a_request_that_is_acknowledged_and_forgotten_had_no_effect(deaf: str, wanted: Desired):
    world = serving(3)
    world.platform.deaf.add(deaf)
    error = fault(world.apply(wanted))

    assert ErrorCode.NO_EFFECT is error.code
    assert "console" in error.hint


def test_a_lost_answer_is_looked_for_and_not_asked_again():
    world = serving()
    planned = world.plan(files(marker="two"))
    world.platform.late_s = 0
    world.platform.calls.clear()
    world.platform.faults[3] = Fault(unreachable(), after=True)
    result = world.execute(planned, files(marker="two"))

    assert (ExitCode.DONE, ["roll_out"], []) == (result.exit_code, writes(world), world.platform.disturbed)


def test_a_plan_is_stale_once_another_version_serves():
    world = serving()
    planned = world.plan(files(marker="two"))
    world.apply(files(marker="three"))
    result = world.execute(planned, files(marker="two"))

    assert ErrorCode.STALE_PLAN is fault(result).code


def test_a_version_that_somebody_else_rolled_out_meanwhile_has_superseded_ours():
    world = serving(1)
    world.behave(TWO, Behaviour(start_s=20))

    def interfere() -> None:
        world.platform.by_hand("aloha", status="DEPLOYED", shown="v9-Tue Nov 24 09:00:00 GMT 2026")

    world.clock.at(world.clock.monotonic() + 10, interfere)
    result = world.apply(files(1, "two"))

    assert ErrorCode.SUPERSEDED is fault(result).code


def test_a_scale_without_room_is_put_back():
    world = serving(2)
    world.platform.room = 4
    result = world.apply(files(5))

    assert (ExitCode.ROLLED_BACK, 2) == (result.exit_code, world.platform.live("aloha").replicas)
    assert "it has 2 replicas" in fault(result).message


def test_a_scale_relies_on_the_number_that_the_plan_saw():
    world = serving(2)
    planned = world.plan(files(5))
    world.platform.by_hand("aloha", replicas=3)

    assert (2, 5) == next((s.from_replicas, s.to_replicas) for s in planned.steps if isinstance(s, Scale))
    assert ErrorCode.STALE_PLAN is fault(world.execute(planned, files(5))).code


def test_other_devices_leave_version_and_number():
    world = serving(3)
    world.platform.resets_number = True
    version = world.platform.served("aloha")
    result = world.apply(files(3, resource=MORE_DEVICES))
    live = world.platform.live("aloha")

    assert (ExitCode.DONE, ["set_resource", "scale"]) == (result.exit_code, writes(world))
    assert (MORE_DEVICES, 3, version) == (live.resource, live.online, world.platform.served("aloha"))


def test_devices_and_version_are_two_requests():
    world = serving(3)
    world.apply(files(4, "two", resource=MORE_DEVICES))

    assert ["set_resource", "scale", "roll_out"] == writes(world)


def test_a_creation_that_fails_says_so():
    world = WholeWorld()
    world.behave(make_card(), CRASHING)
    result = world.apply(files(1))

    assert (ErrorCode.ENDPOINT_FAILED, "could not be created" in fault(result).message) == (fault(result).code, True)


def test_an_endpoint_that_vanishes_while_it_is_created_is_a_failure():
    world = WholeWorld()
    world.behave(make_card(), Behaviour(start_s=20))
    world.clock.at(10, lambda: world.platform.remove("aloha"))
    error = fault(world.apply(files(1)))

    assert (ErrorCode.ENDPOINT_FAILED, True) == (error.code, "it is gone again" in error.message)


def test_an_unknown_state_is_waited_for_and_never_written_to():
    world = serving(2)
    planned = world.plan(files(2, "two"))
    world.platform.by_hand("aloha", status="HIBERNATING")
    world.platform.calls.clear()
    result = world.execute(planned, files(2, "two"))

    assert ErrorCode.NO_PROGRESS is fault(result).code
    assert [] == writes(world)


def test_a_whole_rollout_carries_the_platforms_own_window():
    world = serving(3)
    (step,) = [step for step in world.plan(files(3, "two")).steps if isinstance(step, RollOut)]

    assert (True, (3,), 0, "10%") == (step.whole, step.checkpoints, step.max_surge, step.max_unavailable)


def test_a_new_version_beside_the_old_state_is_no_success_yet():
    world = serving()
    world.platform.shows_early = True
    world.behave(TWO, CRASHING)
    result = world.apply(files(marker="two"))

    assert ErrorCode.ROLLED_BACK == fault(result).code
    assert ExitCode.ROLLED_BACK == result.exit_code


def test_an_old_aborted_state_is_no_verdict_on_the_next_update():
    world = serving()
    world.platform.shows_early = True
    world.behave(TWO, CRASHING)
    world.apply(files(marker="two"))
    result = world.apply(files(marker="three"))

    assert ExitCode.DONE == result.exit_code
    assert world.platform.served("aloha") == world.platform.live("aloha").version


def test_a_request_that_changes_nothing_is_believed_after_a_rest():
    world = serving()
    world.platform.by_hand("aloha", status="ABORTED")
    began = world.clock.monotonic()
    result = world.apply(files())

    assert ExitCode.DONE == result.exit_code
    assert REST_S <= world.clock.monotonic() - began


def test_workers_in_another_order_are_no_effect_of_a_request():
    backwards = MORE_DEVICES.model_copy(update={"workers": ("103", "102")})

    assert not differs(make_live(resource=MORE_DEVICES), make_live(resource=backwards))
