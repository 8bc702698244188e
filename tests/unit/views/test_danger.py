import pytest

from gitops.model.autoscale import Autoscale, Bounds
from gitops.model.change import Action
from gitops.model.field import Effect
from gitops.views.danger import Danger, change_danger, dangerous_first, loses
from tests.unit.views.plans import NEW, OLD, POLICY, change, field, removal

VERSION = field("version", OLD, NEW, Effect.ROLLING)
DOWNTIME = field("gpus_per_replica", 0, 1, Effect.DOWNTIME)
FEWER = field("replicas", 4, 2)
MORE = field("replicas", 2, 4)


@pytest.mark.parametrize(
    ("shown", "danger"),
    [
        (removal(), Danger.DELETION),
        (change(adopts=True), Danger.ADOPTION),
        (change(action=Action.NOOP, adopts=True), Danger.ADOPTION),
        (change(MORE, DOWNTIME), Danger.DOWNTIME),
        (change(field("model", "a", "b", Effect.IMMUTABLE)), Danger.DOWNTIME),
        (change(VERSION, FEWER), Danger.LOSS),
        (change(MORE, VERSION), Danger.ROLLING),
        (change(MORE), Danger.OTHER),
        (change(DOWNTIME, action=Action.CREATE), Danger.OTHER),
    ],
)
def test_a_change_is_as_dangerous_as_the_worst_of_it(shown, danger):
    assert change_danger(shown) is danger


def test_a_rollout_that_is_taken_back_without_a_field_is_one():
    assert change_danger(change()) is Danger.ROLLING


def test_the_dangerous_stand_first_and_equals_by_name():
    shown = [
        change(MORE, endpoint="a"),
        change(VERSION, endpoint="b"),
        removal("z"),
        removal("y"),
        change(FEWER, endpoint="c"),
        change(DOWNTIME, endpoint="d"),
        change(endpoint="e", adopts=True),
    ]

    assert [one.endpoint for one in dangerous_first(shown)] == ["y", "z", "e", "d", "c", "b", "a"]


@pytest.mark.parametrize(
    ("old", "new", "fewer"),
    [
        (4, 2, True),
        (2, 4, False),
        (POLICY, Autoscale(min_replicas=1, max_replicas=4, requests_per_replica=10), True),
        (Bounds(min_replicas=2, max_replicas=8), POLICY, True),
        (POLICY, Bounds(min_replicas=2, max_replicas=8), False),
        (4, Bounds(min_replicas=1, max_replicas=8), True),
        (None, POLICY, False),
        (OLD, NEW, False),
    ],
)
def test_less_of_a_number_or_a_bound_is_a_loss(old, new, fewer):
    assert loses(old, new) is fewer
