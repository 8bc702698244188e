"""How deep endpoints stand, which tells their waves."""

from itertools import permutations

import pytest

from gitops.planning.waves import levels

NEEDS = {"a": ("b", "c"), "b": (), "c": ("b",), "d": ("a", "elsewhere")}


@pytest.mark.parametrize("order", list(permutations(NEEDS)), ids="".join)
def test_an_endpoint_stands_above_everything_that_it_depends_on_in_whatever_order_they_are_told(order):
    for needs in permutations(NEEDS["a"]):
        graph = {**{name: NEEDS[name] for name in order}, "a": needs}

        assert {"b": 0, "c": 1, "a": 2, "d": 3} == levels(graph)


def test_a_cycle_has_an_end():
    assert {"a", "b", "c"} == levels({"a": ("b",), "b": ("c",), "c": ("a",)}).keys()


def test_a_long_chain_is_no_matter():
    chain = {f"{number}": (f"{number + 1}",) for number in range(5000)}

    assert 4999 == levels(chain)["0"]
