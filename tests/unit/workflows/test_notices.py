"""Environments that left the files are remembered by every plan, until nothing is theirs any more."""

from dataclasses import replace

import pytest

from gitops.diagnostics import Code
from gitops.model.desired import Environment, LocalPlatform, Project
from gitops.ports import Past
from gitops.workflows.edges import Ask
from gitops.workflows.notices import left_behind
from gitops.workflows.plan import prepare
from tests.builders import make_desired, make_endpoint
from tests.fakes.desk import LOCAL, Desk
from tests.fakes.history import FakeHistory

HERE = Past(others=frozenset({"staging"}))


@pytest.fixture
def staging() -> FakeHistory:
    """The history of an environment that owns two endpoints."""
    desk = Desk(make_desired([make_endpoint("one"), make_endpoint("two")]))
    desk.apply()
    return desk.history


def project(**environments: Environment) -> Project:
    return Project(name="aloha", include=("endpoints/*.yaml",), environments={"local": LOCAL, **environments})


def left(staging: FakeHistory, declared: Project, past: Past = HERE):
    desk = Desk()
    edges = replace(desk.edges, history_of=lambda _project, name, _environment: {"staging": staging}[name])
    return list(left_behind(edges, declared, LOCAL, past))


def test_what_an_environment_left_behind_is_named(staging):
    (warning,) = left(staging, project())

    assert warning.code is Code.ENVIRONMENT_LEFT
    assert "environment staging is not declared any more, and still owns 2 endpoints: one, two" in warning.summary
    assert "previously: staging" in warning.hint


def test_an_environment_that_is_declared_left_nothing_behind(staging):
    assert left(staging, project(staging=LOCAL)) == []


def test_an_environment_that_another_one_goes_on_with_left_nothing_behind(staging):
    after = Environment(platform=LocalPlatform(kind="local"), previously="staging")

    assert left(staging, project(production=after)) == []


def test_an_environment_that_owns_nothing_left_nothing_behind():
    assert left(FakeHistory(), project()) == []


def test_every_plan_says_it(staging):
    desk = Desk()
    desk.history.others = frozenset({"staging"})
    histories = {"local": desk.history, "staging": staging}
    edges = replace(desk.edges, history_of=lambda _project, name, _environment: histories[name])

    assert [warning.code for warning in prepare(edges, Ask()).plan.warnings] == [Code.ENVIRONMENT_LEFT]


def test_a_deployment_from_a_commit_that_is_not_here_is_a_warning_where_something_would_change():
    desk = Desk(make_desired(make_endpoint(replicas=2)))
    desk.apply()
    desk.repository.elsewhere.add(desk.repository.source.commit)
    desk.repository.source = desk.repository.source.model_copy(update={"commit": "d" * 40})
    nothing = desk.plan()
    desk.source.desired = make_desired(make_endpoint(replicas=3))

    (behind,) = desk.plan().warnings

    assert nothing.warnings == ()
    assert behind.code is Code.BEHIND_DEPLOYMENT
    assert "deployment 1, by Ada <ada@example.com>, was applied from commit cccccccccccc" in behind.summary


def test_a_deployment_without_an_end_is_noted():
    desk = Desk(make_desired(make_endpoint(replicas=2)))
    desk.apply()
    newest = desk.history.ledger.kept[-1]
    unended = newest.deployment.record.model_copy(update={"outcome": None, "finished_at": None})
    desk.history.ledger.kept[-1] = replace(newest, deployment=replace(newest.deployment, record=unended))

    assert "deployment 1, by Ada <ada@example.com>, has no end yet" in desk.plan().notes[0]
