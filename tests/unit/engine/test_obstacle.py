"""What is not tried because something that it needs did not succeed, and what goes on all the same."""

from gitops.errors import ExitCode
from gitops.model.desired import Desired
from gitops.model.event import Outcome
from gitops.model.plan import Plan
from gitops.model.step import DeleteEndpoint
from tests.builders import IDENTITY, make_card, make_desired, make_endpoint
from tests.fakes.replicas import Behaviour
from tests.fakes.world import CRASHING, World
from tests.unit.engine.scenes import serving_world


def outcomes(result) -> list[str]:
    return [f"{step.step.kind} {step.outcome}" for step in result.steps]


def bad_card():
    return make_card("broken", marker="bad")


def chained(world: World, desired: Desired, **depends_on: tuple[str, ...]) -> Plan:
    """A plan in which the first endpoints come a wave before those that depend on them."""
    plan = world.plan(desired)
    last = max(step.wave for step in plan.steps)
    later = tuple(
        step.model_copy(update={"wave": last + 1}) if getattr(step, "endpoint", "") in depends_on else step
        for step in plan.steps
    )
    return plan.model_copy(update={"steps": later, "depends_on": depends_on})


def test_an_endpoint_whose_dependency_was_put_back_is_not_tried_and_the_others_of_its_wave_are():
    world = serving_world(names=("embedder", "ranker", "other"))
    names = ("embedder", "ranker", "other")
    cards = [make_card(marker="two"), bad_card()]
    desired = make_desired([make_endpoint(name, replicas=3) for name in names], cards)
    world.behave(cards[0], CRASHING)
    plan = chained(world, desired, ranker=("embedder",), other=())
    embedder = [step for step in plan.steps if getattr(step, "endpoint", "") == "embedder"]
    others = [step for step in plan.steps if getattr(step, "endpoint", "embedder") != "embedder"]
    scales = [step for step in others if step.kind == "scale"]
    pushes = [step for step in plan.steps if step.kind == "push_model_card"]
    plan = plan.model_copy(update={"steps": (*pushes, *embedder, *scales)})
    result = world.execute(plan, desired)

    ended = {(step.step.endpoint, step.step.kind): step for step in result.steps if step.step.kind != "push_model_card"}
    assert Outcome.ROLLED_BACK == ended["embedder", "roll_out"].outcome
    assert Outcome.NOT_TRIED == ended["ranker", "scale"].outcome
    assert "because the rollout of endpoint embedder was put back" == ended["ranker", "scale"].because
    assert ended["embedder", "roll_out"].number == ended["ranker", "scale"].blocked_by
    assert Outcome.SUCCEEDED == ended["other", "scale"].outcome
    assert (ExitCode.ROLLED_BACK, 2, 3) == (
        result.exit_code,
        world.platform.live("ranker").replicas,
        world.platform.live("other").replicas,
    )


def test_a_chain_of_dependencies_names_the_first_thing_that_went_wrong():
    world = World()
    world.behave(bad_card(), CRASHING)
    desired = make_desired(
        [make_endpoint("first", model="broken"), make_endpoint("second"), make_endpoint("third")],
        [make_card(), bad_card()],
    )
    plan = chained(world, desired, second=("first",), third=("second",))
    steps = tuple(
        step.model_copy(update={"wave": step.wave + 1}) if getattr(step, "endpoint", "") == "third" else step
        for step in plan.steps
    )
    result = world.execute(plan.model_copy(update={"steps": steps}), desired)

    assert ["failed", "not_tried", "not_tried"] == [str(step.outcome) for step in result.steps[2:]]
    assert {"because endpoint first could not be created"} == {step.because for step in result.steps[3:]}


def test_what_a_dependency_has_to_be_deleted_after_is_deleted_first_or_neither():
    world = serving_world(names=("embedder", "ranker"))
    world.behave(make_card(), Behaviour(drain_s=1e9))
    steps = tuple(
        DeleteEndpoint(wave=wave, endpoint=name, model="aloha", progress_deadline_s=20)
        for wave, name in enumerate(("ranker", "embedder"), 1)
    )
    plan = Plan(project="p", environment="e", platform=IDENTITY, steps=steps, depends_on={"embedder": ("ranker",)})
    result = world.execute(plan, make_desired())

    assert ["delete_endpoint failed", "delete_endpoint not_tried"] == outcomes(result)
    assert "because endpoint ranker could not be deleted" == result.steps[1].because
    assert 2 == world.platform.live("embedder").ready
