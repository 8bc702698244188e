"""Pushing a card: once, as planned, and never what the platform has."""

from pathlib import Path

from gitops.errors import ErrorCode
from gitops.model.event import Outcome
from gitops.model.secret import Secret
from tests.builders import make_card, make_desired, make_endpoint
from tests.fakes.platform import Fault, server_fault, unreachable
from tests.fakes.world import World


def test_a_push_packs_the_card_once_and_answers_the_version():
    world = World()
    result = world.apply(make_desired())

    assert (Outcome.SUCCEEDED, "v0") == (result.steps[0].outcome, result.steps[0].result)
    assert ["aloha"] == world.packager.packed


def test_what_somebody_pushed_meanwhile_is_neither_packed_nor_pushed():
    world, desired = World(), make_desired()
    plan = world.plan(desired)
    world.platform.push(desired.cards["aloha"], Path("/nowhere"))
    result = world.execute(plan, desired)

    assert (Outcome.UNCHANGED, "v0") == (result.steps[0].outcome, result.steps[0].result)
    assert [] == world.packager.packed
    assert "v0" == world.platform.live("aloha").version


def test_a_card_that_changed_since_the_plan_is_not_pushed():
    world, desired = World(), make_desired()
    plan = world.plan(desired)
    result = world.execute(plan, make_desired(cards=make_card(marker="two")))

    assert ErrorCode.STALE_PLAN == result.steps[0].error.code
    assert [] == world.platform.writes


def test_a_changed_secret_makes_a_new_version_of_the_same_content():
    world = World()
    for value in ("old", "new"):
        card = make_card(environment_variables={"TOKEN": Secret(value, reference="TOKEN")})
        world.apply(make_desired(cards=card))
    versions = world.platform.pushed("aloha")

    assert ["v0", "v1"] == [version.name for version in versions]
    assert versions[0].digest == versions[1].digest
    assert "v1" == world.platform.live("aloha").version


def test_a_push_whose_answer_is_lost_is_found_again():
    for fault in (unreachable(), server_fault()):
        world = World()
        world.platform.faults[4] = Fault(fault, after=True)  # 1 and 2 plan, 3 looks for the version
        result = world.apply(make_desired(make_endpoint()))

        assert Outcome.SUCCEEDED == result.outcome
        assert 1 == sum(call.method == "push" for call in world.platform.calls)
        assert 1 == len(world.platform.pushed("aloha"))
