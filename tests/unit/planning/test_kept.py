"""Fields that differ as they are written and are no change: each with whose it is."""

from typing import Any

import pytest

from gitops.model.autoscale import Autoscale, Bounds, LiveAutoscale
from gitops.model.change import VersionRef
from gitops.model.field import Traits
from gitops.model.live import ABSENT
from gitops.model.plan import Keeper, KeptField, Plan
from gitops.model.resource import Resource, ResourceType
from gitops.planning.byhand import in_reach
from gitops.planning.kept import kept_fields
from gitops.planning.remembered import Remembered
from gitops.planning.versions import Wanted
from tests.builders import (
    DEVICES,
    TRAITS,
    WHOLE,
    declare,
    make_applied,
    make_desired,
    make_endpoint,
    make_entry,
    make_live,
    make_plan,
    make_version,
)

POLICY = Autoscale(min_replicas=2, max_replicas=6, requests_per_replica=10)
THERE = {"resource": DEVICES}
TWO = Resource(type=ResourceType.ON_PREMISE, master="101", workers=("102", "103"))
BACKWARDS = TWO.model_copy(update={"workers": ("103", "102")})
ELSEWHERE = Resource(type=ResourceType.ON_PREMISE, master="101", workers=("102", "104"))


def kept(
    live: dict[str, Any], declared: dict[str, Any], traits: Traits = WHOLE, not_compared: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    written, there = declare(make_endpoint(**declared)), make_live(**live)
    wanted, planned = Wanted(VersionRef(name="v0"), not_compared=not_compared), in_reach(written, there, traits.fields)
    return [(one.field, str(one.keeper)) for one in kept_fields(written, planned, there, there, wanted, traits)]


@pytest.mark.parametrize(
    ("live", "declared", "expected"),
    [
        (THERE, THERE, []),
        ({"resource": TWO}, {"resource": BACKWARDS}, [("resource", "unordered")]),
        ({"resource": TWO}, {"resource": ELSEWHERE}, []),
        ({"resource": None}, THERE, [("resource", "write-only")]),
        ({"resource": DEVICES}, {}, [("resource", "server-default")]),
        ({"gpus_per_replica": 2}, {}, [("gpus_per_replica", "server-default")]),
        ({"gpus_per_replica": 0}, {}, []),
        ({"gpus_per_replica": 2, "gpus_told": False}, {}, []),
        ({"gpus_per_replica": 2}, {"gpus_per_replica": 1}, []),
        ({"bounds": POLICY.bounds, "replicas": 3}, {"autoscale": POLICY}, [("autoscale", "write-only")]),
        ({"bounds": Bounds(min_replicas=1, max_replicas=2)}, {"autoscale": POLICY}, []),
        ({"autoscale": LiveAutoscale(policy=POLICY), "replicas": 3}, {"autoscale": POLICY}, []),
        (
            {"autoscale": LiveAutoscale(policy=POLICY), "replicas": 3},
            {"autoscale": POLICY, "replicas": 4},
            [("replicas", "autoscaler-owned")],
        ),
        ({"autoscale": LiveAutoscale(policy=POLICY), "replicas": 7}, {"autoscale": POLICY, "replicas": 4}, []),
    ],
)
def test_a_field_that_is_somebody_elses_is_told_with_whose_it_is(live, declared, expected):
    assert expected == kept(live, declared)


def test_gpus_that_the_tool_can_change_are_nobody_elses():
    assert [] == kept({"gpus_per_replica": 2}, {}, TRAITS)


def test_gpus_that_the_tool_can_change_and_nobody_tells_are_taken_as_declared():
    assert [("gpus_per_replica", "write-only")] == kept({"gpus_told": False}, {"gpus_per_replica": 2}, TRAITS)


def test_no_autoscaler_owns_a_number_before_people_have_turned_it_on():
    assert [] == kept({"replicas": 3, **THERE}, {"autoscale": POLICY, "replicas": 4, **THERE}, WHOLE)


def test_secrets_that_cannot_be_compared_are_told_by_name_only():
    assert [("environment_variables", "write-only")] == kept({}, {}, TRAITS, ("KEY", "TOKEN"))


@pytest.mark.parametrize(
    ("live", "declared"),
    [
        ({"resource": TWO}, {"resource": BACKWARDS}),
        ({"resource": None}, THERE),
        ({"resource": DEVICES, "gpus_per_replica": 2}, {}),
        ({"bounds": POLICY.bounds, "replicas": 3, **THERE}, {"autoscale": POLICY, "replicas": 4, **THERE}),
    ],
)
def test_what_is_only_that_is_no_change(live, declared):
    plan = planned(live, declared)

    assert plan.kept
    assert ((), ()) == (plan.changes, plan.steps)
    assert plan == Plan.model_validate_json(plan.model_dump_json())


def test_it_is_told_beside_a_change_too():
    plan = planned({"resource": TWO}, {"resource": BACKWARDS, "replicas": 3})

    assert [Keeper.UNORDERED] == [one.keeper for one in plan.kept]
    assert ["replicas"] == [field.field for field in plan.changes[0].fields]


def test_workers_in_another_order_make_no_other_plan():
    plans = [planned({"resource": told}, {"resource": ELSEWHERE}) for told in (TWO, BACKWARDS)]

    assert plans[0].steps == plans[1].steps
    assert plans[0].fingerprint == plans[1].fingerprint


def test_of_what_is_not_there_nothing_is_kept():
    assert () == planned(None, THERE).kept


def test_a_line_says_what_is_declared_and_what_is_there():
    assert planned({"resource": TWO}, {"resource": BACKWARDS}).kept == (
        KeptField(
            endpoint="aloha",
            field="resource",
            declared=BACKWARDS,
            live=TWO,
            keeper=Keeper.UNORDERED,
            note="the same workers in another order: declared 103 102, live 102 103",
        ),
    )


def planned(live: dict[str, Any] | None, declared: dict[str, Any]) -> Plan:
    there = ABSENT if live is None else make_live(**live)
    found = make_plan(make_desired(make_endpoint(**declared)), there, [make_version()], traits=WHOLE)
    assert found.plan is not None, found.diagnostics
    return found.plan


OTHER = POLICY.model_copy(update={"requests_per_replica": 20})


@pytest.mark.parametrize(
    ("traits", "applied", "declared", "changed"),
    [
        (TRAITS, POLICY, OTHER, ["autoscale"]),
        (TRAITS, POLICY, POLICY, []),
        (TRAITS, None, OTHER, []),
        (WHOLE, POLICY, OTHER, []),
    ],
)
def test_what_is_never_given_back_is_compared_with_what_was_last_applied(traits, applied, declared, changed):
    place = {"resource": DEVICES} if traits is WHOLE else {}
    live = make_live(bounds=POLICY.bounds, replicas=3, **place)
    entry = make_entry(live).model_copy(update={"applied": make_applied(live, autoscale=applied)})
    plan = make_plan(
        make_desired(make_endpoint(autoscale=declared, **place)),
        live,
        [make_version()],
        traits=traits,
        remembered=Remembered(entries={"aloha": entry}),
    ).plan
    assert plan is not None

    assert changed == [field.field for change in plan.changes for field in change.fields]
    assert (["write-only"] if not changed else []) == [one.keeper for one in plan.kept]
