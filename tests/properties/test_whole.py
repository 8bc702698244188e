"""What must hold for every plan and every apply on a platform that rolls by itself, in windows of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops.errors import Conflict, ExitCode, Rejected
from gitops.model.desired import Desired, Endpoint
from gitops.model.live import Live, Phase
from gitops.model.resource import Resource, ResourceType
from gitops.model.step import PushModelCard
from tests.builders import make_card, make_desired
from tests.fakes.platform import Killed
from tests.fakes.whole import FakeWholePlatform
from tests.fakes.world import CRASHING, NEVER_READY, WholeWorld
from tests.strategies import GOOD, NAMES, policies

BAD = {"crashing": CRASHING, "never ready": NEVER_READY}
WORKERS = ("102", "103", "104")

resources = st.one_of(
    st.integers(1, 3).map(
        lambda number: Resource(type=ResourceType.ON_PREMISE, master="101", workers=WORKERS[:number])
    ),
    st.just(Resource(type=ResourceType.FEDML_CLOUD)),
)


@st.composite
def endpoints(draw: st.DrawFn, name: str) -> Endpoint:
    policy = draw(st.none() | policies())
    first = st.integers(1, 5) if policy is None else st.integers(policy.min_replicas, policy.max_replicas)
    written = {"replicas": draw(first)} if draw(st.booleans()) else {}
    gpus = {"gpus_per_replica": draw(st.integers(0, 2))} if draw(st.booleans()) else {}
    fields = {"name": name, "model": "aloha", "autoscale": policy, "resource": draw(resources)}
    return Endpoint.model_validate({**fields, **written, **gpus})


@st.composite
def desireds(draw: st.DrawFn) -> Desired:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    return make_desired([draw(endpoints(name)) for name in names], make_card(marker=draw(st.sampled_from(GOOD))))


@dataclass(frozen=True)
class Move:
    """Something that somebody did on the platform, with no file that says so."""

    method: str
    name: str
    marker: str
    number: int
    resource: Resource
    policy: Any
    wait_s: float

    def make(self, platform: FakeWholePlatform) -> None:
        version = platform.push(make_card(marker=self.marker), Path("/nowhere")).name
        try:
            self._ask(platform, version)
        except (Rejected, Conflict):
            return

    def _ask(self, platform: FakeWholePlatform, version: str) -> None:
        if not isinstance(platform.read([self.name])[self.name], Live):
            platform.create(
                self.name,
                model="aloha",
                version=version,
                replicas=None,
                gpus_per_replica=0,
                resource=self.resource,
                progress_deadline_s=60,
            )
        elif self.method == "scale":
            platform.scale(self.name, replicas=self.number)
        elif self.method == "set_resource":
            platform.set_resource(self.name, resource=self.resource)
        elif self.method == "by_hand":
            platform.by_hand_autoscale(self.name, self.policy)
        else:
            platform.roll_out(
                self.name,
                version=version,
                gpus_per_replica=0,
                updated=1,
                max_surge=0,
                max_unavailable="10%",
                progress_deadline_s=60,
            )


pasts = st.lists(
    st.builds(
        Move,
        method=st.sampled_from(["roll_out", "scale", "set_resource", "by_hand"]),
        name=st.sampled_from(NAMES),
        marker=st.sampled_from([*GOOD, *BAD]),
        number=st.integers(1, 5),
        resource=resources,
        policy=st.none() | policies(),
        wait_s=st.sampled_from([0.0, 0.4, 1.0, 30.0]),
    ),
    max_size=5,
)


@dataclass(frozen=True)
class Nature:
    """What this platform does that others of its kind may not."""

    resets_number: bool
    shows_requested: bool
    tells_gpus: bool
    tells_policy: str
    tells_change: bool


natures = st.builds(
    Nature,
    resets_number=st.booleans(),
    shows_requested=st.booleans(),
    tells_gpus=st.booleans(),
    tells_policy=st.sampled_from(["all", "bounds"]),
    tells_change=st.booleans(),
)


def world_after(past: list[Move], nature: Nature) -> WholeWorld:
    world = WholeWorld()
    for name, value in vars(nature).items():
        setattr(world.platform, name, value)
    for marker, behaviour in BAD.items():
        world.behave(make_card(marker=marker), behaviour)
    for move in past:
        move.make(world.platform)
        world.clock.sleep(move.wait_s)
    world.clock.sleep(world.platform.late_s)  # What does not show yet is not there for anybody.
    world.platform.calls.clear()
    world.platform.disturbed.clear()
    return world


def settled_plan_has_no_step(world: WholeWorld, desired: Desired) -> None:
    planned = world.plan(desired)

    assert () == planned.steps
    assert () == planned.changes
    assert [] == world.platform.disturbed


@settings(max_examples=200)
@given(desireds(), pasts, natures)
def test_after_one_apply_a_second_plan_has_no_step(desired: Desired, past: list[Move], nature: Nature):
    world = world_after(past, nature)
    result = world.apply(desired)

    assert ExitCode.DONE == result.exit_code, result
    settled_plan_has_no_step(world, desired)


@settings(max_examples=100)
@given(desireds(), pasts, natures)
def test_after_one_apply_what_is_declared_serves(desired: Desired, past: list[Move], nature: Nature):
    world = world_after(past, nature)
    world.apply(desired, parallelism=2)

    for name, declared in desired.endpoints.items():
        live, endpoint = world.platform.live(name), declared.endpoint
        assert (Phase.SERVING, live.replicas) == (live.phase, live.online)
        assert endpoint.resource == live.resource
        assert world.platform.served(name) == live.version
        assert declared.digest == live.digest
        if live.told_policy is None:
            assert (endpoint.autoscale.allows if endpoint.autoscale else endpoint.replicas.__eq__)(live.replicas)


@settings(max_examples=100)
@given(desireds(), pasts, natures, st.floats(0, 20))
def test_an_apply_that_is_stopped_anywhere_is_finished_by_the_next_one(
    desired: Desired, past: list[Move], nature: Nature, stop_at: float
):
    world = world_after(past, nature)
    world.clock.at(world.clock.monotonic() + stop_at, world.stop.set)
    world.apply(desired)
    again = _somebody_else(world)

    assert ExitCode.DONE == again.apply(desired).exit_code
    settled_plan_has_no_step(again, desired)


@settings(max_examples=100)
@given(desireds(), pasts, natures, st.integers(1, 40), st.booleans())
def test_an_apply_that_is_killed_at_any_call_is_finished_by_the_next_one(
    desired: Desired, past: list[Move], nature: Nature, call: int, shows: bool
):
    world = world_after(past, nature)
    planned = world.plan(desired)
    world.platform.calls.clear()
    world.platform.surprises[call] = _kill
    try:
        world.execute(planned, desired)
    except Killed:
        if shows:
            world.settle(0.5)
    world.platform.surprises.clear()
    world.settle(1.0)
    again = _somebody_else(world)

    assert ExitCode.DONE == again.apply(desired).exit_code
    settled_plan_has_no_step(again, desired)


@given(desireds(), pasts, natures)
def test_every_change_has_a_step_and_no_line_for_people_does(desired: Desired, past: list[Move], nature: Nature):
    planned = world_after(past, nature).plan(desired)
    by_hand = {"autoscale", "gpus_per_replica"}

    assert {change.endpoint for change in planned.changes} == {
        step.endpoint for step in planned.steps if not isinstance(step, PushModelCard)
    }
    assert not by_hand & {field.field for change in planned.changes for field in change.fields}
    assert by_hand >= {line.field for line in planned.manual}


@given(desireds(), pasts, natures)
def test_what_is_done_by_hand_is_asked_for_no_more(desired: Desired, past: list[Move], nature: Nature):
    world = world_after(past, nature)
    world.apply(desired)
    for line in world.plan(desired).manual:
        doing: dict[str, Callable[[Any], None]] = {
            "autoscale": lambda policy, name=line.endpoint: world.platform.by_hand(name, policy=policy),
            "gpus_per_replica": lambda gpus, name=line.endpoint: world.platform.by_hand(name, gpus=gpus),
        }
        doing[line.field](line.new)
    world.apply(desired)
    left = world.plan(desired)

    assert () == left.steps
    assert all(not nature.tells_gpus and line.field == "gpus_per_replica" for line in left.manual)


def _kill() -> None:
    raise Killed


def _somebody_else(world: WholeWorld) -> WholeWorld:
    again = WholeWorld()
    again.platform, again.clock = world.platform, world.clock
    return again
