"""From desired and live to ordered steps."""

import pytest

from gitops.diagnostics import Code
from gitops.model.live import ABSENT, Phase
from gitops.model.plan import Plan
from gitops.model.secret import Secret
from gitops.model.step import CreateEndpoint, PushModelCard, RollOut, Scale, Target
from tests.builders import make_card, make_desired, make_endpoint, make_live, make_plan, make_rollout, make_version

V0, V1 = make_version("v0"), make_version("v1", make_card(marker="two"))
TWO = make_card(marker="two")


def planned(*args, **kwargs) -> Plan:
    found = make_plan(*args, **kwargs)
    assert found.plan is not None, found.diagnostics
    return found.plan


def kinds(plan: Plan) -> list[str]:
    return [step.kind for step in plan.steps]


def test_what_is_as_declared_has_no_change_and_no_step():
    plan = planned(make_desired(), make_live(), [V0])

    assert ((), (), 1) == (plan.changes, plan.steps, plan.counts.unchanged)


def test_a_card_that_was_never_pushed_is_pushed_before_its_endpoint_is_created():
    plan = planned(make_desired(make_endpoint(replicas=2)), ABSENT)
    push, create = plan.steps

    assert isinstance(push, PushModelCard)
    assert isinstance(create, CreateEndpoint)
    assert (0, 1) == (push.wave, create.wave)
    assert (None, push.digest) == (create.version.name, create.version.digest)


def test_a_push_says_how_much_it_carries_and_which_secrets():
    card = make_card(environment_variables={"TOKEN": Secret("x", reference="HOME_TOKEN"), "PLAIN": "1"})
    (push, _) = planned(make_desired(cards=card), ABSENT).steps

    assert isinstance(push, PushModelCard)
    assert (1, card.size, {"TOKEN": None}, "never pushed") == (push.files, push.size_bytes, push.secrets, push.reason)


def test_a_version_that_the_platform_has_is_not_pushed():
    assert ["create_endpoint"] == kinds(planned(make_desired(), ABSENT, [V0]))


def test_a_card_that_two_endpoints_ask_for_is_pushed_once():
    desired = make_desired([make_endpoint("north"), make_endpoint("south")])

    assert ["push_model_card", "create_endpoint", "create_endpoint"] == kinds(planned(desired, ABSENT))


def test_a_named_version_never_pushes():
    desired = make_desired(make_endpoint(version="v1"), make_card(marker="three"))

    assert ["roll_out"] == kinds(planned(desired, make_live(), [V0, V1]))


def test_more_replicas_come_before_the_rollout_and_it_counts_them():
    plan = planned(make_desired(make_endpoint(replicas=4), TWO), make_live(replicas=2), [V0, V1])
    scale, roll_out = plan.steps

    assert isinstance(scale, Scale)
    assert isinstance(roll_out, RollOut)
    assert (2, 4, 4) == (scale.from_replicas, scale.to_replicas, roll_out.replicas)


def test_fewer_replicas_come_after_the_rollout_which_counts_the_old_number():
    plan = planned(make_desired(make_endpoint(replicas=2), TWO), make_live(replicas=4), [V0, V1])
    roll_out, scale = plan.steps

    assert isinstance(scale, Scale)
    assert isinstance(roll_out, RollOut)
    assert (4, 4, 2) == (roll_out.replicas, scale.from_replicas, scale.to_replicas)


@pytest.mark.parametrize("replicas", [1, 3])
def test_where_nothing_serves_the_number_comes_first_in_both_directions(replicas: int):
    live = make_live(version=None, replicas=2, phase=Phase.FAILED)
    plan = planned(make_desired(make_endpoint(replicas=replicas), TWO), live, [V0, V1])

    assert ["scale", "roll_out"] == kinds(plan)
    assert isinstance(plan.steps[1], RollOut)
    assert (replicas, (replicas,)) == (plan.steps[1].replicas, plan.steps[1].checkpoints)


def test_a_rollout_has_the_checkpoints_of_its_batches():
    rollout = {"batches": [1, "50%"], "max_surge": 2, "max_unavailable": "25%", "progress_deadline": "2m"}
    plan = planned(make_desired(make_endpoint(replicas=4, rollout=rollout), TWO), make_live(replicas=4), [V0, V1])
    (step,) = plan.steps

    assert isinstance(step, RollOut)
    assert ((1, 2, 4), 2, "25%", 120) == (
        step.checkpoints,
        step.max_surge,
        step.max_unavailable,
        step.progress_deadline_s,
    )
    assert ("v0", "v1") == (step.from_version and step.from_version.name, step.to_version.name)


def test_a_change_of_gpus_is_a_rollout_of_the_same_version_with_its_checkpoints():
    plan = planned(
        make_desired(make_endpoint(replicas=2, gpus_per_replica=2, rollout={"batches": [1]})),
        make_live(replicas=2, gpus_per_replica=1),
        [V0],
    )
    (step,) = plan.steps

    assert isinstance(step, RollOut)
    assert step.from_version == step.to_version
    assert (1, 2, (1, 2)) == (step.from_gpus_per_replica, step.gpus_per_replica, step.checkpoints)


def test_going_back_from_an_abandoned_rollout_needs_no_checkpoints_on_the_way():
    live = make_live(replicas=4, phase=Phase.PAUSED, rollout=make_rollout("v1"))
    desired = make_desired(make_endpoint(replicas=4, rollout={"batches": [1, "50%"]}))
    plan = planned(desired, live, [V0, V1])
    (step,) = plan.steps

    assert isinstance(step, RollOut)
    assert ("v1", "v0", (4,)) == (step.from_version and step.from_version.name, step.to_version.name, step.checkpoints)
    assert Target(version="v1", gpus_per_replica=0) == step.abandons
    assert [Code.ROLLOUT_IN_PROGRESS] == [warning.code for warning in plan.warnings]


def test_gpus_are_counted_over_all_declared_endpoints_before_and_after():
    desired = make_desired(
        [make_endpoint("north", replicas=3, gpus_per_replica=2), make_endpoint("south", gpus_per_replica=1)]
    )
    plan = planned(desired, {"north": make_live("north", replicas=2, gpus_per_replica=1), "south": ABSENT}, [V0])

    assert (2, 7) == (plan.gpus.before, plan.gpus.after)


def test_changes_are_sorted_by_endpoint_and_counted_by_what_they_do():
    names = ["west", "north", "east"]
    live = {"west": ABSENT, "north": make_live("north", replicas=2), "east": make_live("east")}
    plan = planned(make_desired([make_endpoint(name) for name in names]), live, [V0])

    assert ["north", "west"] == [change.endpoint for change in plan.changes]
    assert (1, 1, 1) == (plan.counts.create, plan.counts.update, plan.counts.unchanged)


def test_an_error_refuses_the_plan_and_brings_everything_else_along():
    desired = make_desired(
        [make_endpoint("north", version="v9"), make_endpoint("south", rollout={"max_surge": 0})],
        [make_card(), make_card("spare")],
    )
    found = make_plan(desired, ABSENT, [V0])

    assert found.plan is None
    assert [Code.UNKNOWN_VERSION, Code.NO_ROLLOUT_ROOM, Code.UNUSED_CARD] == [one.code for one in found.diagnostics]


def test_another_model_is_refused_with_the_advice_to_use_a_new_name():
    found = make_plan(make_desired(), make_live(model="bonjour"), [V0])

    assert found.plan is None
    assert [Code.IMMUTABLE_FIELD] == [one.code for one in found.diagnostics]
    assert "new endpoint name" in found.diagnostics[0].hint


@pytest.mark.parametrize(
    ("rollout", "hint"),
    [
        ({"max_surge": 0, "max_unavailable": 1}, "set max_unavailable to 0 and max_surge to 1"),
        ({"max_surge": 1, "max_unavailable": 1}, "lower max_unavailable"),
    ],
)
def test_downtime_is_warned_of_with_the_way_to_avoid_it(rollout, hint: str):
    plan = planned(make_desired(make_endpoint(rollout=rollout), TWO), make_live(), [V0, V1])

    assert [(Code.DOWNTIME, hint)] == [(warning.code, warning.hint) for warning in plan.warnings]


def test_a_secret_that_cannot_be_compared_is_warned_of():
    plan = planned(make_desired(), make_live(), [V0], secrets={"aloha": {"TOKEN": None}})

    assert ([Code.SECRET_NOT_COMPARABLE], ()) == ([warning.code for warning in plan.warnings], plan.steps)


def test_warnings_of_the_files_travel_with_the_plan():
    plan = planned(make_desired(cards=make_card(shm_size="8G")), ABSENT)

    assert [Code.KEY_NOT_ACTED_ON] == [warning.code for warning in plan.warnings]
