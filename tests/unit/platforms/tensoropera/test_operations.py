import pytest

from gitops.errors import UsageError
from gitops.model.operation import OperationRow
from gitops.platforms.tensoropera.operations import ARGUMENTS, KNOWN, READS, table, where_manual
from gitops.platforms.tensoropera.templates import filled, filled_path, filled_query, placeholders


def row(**keys):
    return OperationRow(**{"method": "POST", "path": "/x", "auth": "body:apiKey", "body": {}, **keys})


def test_every_known_row_names_only_what_is_filled():
    assert {} == {
        name: missing
        for name, known in KNOWN.items()
        if (missing := placeholders([known.path, known.query, known.body]) - ARGUMENTS[name])
    }
    assert KNOWN.keys() <= ARGUMENTS.keys()
    assert READS <= KNOWN.keys()


def test_a_row_of_the_environment_takes_the_place_of_the_known_one():
    mine = row(path="/mine")

    rows = table({"set_replicas": mine, "set_gpus": mine})

    assert rows["set_replicas"] is mine
    assert rows["logs"] is KNOWN["logs"]
    assert ["set_autoscale"] == list(where_manual(rows))


@pytest.mark.parametrize(
    ("name", "keys", "words"),
    [
        ("set_replica", {}, "operations.set_replica of the environment is an operation that gitops does not know"),
        ("set_replicas", {"body": {"a": [{"b": "x{replcas}"}]}}, "operations.set_replicas .* names {replcas}"),
        ("set_gpus", {"path": "/x/{gpu}"}, "names {gpu}"),
        ("logs", {"query": {"q": "{replicas}"}}, "names {replicas}"),
        ("logs", {"method": "GET", "body": None}, "is a GET, which has no body"),
    ],
)
def test_a_row_that_cannot_work_is_refused_by_name(name, keys, words):
    with pytest.raises(UsageError, match=words):
        table({name: row(**keys)})


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{id}", 1234567890123456789),
        ("{none}", None),
        ("{flag}", True),
        ("n-{id}-{flag}-{name}", "n-1234567890123456789-true-ä/b c"),
        (
            {"a": ["{id}", {"b": "{list}"}], "c": 3, "d": None},
            {"a": [1234567890123456789, {"b": [1]}], "c": 3, "d": None},
        ),
        ("{NOT one}", "{NOT one}"),
    ],
)
def test_an_argument_keeps_its_type_where_it_stands_alone(template, expected):
    arguments = {"id": 1234567890123456789, "none": None, "flag": True, "name": "ä/b c", "list": [1]}

    assert expected == filled(template, arguments)


def test_names_in_a_path_are_encoded_so_that_they_stay_one_piece():
    assert "/x/%C3%A4%2F..%2F%3Fb/y" == filled_path("/x/{name}/y", {"name": "ä/../?b"})


def test_a_query_leaves_away_what_is_null():
    assert {"a": "1", "b": "x", "c": "false"} == filled_query(
        {"a": "{one}", "b": "x", "c": "{no}", "d": "{null}"}, {"one": 1, "no": False, "null": None}
    )
