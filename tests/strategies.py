"""Hypothesis strategies for what people declare, and for what may have happened on a platform before."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from gitops.errors import Rejected
from gitops.model.autoscale import Autoscale
from gitops.model.desired import Desired, Endpoint
from gitops.model.live import Live
from gitops.planning.checks import check
from tests.builders import TRAITS, make_card, make_desired
from tests.fakes.platform import FakePlatform
from tests.fakes.replicas import Behaviour
from tests.fakes.world import CRASHING, NEVER_READY, World

GOOD = ("one", "two")
BAD = {"crashing": CRASHING, "never ready": NEVER_READY}
NAMES = ("north", "south")

percents = st.integers(0, 100).map(lambda number: f"{number}%")
quantities = st.integers(0, 6) | percents
batches = st.lists(st.integers(1, 6) | st.integers(1, 100).map(lambda number: f"{number}%"), min_size=1, max_size=4)


@st.composite
def rollouts(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "max_surge": draw(quantities),
        "max_unavailable": draw(quantities),
        "batches": draw(batches),
        "progress_deadline": draw(st.sampled_from([5, 60])),
    }


@st.composite
def policies(draw: st.DrawFn) -> Autoscale:
    least = draw(st.integers(1, 5))
    return Autoscale(
        min_replicas=least,
        max_replicas=draw(st.integers(least, 6)),
        requests_per_replica=draw(st.integers(1, 2)),
        window=draw(st.sampled_from([30, 12.345])),
    )


@st.composite
def endpoints(draw: st.DrawFn, name: str) -> Endpoint:
    policy = draw(st.none() | policies())
    first = st.integers(1, 5) if policy is None else st.integers(policy.min_replicas, policy.max_replicas)
    written = {"replicas": draw(first)} if draw(st.booleans()) else {}
    return Endpoint.model_validate(
        {
            "name": name,
            "model": "aloha",
            "autoscale": policy,
            "gpus_per_replica": draw(st.integers(0, 1)),
            "rollout": draw(rollouts()),
            **written,
        }
    )


@st.composite
def desireds(draw: st.DrawFn) -> Desired:
    """A valid desired state, whose card gets ready wherever it runs."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    several = [draw(endpoints(name)) for name in names]
    desired = make_desired(several, make_card(marker=draw(st.sampled_from(GOOD))))
    if any(diagnostic.is_error for diagnostic in check(desired, TRAITS)):
        return draw(st.nothing())
    return desired


@dataclass(frozen=True)
class Move:
    """Something that somebody did on the platform, with no file that says so."""

    method: str
    name: str
    marker: str
    number: int
    gpus_per_replica: int
    wait_s: float
    policy: Autoscale | None = None

    def make(self, platform: FakePlatform) -> None:
        card = make_card(marker=self.marker)
        version = platform.push(card, Path("/nowhere")).name
        try:
            self._ask(platform, version)
        except Rejected:
            return

    def _ask(self, platform: FakePlatform, version: str) -> None:
        deadline = {"progress_deadline_s": 5.0}
        there = isinstance(platform.read([self.name])[self.name], Live)
        if not there:
            gpus = {"gpus_per_replica": self.gpus_per_replica}
            platform.create(
                self.name, model="aloha", version=version, replicas=self.number, resource=None, **gpus, **deadline
            )
        elif self.method == "scale":
            platform.scale(self.name, replicas=self.number)
        elif self.method == "set_autoscale":
            platform.set_autoscale(self.name, policy=self.policy)
        else:
            platform.roll_out(
                self.name,
                version=version,
                gpus_per_replica=self.gpus_per_replica,
                updated=self.number,
                max_surge=1,
                max_unavailable=0,
                **deadline,
            )


moves = st.builds(
    Move,
    method=st.sampled_from(["roll_out", "scale", "set_autoscale"]),
    name=st.sampled_from(NAMES),
    marker=st.sampled_from([*GOOD, *BAD]),
    number=st.integers(1, 5),
    gpus_per_replica=st.integers(0, 1),
    wait_s=st.sampled_from([0.0, 0.7, 2.0, 30.0]),
    policy=st.none() | policies(),
)
pasts = st.lists(moves, max_size=5)
"""What happened on a platform before anybody planned."""


@dataclass(frozen=True)
class Whim:
    """A number that an autoscaler chooses, right before one of the calls that a tool makes."""

    name: str
    number: int
    call: int


whims = st.lists(
    st.builds(Whim, name=st.sampled_from(NAMES), number=st.integers(1, 6), call=st.integers(1, 60)), max_size=12
)
"""What autoscalers do while somebody plans and applies."""


def let_autoscalers_move(world: World, several: Sequence[Whim]) -> None:
    """Let all of this happen, counted from now; what a policy does not allow, or a rollout makes wait, does not."""
    now = len(world.platform.calls)
    for whim in several:
        world.platform.surprises[now + whim.call] = lambda whim=whim: world.platform.autoscaler_moves(
            whim.name, whim.number
        )


def world_after(past: Sequence[Move]) -> World:
    """A world in which these moves were made, and whatever moves still moves."""
    world = World()
    for marker, behaviour in BAD.items():
        world.behave(make_card(marker=marker), behaviour)
    for move in past:
        move.make(world.platform)
        world.clock.sleep(move.wait_s)
    world.platform.calls.clear()
    return world


behaviours = st.builds(
    Behaviour,
    start_s=st.sampled_from([0.2, 1.0, 3.0]),
    drain_s=st.sampled_from([0.1, 1.0, 4.0]),
    crash_s=st.none(),
)
