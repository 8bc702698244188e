"""What must hold for the reverse of every plan: applied, it gives the planned fields' values from before."""

from collections.abc import Mapping

from hypothesis import assume, given, settings

from gitops.errors import ExitCode
from gitops.model.change import Change, VersionRef
from gitops.model.desired import Desired
from gitops.model.live import Absent, Live
from gitops.model.plan import Plan
from gitops.model.step import Step
from tests.builders import remember
from tests.fakes.awkward import AwkwardPlatform, Manner
from tests.fakes.world import AnyWorld, WholeWorld, World
from tests.projects import MODELS, NAMES, Hand, hands, projects

TOLD_PLAINLY = Manner(reorders=False, adds=False, shouts=False)


def world_after(world: AnyWorld, several: list[Hand]) -> AnyWorld:
    """A world in which people did this, and nothing moves any more."""
    platform = AwkwardPlatform(world.platform, TOLD_PLAINLY)
    for hand in several:
        hand.act(platform, whole=world.traits.rolls_whole)
    world.settle()
    return world


def reverse(planned: Plan, world: AnyWorld) -> Plan:
    """The plan that takes a plan back: everything in the opposite order, one thing after the other."""
    names = {
        (model, version.digest): version.name
        for model in ("aloha", "bravo")
        for version in world.platform.pushed(model)
    }

    def named(step: Step, wave: int) -> Step:
        # What the plan pushed has a name by now.
        refs = {key: value for key, value in step if isinstance(value, VersionRef) and value.name is None}
        found = {
            key: VersionRef(name=names[MODELS[step.endpoint], ref.digest], digest=ref.digest)
            for key, ref in refs.items()
        }
        return step.model_copy(update={**found, "wave": wave})

    back = [step for undo in reversed(planned.undo) for step in undo.steps]
    return planned.model_copy(
        update={"steps": tuple(named(step, wave) for wave, step in enumerate(back)), "depends_on": {}}
    )


def values(change: Change, live: Live | Absent) -> Mapping[str, object]:
    """The planned fields of an endpoint, as they are."""
    if isinstance(live, Absent):
        return {}
    told = {"model": live.model, "version": live.version, "gpus_per_replica": live.gpus_per_replica}
    told |= {"autoscale": live.policy, "resource": live.resource}
    # A number that an autoscaler chose comes back as one that it chooses.
    told["replicas"] = "as it likes" if live.policy else live.replicas
    return {field.field: told[field.field] for field in change.fields}


def takes_back(world: AnyWorld, desired: Desired) -> None:
    live = world.platform.read(NAMES)
    planned = world.plan(desired, remember(live))
    assume(planned.steps and all(undo.possible for undo in planned.undo))
    before = {change.endpoint: values(change, live[change.endpoint]) for change in planned.changes}
    assert ExitCode.DONE == world.execute(planned, desired).exit_code
    world.settle()

    result = world.execute(reverse(planned, world), desired)

    assert [] == [str(step.error) for step in result.steps if step.error]
    world.settle()
    now = world.platform.read(NAMES)
    assert before == {change.endpoint: values(change, now[change.endpoint]) for change in planned.changes}


@settings(max_examples=150)
@given(hands, projects())
def test_applying_the_reverse_gives_the_values_from_before(before: list[Hand], desired: Desired):
    takes_back(world_after(World(), before), desired)


@settings(max_examples=150)
@given(hands, projects(whole=True))
def test_applying_the_reverse_gives_the_values_from_before_on_one_that_rolls_by_itself(
    before: list[Hand], desired: Desired
):
    takes_back(world_after(WholeWorld(), before), desired)
