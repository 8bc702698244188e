"""Setting a policy, and everything else that goes on while an autoscaler moves the number behind our back."""

from typing import Any

import pytest

from gitops.errors import ErrorCode, ExitCode
from gitops.model.autoscale import Autoscale
from gitops.model.desired import Desired
from gitops.model.event import Outcome, StepProgressed
from gitops.planning.remembered import Remembered
from tests.builders import make_card, make_desired, make_endpoint, make_entry
from tests.fakes.awkward import AwkwardPlatform, Manner
from tests.fakes.platform import Fault, Killed, server_fault, unreachable
from tests.fakes.replicas import Behaviour
from tests.fakes.world import CRASHING, World
from tests.unit.engine.scenes import overtaken, serving_world


def policy(least: int = 1, most: int = 4, **fields: Any) -> Autoscale:
    return Autoscale(min_replicas=least, max_replicas=most, **{"requests_per_replica": 10, **fields})


def scaled(least: int = 1, most: int = 4, marker: str = "one", **fields: Any) -> Desired:
    return make_desired(make_endpoint(autoscale=policy(least, most), **fields), make_card(marker=marker))


def autoscaled_world(replicas: int = 2, least: int = 1, most: int = 4) -> World:
    world = World()
    world.apply(scaled(least, most, replicas=replicas))
    world.platform.calls.clear()
    return world


def test_a_policy_is_set_once_and_read_back():
    world = serving_world(2)
    result = world.apply(scaled())

    assert [("set_autoscale", Outcome.SUCCEEDED)] == [(step.step.kind, step.outcome) for step in result.steps]
    assert ["set_autoscale"] == [call.method for call in world.platform.writes]
    assert (policy(), 2) == (world.platform.live("aloha").policy, world.platform.live("aloha").replicas)


def test_an_acknowledged_policy_proves_nothing_until_it_shows():
    world = serving_world(2)
    world.platform.late_s = 5
    world.apply(scaled())

    assert policy() == world.platform.live("aloha").policy
    assert "its autoscale to show" in {event.waiting_for for event in world.sink.of(StepProgressed)}


@pytest.mark.parametrize(("least", "most", "number"), [(3, 4, 3), (1, 1, 1)])
def test_a_number_that_another_policy_pulls_inside_serves_before_the_step_ends(least: int, most: int, number: int):
    world = autoscaled_world(2)
    result = world.apply(scaled(least, most))
    live = world.platform.live("aloha")

    assert [("set_autoscale", Outcome.SUCCEEDED)] == [(step.step.kind, step.outcome) for step in result.steps]
    assert (number, number, number) == (live.replicas, live.ready, len(live.members))


def test_a_policy_that_is_there_already_is_not_set_again():
    world = serving_world(2)
    _, result = overtaken(world, scaled(), lambda: world.platform.set_autoscale("aloha", policy=policy()))

    assert [Outcome.UNCHANGED] == [step.outcome for step in result.steps]
    assert 1 == len(world.platform.writes)


def test_a_third_policy_makes_the_step_stale():
    world = serving_world(2)
    _, result = overtaken(world, scaled(), lambda: world.platform.set_autoscale("aloha", policy=policy(1, 9)))
    error = result.steps[0].error

    assert error is not None
    assert (ErrorCode.STALE_PLAN, ExitCode.STALE_PLAN) == (error.code, result.exit_code)
    assert "autoscale was none, now it is 1..9, 10 requests per replica in 60s, down after 120s" in error.message


def test_an_endpoint_that_is_gone_makes_the_step_stale():
    world = autoscaled_world()
    _, result = overtaken(world, scaled(2, 3), lambda: world.platform.remove("aloha"))

    assert "now it is gone" in str(result.steps[0].error)


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (lambda world: world.platform.set_autoscale("aloha", policy=policy(1, 9)), "another autoscale"),
        (lambda world: world.platform.remove("aloha"), "is gone"),
    ],
)
def test_what_somebody_else_does_while_a_policy_is_set_is_said(happens, words: str):
    world = serving_world(2)
    world.platform.late_s = 5
    now = world.clock.monotonic()
    world.clock.at(now + 1, lambda: setattr(world.platform, "late_s", 0))
    world.clock.at(now + 2, lambda: happens(world))
    error = world.apply(scaled()).steps[0].error

    assert error is not None
    assert (ErrorCode.SUPERSEDED, True) == (error.code, words in error.message)


def test_the_number_of_a_created_endpoint_is_the_least_where_none_is_written():
    world = World()
    world.apply(scaled(3, 5))

    assert ["push", "create", "set_autoscale"] == [call.method for call in world.platform.writes]
    assert 3 == world.platform.live("aloha").replicas


def test_a_number_outside_the_bounds_of_the_policy_is_brought_to_the_nearest():
    world = autoscaled_world(2)
    world.platform.misplace("aloha", 9)
    result = world.apply(scaled())

    assert ([("scale", "1..4 replicas")], 4) == (
        [(step.step.kind, step.result) for step in result.steps],
        world.platform.live("aloha").replicas,
    )


def test_a_number_that_the_autoscaler_brought_inside_first_is_not_scaled_again():
    world = autoscaled_world(2)
    world.platform.misplace("aloha", 9)
    _, result = overtaken(world, scaled(), lambda: world.platform.autoscaler_moves("aloha", 3))

    assert ([Outcome.UNCHANGED], []) == ([step.outcome for step in result.steps], world.platform.writes)


def test_a_rollout_under_an_autoscaler_works_its_checkpoints_out_once_the_number_stands_still():
    world = autoscaled_world(2)
    desired = scaled(marker="two", rollout={"batches": ["50%", "100%"]})
    planned = world.plan(desired)
    world.platform.autoscaler_moves("aloha", 4)
    world.settle()
    world.platform.calls.clear()
    world.execute(planned, desired)

    assert [1, 2, 4] == [call.arguments["updated"] for call in world.platform.writes if call.method == "roll_out"]


def test_a_rollout_that_was_over_before_it_was_seen_is_not_waited_for_with_numbers_of_later():
    world = autoscaled_world(1)
    desired = scaled(marker="two", rollout={"batches": [1, 2, 3], "progress_deadline": "5s"})
    planned = world.plan(desired)
    asked = len(world.platform.calls) + 4  # It looks for the version, pushes it, reads the endpoint, and rolls it out.
    for number in range(1, 8):
        world.platform.faults[asked + number] = Fault(unreachable())
    world.platform.surprises[asked + 8] = lambda: world.platform.autoscaler_moves("aloha", 3)
    world.platform.surprises[asked + 9] = lambda: world.platform.autoscaler_moves("aloha", 1)
    result = world.execute(planned, desired)

    assert (ExitCode.DONE, "v1") == (result.exit_code, world.platform.live("aloha").version)
    assert "roll_out" == world.platform.calls[asked - 1].method


PAIRS = {
    "set": (make_desired(make_endpoint(replicas=2)), scaled()),
    "widen and update": (scaled(1, 2), scaled(1, 4, marker="two")),
    "narrow and update": (scaled(1, 4, replicas=3), scaled(1, 2, marker="two")),
    "raise the least and update": (scaled(1, 4), scaled(3, 3, marker="two")),
    "raise the least to where there is room to update": (
        scaled(1, 6, replicas=2),
        scaled(4, 5, marker="two", rollout={"max_surge": 0, "max_unavailable": "25%"}),
    ),
    "update": (scaled(1, 4), scaled(1, 4, marker="two", rollout={"batches": [1, "50%", "100%"]})),
    "update with downtime": (scaled(1, 4), scaled(1, 4, marker="two", rollout={"max_unavailable": "100%"})),
    "remove and grow": (scaled(1, 4), make_desired(make_endpoint(replicas=5), make_card(marker="two"))),
    "remove and shrink": (scaled(2, 4), make_desired(make_endpoint(replicas=1), make_card(marker="two"))),
    "remove and stay within": (scaled(1, 4), make_desired(make_endpoint(replicas=2), make_card(marker="two"))),
    "create": (None, scaled(2, 4)),
}


def begin(before: Desired | None) -> World:
    world = World()
    if before is not None:
        world.apply(before)
    world.platform.calls.clear()
    return world


def calls(before: Desired | None, after: Desired) -> int:
    world = begin(before)
    assert ExitCode.DONE == world.apply(after).exit_code
    return len(world.platform.calls)


@pytest.mark.parametrize("number", [1, 4])
@pytest.mark.parametrize("case", PAIRS)
def test_an_autoscaler_that_moves_the_number_before_any_call_stops_no_apply(case: str, number: int):
    before, after = PAIRS[case]
    for call in range(1, calls(before, after) + 1):
        world = begin(before)
        world.platform.surprises[call] = lambda world=world: world.platform.autoscaler_moves("aloha", number)

        assert ExitCode.DONE == world.apply(after).exit_code, f"call {call}"
        assert () == world.plan(after).steps, f"call {call}"
        world.settle()
        live = world.platform.live("aloha")
        assert (live.replicas, live.replicas) == (live.ready, len(live.members)), f"call {call}"
        assert () == world.plan(after).steps, f"call {call}"


@pytest.mark.parametrize("case", PAIRS)
def test_an_autoscaler_that_moves_the_number_before_every_call_stops_no_apply(case: str):
    before, after = PAIRS[case]
    world = begin(before)
    for call in range(1, 1000):
        number = 1 + call // 7 % 4
        world.platform.surprises[call] = lambda number=number: world.platform.autoscaler_moves("aloha", number)

    assert ExitCode.DONE == world.apply(after).exit_code
    assert () == world.plan(after).steps


FAULTS = {"unreachable": unreachable, "broken": server_fault, "killed": Killed}


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("case", PAIRS)
def test_a_fault_at_any_call_is_repaired_by_the_next_apply(case: str, kind: str, after_effect: bool):
    before, after = PAIRS[case]
    for call in range(1, calls(before, after) + 1):
        world = begin(before)
        world.platform.faults[call] = Fault(FAULTS[kind](), after=after_effect)
        try:
            world.apply(after)
        except (Killed, type(unreachable()), type(server_fault())):
            pass  # The tool ended there; the next one begins.

        assert ExitCode.DONE == world.apply(after).exit_code, f"call {call}"
        assert () == world.plan(after).steps, f"call {call}"


@pytest.mark.parametrize("late_s", [0.2, 3.0, 20.0])
@pytest.mark.parametrize("case", PAIRS)
def test_writes_that_are_acknowledged_and_show_late_are_waited_for(case: str, late_s: float):
    before, after = PAIRS[case]
    world = begin(before)
    world.platform.late_s = late_s
    for call in range(1, 1000):
        number = 1 + call // 3 % 4
        world.platform.surprises[call] = lambda number=number: world.platform.autoscaler_moves("aloha", number)

    assert ExitCode.DONE == world.apply(after).exit_code
    assert () == world.plan(after).steps


def test_an_autoscaler_that_goes_on_does_not_hide_that_a_rollout_was_put_back():
    world = autoscaled_world(2)
    two = make_card(marker="two")
    world.behave(two, CRASHING)
    for call in range(1, 1000):
        world.platform.surprises[call] = lambda call=call: world.platform.autoscaler_moves("aloha", 1 + call % 4)
    result = world.apply(scaled(marker="two"))

    assert (ExitCode.ROLLED_BACK, "v0") == (result.exit_code, world.platform.live("aloha").version)


def test_somebody_who_scales_by_hand_during_the_rollout_is_said():
    world = autoscaled_world(2)
    world.behave(make_card(marker="two"), Behaviour(start_s=5))
    now = world.clock.monotonic()
    world.clock.at(now + 2, lambda: world.platform.misplace("aloha", 7))
    error = next(step.error for step in world.apply(scaled(marker="two")).steps if step.error)

    assert (ErrorCode.SUPERSEDED, True) == (error.code, "it was scaled to 7" in error.message)


def test_what_no_reading_can_tell_apart_is_asked_for_and_believed():
    world = autoscaled_world(2)
    world.platform = AwkwardPlatform(world.platform, Manner(forgets_policy=True))
    remembered = Remembered(entries={"aloha": make_entry(world.platform.behind.live("aloha"))})
    other = make_desired(make_endpoint(autoscale=policy(requests_per_replica=20), replicas=2), make_card())
    planned = world.plan(other, remembered)

    assert ["set_autoscale"] == [step.kind for step in planned.steps]
    assert ExitCode.DONE == world.execute(planned, other).exit_code
    assert policy(requests_per_replica=20) == world.platform.behind.live("aloha").policy
    # Asked again, since nobody knows: it is the same then.
    assert ExitCode.DONE == world.execute(planned, other).exit_code


def test_what_no_reading_can_tell_apart_is_asked_for_again_when_the_answer_is_lost():
    world = autoscaled_world(2)
    world.platform = AwkwardPlatform(world.platform, Manner(forgets_policy=True))
    remembered = Remembered(entries={"aloha": make_entry(world.platform.behind.live("aloha"))})
    other = make_desired(make_endpoint(autoscale=policy(requests_per_replica=20), replicas=2), make_card())
    planned = world.plan(other, remembered)
    world.platform.faults[len(world.platform.calls) + 2] = Fault(unreachable())

    assert ExitCode.DONE == world.execute(planned, other).exit_code
    assert policy(requests_per_replica=20) == world.platform.behind.live("aloha").policy
