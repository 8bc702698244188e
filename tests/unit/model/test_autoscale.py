"""Bounds and policies: what they allow, how they read, and that they come back from the wire as they went."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gitops.model.autoscale import Autoscale, Bounds, bounds_text, policy_move, policy_text
from gitops.wire.messages import PutAutoscale
from tests.builders import make_endpoint


def policy(**fields) -> Autoscale:
    return Autoscale(**{"min_replicas": 2, "max_replicas": 8, "requests_per_replica": 10, **fields})


@pytest.mark.parametrize(("running", "nearest"), [(1, 2), (2, 2), (5, 5), (8, 8), (9, 8)])
def test_the_nearest_number_within_the_bounds(running: int, nearest: int):
    assert (policy().within(running), policy().allows(running)) == (nearest, nearest == running)


def test_bounds_are_in_order_and_above_zero():
    for least, most in [(3, 2), (0, 2), (1, 1001)]:
        with pytest.raises(ValidationError):
            Bounds(min_replicas=least, max_replicas=most)


def test_a_policy_has_tensoroperas_defaults_for_its_times():
    found = Autoscale(max_replicas=2, requests_per_replica=1)

    assert (found.min_replicas, found.window, found.scale_down_delay) == (1, 60, 120)


def test_a_policy_in_words():
    assert policy_text(policy()) == "2..8, 10 requests per replica in 60s, down after 120s"
    assert policy_text(policy(requests_per_replica=1, window="1.5m", scale_down_delay=0)) == (
        "2..8, 1 request per replica in 90s, down at once"
    )
    assert bounds_text(policy()) == "2..8"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"max_replicas": 9}, ("2..8", "2..9")),
        ({"window": 30}, ("10 requests per replica in 60s", "10 requests per replica in 30s")),
        ({"min_replicas": 1, "scale_down_delay": 0}, ("2..8, down after 120s", "1..8, down at once")),
    ],
)
def test_two_policies_are_told_apart_by_what_differs(changed: dict, words: tuple[str, str]):
    assert policy_move(policy(), policy(**changed)) == words


@given(st.floats(0.001, 86_400), st.floats(0, 86_400))
def test_a_policy_comes_back_from_the_wire_as_it_went(window: float, delay: float):
    sent = PutAutoscale(policy=policy(window=window, scale_down_delay=delay))

    assert PutAutoscale.model_validate_json(sent.model_dump_json()) == sent


@pytest.mark.parametrize(("written", "first"), [({}, 2), ({"replicas": 5}, 5)])
def test_an_endpoint_begins_with_what_is_written_else_with_the_least(written: dict, first: int):
    assert make_endpoint(autoscale=policy(), **written).first_replicas == first
    assert make_endpoint(**written).first_replicas == written.get("replicas", 1)


@pytest.mark.parametrize("replicas", [1, 9])
def test_a_number_to_begin_with_lies_within_the_bounds(replicas: int):
    with pytest.raises(ValidationError, match="must be from 2 to 8 under autoscale"):
        make_endpoint(autoscale=policy(), replicas=replicas)
