import pytest

from gitops.model.autoscale import Autoscale, Bounds
from gitops.model.resource import resource_text
from gitops.views.values import move_text, value_text
from tests.unit.views.plans import DEVICES, NEW, OLD, POLICY


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (OLD, "v1 (sha256:1a1a1a1a1a1a)"),
        (POLICY, "1..8, 10 requests per replica in 60s, down after 120s"),
        (Bounds(min_replicas=2, max_replicas=3), "2..3"),
        (DEVICES, resource_text(DEVICES)),
        (4, "4"),
        ("absent", "absent"),
        (None, "(none)"),
    ],
)
def test_every_value_has_its_words(value, words):
    assert value_text(value) == words


def test_of_two_policies_only_what_differs_is_shown():
    other = Autoscale(min_replicas=2, max_replicas=8, requests_per_replica=10)

    assert move_text(POLICY, other) == ("1..8", "2..8")


def test_equal_policies_are_shown_whole():
    assert move_text(POLICY, POLICY) == (value_text(POLICY), value_text(POLICY))


def test_any_other_values_are_shown_whole():
    assert move_text(OLD, NEW) == ("v1 (sha256:1a1a1a1a1a1a)", "new (sha256:9c9c9c9c9c9c)")
