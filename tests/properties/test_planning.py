"""What must hold for every plan."""

from hypothesis import given
from hypothesis import strategies as st

from gitops.model.change import Action
from gitops.model.checkpoints import checkpoints
from gitops.model.desired import Desired
from gitops.model.quantity import Rounding, share
from gitops.model.step import CreateEndpoint, PushModelCard, RollOut, Scale
from gitops.planning.numbers import wanted_replicas
from gitops.planning.rollout import room
from tests.strategies import Move, batches, desireds, pasts, quantities, world_after


@given(desireds(), pasts)
def test_every_change_has_a_step_and_every_step_a_change(desired: Desired, past: list[Move]):
    planned = world_after(past).plan(desired)
    changed = {change.endpoint for change in planned.changes}
    stepped = {step.endpoint for step in planned.steps if not isinstance(step, PushModelCard)}

    assert changed == stepped
    assert all(change.action is not Action.NOOP for change in planned.changes)
    assert len(desired.endpoints) == sum(planned.counts.model_dump().values())


@given(desireds(), pasts)
def test_pushes_come_first_and_no_content_is_pushed_twice(desired: Desired, past: list[Move]):
    planned = world_after(past).plan(desired)
    pushes = [step for step in planned.steps if isinstance(step, PushModelCard)]

    assert list(planned.steps[: len(pushes)]) == pushes
    assert len(pushes) == len({(step.model, step.digest) for step in pushes})


@given(desireds(), pasts)
def test_the_number_of_replicas_never_falls_below_what_live_and_desired_both_allow(desired: Desired, past: list[Move]):
    world = world_after(past)
    planned = world.plan(desired)
    for change in planned.changes:
        live = world.platform.read([change.endpoint])[change.endpoint]
        if getattr(live, "version", None) is None:
            continue
        wanted = wanted_replicas(desired.endpoints[change.endpoint].endpoint, live)
        for step in planned.steps:
            match step:
                case Scale(endpoint=change.endpoint, to_replicas=int(number)):
                    assert number >= min(live.replicas, wanted)
                case RollOut(endpoint=change.endpoint):
                    assert (None if live.autoscale else max(live.replicas, wanted)) == step.replicas


@given(desireds())
def test_on_an_empty_platform_everything_is_created(desired: Desired):
    planned = world_after([]).plan(desired)

    assert sorted(desired.endpoints) == [s.endpoint for s in planned.steps if isinstance(s, CreateEndpoint)]


@given(batches, st.integers(1, 1000))
def test_checkpoints_ascend_to_all_replicas(several: list[int | str], replicas: int):
    found = checkpoints(several, replicas)

    assert list(found) == sorted(set(found))
    assert (True, replicas) == (found[0] >= 1, found[-1])


@given(batches, st.integers(1, 1000))
def test_every_batch_has_its_checkpoint(several: list[int | str], replicas: int):
    found = checkpoints(several, replicas)

    assert all(min(share(batch, replicas, Rounding.UP), replicas) in found for batch in several)


@given(quantities, quantities, st.integers(1, 1000))
def test_a_surge_of_any_share_but_none_always_makes_room(surge: int | str, unavailable: int | str, replicas: int):
    found = room(surge, unavailable, replicas)

    assert (surge in {0, "0%"}) == (found.surge == 0)
    assert 0 <= found.unavailable <= replicas
