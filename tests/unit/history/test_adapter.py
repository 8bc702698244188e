"""One environment goes on with the history of another; others of the project are seen; without git nothing is kept."""

import pytest

from gitops.errors import UsageError
from gitops.history.nowhere import NoHistory
from gitops.history.opening import open_history as open_for
from gitops.model.desired import Environment
from gitops.model.event import Outcome
from gitops.model.record import Declared
from tests.conformance.history import make_record, make_state
from tests.fakes.clock import FakeClock
from tests.history import clone, git, make_remote, make_repository

REMOTE = {"kind": "tensoropera", "url": "https://open.example.com", "api_key": "${env:KEY}"}


def environment(**settings) -> Environment:
    return Environment.model_validate({"platform": {"kind": "local"}, **settings})


def history(folder, name, settings=None):
    return open_for(
        folder,
        "aloha",
        name,
        settings or environment(),
        FakeClock(),
        who="Ada <ada@example.com>",
        local_folder=folder / ".gitops" / "local",
        environ={},
    )


def deploy(opened, name: str) -> None:
    """One deployment that succeeded."""
    with opened.claim(f"gitops apply -e {name}") as tenure:
        number = tenure.past.last.number + 1 if tenure.past.last else 1
        state = make_state(number)
        tenure.start(make_record(number, environment=name), Declared(), None, state)
        tenure.finish(make_record(number, Outcome.SUCCEEDED, environment=name), state)


@pytest.fixture
def folder(tmp_path):
    return make_repository(tmp_path / "repository")


def test_a_new_environment_goes_on_where_the_one_before_it_ended(folder):
    deploy(history(folder, "staging"), "staging")
    renamed = history(folder, "production", environment(previously="staging"))

    past = renamed.past()

    assert (past.tip, past.last.number, past.state) == (None, 1, make_state(1))
    assert "goes on with the history of environment staging" in past.notes

    deploy(renamed, "production")

    assert [one.record.number for one in renamed.deployments()] == [2, 1]
    old = git(folder, "rev-parse", "refs/gitops/aloha/staging/history")
    git(folder, "merge-base", "--is-ancestor", old, "refs/gitops/aloha/production/history")
    assert renamed.past().notes == ()


def test_through_a_remote_it_goes_on_in_a_clone_that_never_saw_the_one_before(tmp_path):
    remote = make_remote(tmp_path / "remote.git")
    settings = environment(platform=REMOTE)
    deploy(history(clone(remote, tmp_path / "ours"), "staging", settings), "staging")

    renamed = history(
        clone(remote, tmp_path / "theirs"), "production", environment(platform=REMOTE, previously="staging")
    )
    deploy(renamed, "production")

    assert [one.record.number for one in renamed.deployments()] == [2, 1]


def test_one_before_that_was_never_applied_is_named(folder):
    past = history(folder, "production", environment(previously="stagging")).past()

    assert past.last is None
    assert "environment stagging has no history to go on with" in past.notes


def test_the_other_environments_of_the_project_are_seen(folder):
    deploy(history(folder, "staging"), "staging")
    git(folder, "update-ref", "refs/gitops/other/testing/history", "HEAD")

    assert history(folder, "local").past().others == {"staging"}
    assert history(folder, "staging").past().others == frozenset()


def test_the_others_in_a_remote_are_seen_by_a_clone_that_has_none_of_them(tmp_path):
    remote = make_remote(tmp_path / "remote.git")
    settings = environment(platform=REMOTE)
    deploy(history(clone(remote, tmp_path / "ours"), "staging", settings), "staging")

    assert history(clone(remote, tmp_path / "theirs"), "production", settings).past().others == {"staging"}


def test_without_git_another_kind_can_be_planned_and_not_applied(tmp_path):
    opened = history(tmp_path, "production", environment(platform=REMOTE))

    past = opened.past()

    assert isinstance(opened, NoHistory)
    assert past.last is None
    assert "in no git repository" in past.notes[0]
    with pytest.raises(UsageError, match="cannot be worked on from a folder that is in no git repository") as refused:
        opened.claim("gitops apply -e production")
    assert "git init" in refused.value.hint
    with pytest.raises(UsageError, match="in no git repository"):
        opened.past(strict=True)


def test_without_git_kind_local_keeps_its_history_beside_the_platform_and_says_so(tmp_path):
    opened = history(tmp_path, "local")
    (note,) = opened.past().notes
    deploy(opened, "local")

    assert "history.git" in note
    assert [one.record.number for one in opened.deployments()] == [1]
    assert opened.past().notes == ()


def test_of_several_remotes_none_is_taken_by_chance(folder):
    for name in ("upstream", "fork"):
        git(folder, "remote", "add", name, f"../{name}.git")

    with pytest.raises(UsageError, match="does not say in which remote it shares its history") as refused:
        history(folder, "production", environment(platform=REMOTE))
    assert "history.remote" in refused.value.hint
