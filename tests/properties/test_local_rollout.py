"""Promise: during any rollout ready never falls below replicas - unavailable, total never exceeds replicas + surge."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops.local.supervisor.rollout import room_or_reason
from gitops.model.live import UNDER_WAY, ReplicaState
from tests.unit.local.worlds import V1, V2, World, make_endpoint, make_rollout

quantities = st.one_of(st.integers(0, 5), st.integers(0, 100).map("{}%".format))
happenings = st.lists(
    st.tuples(
        st.sampled_from(["step", "ready", "drained", "crash", "kill", "goal", "newer", "restart"]), st.integers(0, 99)
    ),
    max_size=60,
)


@settings(max_examples=400)
@given(n=st.integers(1, 8), surge=quantities, unavailable=quantities, story=happenings, goal=st.integers(1, 8))
def test_the_bounds_hold_at_every_moment_and_every_rollout_ends(n, surge, unavailable, story, goal):
    if room_or_reason(surge, unavailable, n):
        surge = 1
    world = World.serving(make_endpoint(n, rollout=make_rollout(goal=goal, surge=surge, unavailable=unavailable)))
    for what, which in story:
        happen(world, what, which, surge, unavailable)
        world.step()

    world.ask(world.endpoint.rollout.to, n, surge, unavailable)
    world.settle()

    assert world.breaches == []
    assert world.endpoint.rollout.verdict not in UNDER_WAY
    assert {replica.template for replica in world.replicas.values()} == {world.endpoint.stable}
    assert len(world.replicas) == n


def happen(world, what, which, surge, unavailable):
    def one(state):
        there = world.of(state)
        return there[which % len(there)] if there else None

    if what == "ready" and (replica := one(ReplicaState.STARTING)):
        world.get_ready(replica)
    elif what == "drained" and (replica := one(ReplicaState.DRAINING)):
        world.go(replica)
    elif what in {"crash", "kill"} and (
        replica := one(ReplicaState.STARTING if what == "crash" else ReplicaState.READY)
    ):
        world.die(replica)
    elif what == "goal":
        world.ask(world.endpoint.rollout.to, 1 + which % world.endpoint.replicas, surge, unavailable)
    elif what == "restart" and which % 5 == 0:
        world.restart()
    elif what == "newer":
        world.ask(V1 if world.endpoint.rollout.to == V2 else V2, world.endpoint.replicas, surge, unavailable)
