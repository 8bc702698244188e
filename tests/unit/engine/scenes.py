"""Where engine tests begin: a world with an endpoint that serves, and a plan for it that a test may have overtaken."""

from typing import Any

from gitops.engine.result import Result
from gitops.model.desired import Desired
from gitops.model.plan import Plan
from tests.builders import make_card, make_desired, make_endpoint
from tests.fakes.world import World

TWO = make_card(marker="two")


def serving_world(replicas: int = 2, names: tuple[str, ...] = ("aloha",)) -> World:
    """Every name serves v0 of aloha."""
    world = World()
    world.apply(make_desired([make_endpoint(name, replicas=replicas) for name in names]))
    world.platform.calls.clear()
    world.packager.packed.clear()
    return world


def update(replicas: int = 2, marker: str = "two", name: str = "aloha", **fields: Any) -> Desired:
    """The files after the model changed."""
    return make_desired(make_endpoint(name, replicas=replicas, **fields), make_card(marker=marker))


def overtaken(world: World, desired: Desired, happens: Any) -> tuple[Plan, Result]:
    """Plan, let something happen, then carry the plan out."""
    plan = world.plan(desired)
    happens()
    return plan, world.execute(plan, desired)
