import pytest

from gitops.diagnostics import Code
from gitops.model.secret import Secret
from gitops.sources.variables import MAX_PROBLEMS, UNNEEDED, Filling, Scope, from_environ, layered

VARIABLES = {"team": "demo", "count": 2, "on": True, "share": 0.5}


def filled(value, environ=None, secret=("key",)):
    filling = Filling(Scope(VARIABLES, {"TOKEN": "hunter2"} if environ is None else environ, lambda way: way == secret))
    return filling.fill(value), [(problem.code, problem.steps) for problem in filling.problems]


@pytest.mark.parametrize(("text", "value"), [("${var:count}", 2), ("${var:on}", True), ("${var:share}", 0.5)])
def test_a_whole_reference_keeps_the_type_of_the_variable(text, value):
    assert filled({"a": text}) == ({"a": value}, [])


def test_a_reference_in_a_text_becomes_text():
    assert filled("${var:team}-${var:count}-${var:on}") == ("demo-2-true", [])


def test_references_are_found_at_any_depth():
    assert filled({"a": [{"b": "x-${var:team}"}]}) == ({"a": [{"b": "x-demo"}]}, [])


@pytest.mark.parametrize(
    ("text", "value"),
    [("$${var:team}", "${var:team}"), ("a $${ b", "a ${ b"), ("${HOME}/x", "${HOME}/x"), ("$x {y}", "$x {y}")],
)
def test_what_is_no_reference_stays(text, value):
    assert filled(text) == (value, [])


def test_what_a_variable_holds_is_not_filled_in_again():
    scope = Scope({"a": "${var:b}"}, {}, lambda way: False)

    assert Filling(scope).fill("x${var:a}") == "x${var:b}"


def test_an_unknown_variable_is_a_problem_with_a_guess():
    filling = Filling(Scope(VARIABLES, {}, lambda way: False))
    filling.fill({"a": "${var:tema}"})

    assert [(problem.code, problem.steps, problem.hint) for problem in filling.problems] == [
        (Code.UNKNOWN_VARIABLE, ("a",), "did you mean team?")
    ]


def test_every_reference_of_a_text_is_looked_at():
    assert filled("${var:x} ${var:y} ${env:TOKEN}")[1] == [
        (Code.UNKNOWN_VARIABLE, ()),
        (Code.UNKNOWN_VARIABLE, ()),
        (Code.ENV_NOT_ALLOWED, ()),
    ]


@pytest.mark.parametrize("text", ["${var:team", "x ${env:TOKEN"])
def test_a_reference_that_is_not_closed_is_a_problem(text):
    assert filled({"a": text})[1] == [(Code.INVALID_VALUE, ("a",))]


def test_a_secret_field_takes_a_value_from_the_environment_and_remembers_its_name():
    value, problems = filled({"key": "${env:TOKEN}"})

    assert value == {"key": Secret("hunter2", "TOKEN")}
    assert problems == []


def test_any_other_field_does_not():
    assert filled({"a": "${env:TOKEN}"})[1] == [(Code.ENV_NOT_ALLOWED, ("a",))]


def test_a_secret_is_the_whole_value_or_none_of_it():
    assert filled({"key": "Bearer ${env:TOKEN}"})[1] == [(Code.ENV_NOT_ALLOWED, ("key",))]


def test_an_environment_variable_that_is_not_set_is_a_problem():
    assert filled({"key": "${env:GONE}"})[1] == [(Code.ENV_NOT_SET, ("key",))]


def test_an_environment_variable_that_is_set_to_nothing_is_set():
    assert filled({"key": "${env:EMPTY}"}, environ={"EMPTY": ""}) == ({"key": Secret("", "EMPTY")}, [])


def test_secrets_that_are_not_needed_are_not_asked_for():
    filling = Filling(Scope({}, None, lambda way: True))

    assert filling.fill("${env:GONE}") == UNNEEDED
    assert filling.problems == []


def test_a_text_from_outside_takes_the_type_of_what_it_overrides():
    declared = {"name": "a", "count": 1, "free": True}

    assert layered(declared, {"name": "7", "count": "7", "free": "false"}) == {"name": "7", "count": 7, "free": False}


def test_a_text_from_outside_that_overrides_nothing_is_read_as_yaml_would():
    assert layered({}, {"count": "3", "name": "x", "none": ""}) == {"count": 3, "name": "x", "none": ""}


def test_the_last_layer_wins():
    assert layered({"a": "1"}, {"a": "2", "b": "2"}, {"a": "3"}) == {"a": "3", "b": 2}


def test_the_environment_gives_variables_by_prefix():
    assert from_environ({"GITOPS_VAR_team": "x", "HOME": "/", "GITOPS_VAR_": "y"}) == {"team": "x", "": "y"}


def test_a_text_of_endless_openings_is_a_bounded_number_of_problems():
    _, problems = filled("${var:" * 100_000)

    assert len(problems) == MAX_PROBLEMS
