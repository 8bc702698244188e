"""What takes a step back, where the steps before it matter."""

from gitops.model.autoscale import Autoscale, Bounds
from gitops.model.resource import Resource, ResourceType
from gitops.model.step import Scale, SetResource
from tests.builders import WHOLE, make_card, make_desired, make_endpoint, make_live, make_plan, make_version

FOUR = Autoscale(min_replicas=4, max_replicas=4, requests_per_replica=1)
BACKWARDS = Resource(type=ResourceType.ON_PREMISE, master="101", workers=("103", "102"))
MORE = Resource(type=ResourceType.ON_PREMISE, master="101", workers=("102", "103", "104"))


def test_taking_a_policy_away_again_leaves_the_number_that_the_steps_before_it_came_to():
    desired = make_desired(make_endpoint(autoscale=FOUR), make_card(marker="two"))
    planned = make_plan(desired, make_live(replicas=1), [make_version("v0")]).plan
    assert planned is not None
    by_kind = {step.kind: undo.steps for step, undo in zip(planned.steps, planned.undo, strict=True)}

    assert ["push_model_card", "scale", "roll_out", "set_autoscale"] == [step.kind for step in planned.steps]
    (_, number), (back,) = by_kind["set_autoscale"], by_kind["scale"]
    assert isinstance(number, Scale)
    assert isinstance(back, Scale)
    assert (Bounds(min_replicas=4, max_replicas=4), 4) == (number.from_replicas, number.to_replicas)
    assert (4, 1) == (back.from_replicas, back.to_replicas)


def test_devices_of_before_come_back_in_their_order():
    planned = make_plan(
        make_desired(make_endpoint(resource=MORE)), make_live(resource=BACKWARDS), [make_version()], traits=WHOLE
    ).plan
    assert planned is not None
    (back,) = planned.undo[0].steps

    assert isinstance(back, SetResource)
    assert BACKWARDS == back.to_resource
