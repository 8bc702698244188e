"""What a plan says about itself."""

from gitops.model.change import Action, Change, VersionRef
from gitops.model.plan import Plan
from gitops.model.step import CreateEndpoint, PushModelCard, subject
from tests.builders import IDENTITY, make_card, make_desired, make_endpoint, make_live, make_plan, make_version

PUSH = PushModelCard(wave=0, model="aloha", digest="sha256:1", files=1, size_bytes=1)
CREATE = CreateEndpoint(
    wave=1,
    endpoint="north",
    model="aloha",
    version=VersionRef(name="v0"),
    replicas=1,
    gpus_per_replica=0,
    progress_deadline_s=60,
)


def test_a_push_is_about_its_model_card():
    assert "model card aloha" == subject(PUSH)


def test_any_other_step_is_about_its_endpoint():
    assert "endpoint north" == subject(CREATE)


def test_the_change_of_an_endpoint_is_found_by_name():
    north = Change(endpoint="north", action=Action.CREATE)
    south = Change(endpoint="south", action=Action.UPDATE)
    plan = Plan(project="p", environment="e", platform=IDENTITY, changes=(north, south))

    assert (south, None) == (plan.change("south"), plan.change("east"))


def test_to_adopt_is_to_do_something_also_without_a_step():
    plan = Plan(project="p", environment="e", platform=IDENTITY)
    adopts = plan.model_copy(update={"changes": (Change(endpoint="north", action=Action.NOOP, adopts=True),)})

    assert (False, True) == (plan.does_something, adopts.does_something)
    assert {"north"} == adopts.adopted


def test_a_plan_survives_its_way_through_json():
    desired = make_desired(make_endpoint(replicas=3), make_card(marker="two"))
    plan = make_plan(desired, make_live(), [make_version()]).plan
    assert plan is not None
    assert plan == Plan.model_validate_json(plan.model_dump_json())
