import time

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops.sources.cycles import cycles

names = st.sampled_from("abcdefg")
graphs = st.dictionaries(names, st.lists(names, unique=True, max_size=4), max_size=7)


def test_a_graph_without_a_circle_has_none():
    assert list(cycles({"a": ["b", "c"], "b": ["c"], "c": []})) == []


def test_a_circle_is_told_once_in_its_order():
    assert list(cycles({"a": ["b"], "b": ["c"], "c": ["b"]})) == [("b", "c")]


def test_two_circles_apart_are_both_told():
    assert list(cycles({"a": ["b"], "b": ["a"], "c": ["d", "a"], "d": ["c"]})) == [("a", "b"), ("c", "d")]


def test_a_name_that_leads_to_itself_is_a_circle_of_one():
    assert list(cycles({"a": ["a"]})) == [("a",)]


def test_a_name_that_is_not_in_the_graph_leads_nowhere():
    assert list(cycles({"a": ["z"]})) == []


def test_a_circle_of_ten_thousand_names_takes_no_recursion():
    graph = {str(number): [str((number + 1) % 10_000)] for number in range(10_000)}

    (found,) = cycles(graph)

    assert len(found) == 10_000


@settings(derandomize=True, max_examples=300, deadline=None)
@given(graph=graphs)
def test_circles_are_told_exactly_where_there_are_any_and_none_shares_a_name(graph):
    found = list(cycles(graph))
    told = [name for circle in found for name in circle]

    assert len(set(told)) == len(told)
    for circle in found:
        assert all(after in graph[name] for name, after in zip(circle, (*circle[1:], circle[0]), strict=True))
    rest = dict(graph)
    while ends := [name for name, edges in rest.items() if not any(edge in rest for edge in edges)]:
        for name in ends:
            del rest[name]
    assert bool(rest) == bool(found)


def test_many_circles_with_one_name_in_common_take_no_longer_than_their_edges():
    size = 3_000
    graph = {str(number): [str(number + 1), "0"] for number in range(size)} | {str(size): ["0"]}
    started = time.process_time()

    assert len(list(cycles(graph))) == 1
    assert time.process_time() - started < 2
