"""Fields that only people can change: lines until reading back shows them, and nothing else that depends on them."""

from typing import Any

import pytest

from gitops.model.autoscale import Autoscale, Bounds, LiveAutoscale
from gitops.model.live import ABSENT, Absent, Live
from gitops.model.step import RollOut, SetAutoscale
from gitops.planning.byhand import in_reach, left_by_hand
from tests.builders import DEVICES, WHOLE, declare, make_card, make_desired, make_endpoint, make_live, make_plan

POLICY = Autoscale(min_replicas=2, max_replicas=6, requests_per_replica=10)
OTHER = Autoscale(min_replicas=1, max_replicas=4, requests_per_replica=10)


def lines(live: Live | Absent, **fields: Any) -> list[tuple[str, object, object]]:
    found = left_by_hand(declare(make_endpoint(resource=DEVICES, **fields)), live, WHOLE.fields)
    return [(line.field, line.old, line.new) for line in found]


@pytest.mark.parametrize(
    ("live", "declared", "expected"),
    [
        ({}, {}, []),
        ({}, {"autoscale": POLICY}, [("autoscale", None, POLICY)]),
        ({"autoscale": LiveAutoscale(policy=POLICY)}, {"autoscale": POLICY}, []),
        ({"autoscale": LiveAutoscale(policy=OTHER)}, {"autoscale": POLICY}, [("autoscale", OTHER, POLICY)]),
        ({"bounds": POLICY.bounds}, {"autoscale": POLICY}, []),
        ({"bounds": OTHER.bounds}, {"autoscale": POLICY}, [("autoscale", OTHER.bounds, POLICY)]),
        ({"bounds": OTHER.bounds}, {}, [("autoscale", OTHER.bounds, None)]),
        ({"gpus_per_replica": 4}, {}, []),
        ({"gpus_per_replica": 4}, {"gpus_per_replica": 4}, []),
        ({"gpus_per_replica": 4}, {"gpus_per_replica": 2}, [("gpus_per_replica", 4, 2)]),
        ({"gpus_told": False}, {"gpus_per_replica": 0}, [("gpus_per_replica", None, 0)]),
        ({"gpus_told": False}, {}, []),
    ],
)
def test_a_line_stands_as_long_as_reading_back_does_not_show_it(live, declared, expected):
    assert expected == lines(make_live(**live), **declared)


def test_what_is_to_be_created_has_its_lines_already():
    assert ["autoscale", "gpus_per_replica"] == [
        name for name, _, _ in lines(ABSENT, autoscale=POLICY, replicas=2, gpus_per_replica=1)
    ]


@pytest.mark.parametrize(
    ("live", "declared", "replicas"),
    [
        ({"replicas": 1}, {"autoscale": POLICY}, 2),
        ({"replicas": 5}, {"autoscale": POLICY}, 5),
        ({"replicas": 3, "bounds": Bounds(min_replicas=1, max_replicas=4)}, {"replicas": 2}, 3),
        ({"replicas": 1, "bounds": Bounds(min_replicas=1, max_replicas=4)}, {"autoscale": POLICY}, 1),
    ],
)
def test_a_number_belongs_to_whoever_scales(live, declared, replicas):
    found = in_reach(declare(make_endpoint(**declared)), make_live(**live), WHOLE.fields)

    assert (None, replicas) == (found.endpoint.autoscale, found.endpoint.replicas)


def test_steps_carry_what_is_there_of_what_only_people_change():
    desired = make_desired(
        make_endpoint(resource=DEVICES, gpus_per_replica=2, autoscale=POLICY, replicas=2), make_card(marker="two")
    )
    plan = make_plan(desired, make_live(replicas=2, online=2, gpus_per_replica=4, resource=DEVICES), traits=WHOLE).plan
    assert plan is not None
    (step,) = [step for step in plan.steps if isinstance(step, RollOut)]

    assert (4, 4) == (step.from_gpus_per_replica, step.gpus_per_replica)
    assert not [step for step in plan.steps if isinstance(step, SetAutoscale)]
    assert (8, 8, 0) == (plan.gpus.before, plan.gpus.after, plan.gpus.untold)


def test_gpus_that_nobody_tells_are_not_counted():
    plan = make_plan(
        make_desired(make_endpoint(resource=DEVICES, gpus_per_replica=2)),
        make_live(online=1, gpus_told=False, resource=DEVICES),
        traits=WHOLE,
    ).plan
    assert plan is not None

    assert (0, 0, 1) == (plan.gpus.before, plan.gpus.after, plan.gpus.untold)
