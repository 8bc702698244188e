"""One fault at every call of a whole story: the next plan and apply reach the same end, and nothing is there twice."""

from collections.abc import Callable

import pytest

from gitops.errors import ExitCode
from tests.builders import make_card, make_desired, make_endpoint
from tests.fakes.platform import Fault, Killed, server_fault, unreachable
from tests.fakes.world import World

BATCHES = {"rollout": {"batches": [1, "100%"]}}
STORY = [
    make_desired(make_endpoint(replicas=2, **BATCHES), make_card(marker="one")),
    make_desired(make_endpoint(replicas=3, **BATCHES), make_card(marker="two")),
    make_desired(make_endpoint(replicas=1, **BATCHES), make_card(marker="three")),
]
"""Create; scale up and roll out; roll out and scale down."""


def tell_story(world: World) -> list[ExitCode]:
    return [world.apply(desired).exit_code for desired in STORY]


def calls_of_the_story() -> int:
    world = World()
    assert [ExitCode.DONE] * len(STORY) == tell_story(world)
    return len(world.platform.calls)


CALLS = calls_of_the_story()
FAULTS: dict[str, Callable[[], Fault]] = {
    "unreachable-before": lambda: Fault(unreachable()),
    "unreachable-after": lambda: Fault(unreachable(), after=True),
    "broken-before": lambda: Fault(server_fault()),
    "broken-after": lambda: Fault(server_fault(), after=True),
    "killed-before": lambda: Fault(Killed()),
    "killed-after": lambda: Fault(Killed(), after=True),
}


def go_on(world: World) -> None:
    """Every chapter until it is done; a tool that is killed, or gives up, is begun again."""
    for desired in STORY:
        for _ in range(3):
            try:
                if world.apply(desired).exit_code is ExitCode.DONE:
                    break
            except (Killed, type(unreachable()), type(server_fault())):
                continue
        else:
            pytest.fail("it is never done")


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_at_any_call_is_repaired_by_the_next_apply(kind: str):
    for number in range(1, CALLS + 1):
        world = World()
        world.platform.faults[number] = FAULTS[kind]()
        go_on(world)
        world.settle()
        live = world.platform.live("aloha")

        assert ("v2", 1, 1) == (live.version, live.replicas, len(live.members)), f"call {number}"
        assert 3 == len(world.platform.pushed("aloha")), f"call {number}"
        assert () == world.plan(STORY[-1]).steps, f"call {number}"


@pytest.mark.parametrize("kind", ["unreachable-before", "unreachable-after", "broken-before", "broken-after"])
def test_one_apply_survives_a_passing_fault_at_any_of_its_calls(kind: str):
    world = World()
    world.apply(STORY[0])
    before = len(world.platform.calls)
    world.apply(STORY[1])
    for number in range(before + 4, len(world.platform.calls) + 1):  # the first three calls belong to the plan
        again = World()
        again.apply(STORY[0])
        again.platform.faults[number] = FAULTS[kind]()

        assert ExitCode.DONE == again.apply(STORY[1]).exit_code, f"call {number}"


@pytest.mark.parametrize("away_s", [0.5, 5.0, 50.0])
def test_a_platform_that_restarts_in_the_middle_of_an_apply_is_survived(away_s: float):
    for restart_at in (0.3, 1.3, 2.1, 3.3, 4.7):
        world = World()
        world.apply(STORY[0])
        now = world.clock.monotonic()
        world.clock.at(now + restart_at, lambda world=world: world.platform.restart(away_s))

        assert ExitCode.DONE == world.apply(STORY[1]).exit_code, f"restarted after {restart_at}s"
        assert ("v1", 3) == (world.platform.live("aloha").version, world.platform.live("aloha").ready)


@pytest.mark.parametrize("late_s", [0.2, 3.0, 20.0])
def test_writes_that_are_acknowledged_and_show_late_are_waited_for(late_s: float):
    world = World()
    world.platform.late_s = late_s

    assert [ExitCode.DONE] * len(STORY) == tell_story(world)
    assert ("v2", 1) == (world.platform.live("aloha").version, len(world.platform.live("aloha").members))


def test_a_lost_answer_to_a_write_is_not_repeated_where_its_effect_shows():
    world = World()
    create = 1 + next(number for number, call in enumerate(calls(STORY[0])) if call == "create")
    world.platform.faults[create] = Fault(unreachable(), after=True)

    assert ExitCode.DONE == world.apply(STORY[0]).exit_code
    assert ["push", "create"] == [call.method for call in world.platform.writes]


def test_a_lost_request_is_made_again_after_looking():
    world = World()
    create = 1 + next(number for number, call in enumerate(calls(STORY[0])) if call == "create")
    world.platform.faults[create] = Fault(unreachable())

    assert ExitCode.DONE == world.apply(STORY[0]).exit_code
    methods = [call.method for call in world.platform.calls]
    assert ["create", "read", "create"] == methods[create - 1 : create + 2]


def calls(desired) -> list[str]:
    world = World()
    world.apply(desired)
    return [call.method for call in world.platform.calls]
