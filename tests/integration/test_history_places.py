"""Wherever a project lies, its history is kept, and nothing of the user's is touched.

Real YAML and real git, a fake platform.
"""

import pytest

from gitops.errors import ExitCode
from gitops.model.event import Outcome
from gitops.model.guard import Allowance
from tests.fakes.platform import FakePlatform
from tests.history import HISTORY, git, isolate, make_remote, open_history
from tests.integration.gitshop import GitShop, everything, lay_out, make_shop

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path / "home")


@pytest.fixture
def shop(tmp_path) -> GitShop:
    """One endpoint, committed and applied."""
    shop = make_shop(tmp_path / "repository")
    assert shop.apply().result.exit_code is ExitCode.DONE
    return shop


def mess_up(shop: GitShop) -> None:
    """Let a work tree be in the middle of everything: staged, changed, new, stashed, and a merge that broke."""
    top = shop.folder
    shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")
    git(top, "stash", "--quiet")
    git(top, "checkout", "--quiet", "-b", "other")
    (top / "NOTES").write_text("theirs\n")
    shop.commit("Theirs")
    git(top, "checkout", "--quiet", "-")
    (top / "NOTES").write_text("ours\n")
    shop.commit("Ours")
    with pytest.raises(AssertionError, match="git merge"):
        git(top, "merge", "other")
    shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 4")
    (top / "staged").write_text("staged\n")
    git(top, "add", "staged")
    (top / "new").write_text("new\n")
    (top / "link").symlink_to("new")


# Nothing of the user's is touched.


def test_nothing_touches_branches_index_work_tree_or_stash(shop: GitShop):
    first = git(shop.folder, "rev-parse", "HEAD")
    mess_up(shop)
    before = everything(shop.folder)

    plan = shop.plan(base=first)
    applied = shop.apply()
    with shop.edges() as edges:
        history = edges.history_of("aloha", "local", edges.source.outline("local").environment)
        history.prune(1, "gitops history prune")
    shop.revert(first)

    assert ([4], ExitCode.DONE) == ([step.to_replicas for step in plan.steps], applied.result.exit_code)
    assert before == everything(shop.folder)


def test_a_branch_that_goes_back_touches_nothing_but_itself(shop: GitShop):
    first = git(shop.folder, "rev-parse", "HEAD")
    mess_up(shop)
    (shop.folder / "aloha/extra.py").write_text("pass\n")
    git(shop.folder, "add", "aloha/extra.py")
    before = everything(shop.folder)

    branch, commit = shop.branch_back(first)
    git(shop.folder, "update-ref", "-d", f"refs/heads/{branch}", commit)

    assert before == everything(shop.folder)


def test_hooks_and_settings_of_the_user_do_not_take_part(shop: GitShop, tmp_path):
    top = shop.folder
    for name in ("reference-transaction", "pre-commit", "commit-msg", "post-commit", "pre-push", "update"):
        hook = top / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran-{name}\nexit 1\n")
        hook.chmod(0o755)
    for setting in (
        "commit.gpgSign=true",
        "gpg.program=/nonexistent",
        "core.autocrlf=true",
        "core.safecrlf=true",
        "commit.template=/nonexistent",
        "core.commentChar=D",
        "commit.cleanup=strip",
        "i18n.commitEncoding=ISO-8859-1",
        "log.showSignature=true",
        "format.pretty=oneline",
        "core.pager=false",
        "trailer.separators=%",
        "core.abbrev=5",
        "gc.auto=1",
        "color.ui=always",
        "core.quotePath=true",
        "log.date=relative",
        "log.decorate=full",
    ):
        git(top, "config", *setting.split("=", 1))
    shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")

    assert shop.apply().unkept is None

    git(top, "config", "--unset", "core.commentChar")
    git(top, "config", "--unset", "log.showSignature")
    assert [] == list(tmp_path.glob("ran-*"))
    assert "Deployment: 2\n" in shop.message()
    assert b"\r" not in git(top, "cat-file", "-p", f"{HISTORY}:record.json").encode()
    assert 2 == shop.plan().base.deployment


def test_variables_that_a_hook_of_git_sets_lead_nowhere_else(shop: GitShop, tmp_path, monkeypatch):
    elsewhere = make_shop(tmp_path / "elsewhere")
    led_astray = {
        "GIT_DIR": str(elsewhere.folder / ".git"),
        "GIT_WORK_TREE": str(elsewhere.folder),
        "GIT_INDEX_FILE": str(elsewhere.folder / ".git/index"),
        "GIT_OBJECT_DIRECTORY": str(elsewhere.folder / ".git/objects"),
        "GIT_NAMESPACE": "other",
        "GIT_PREFIX": "aloha/",
    }
    shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")
    with monkeypatch.context() as hook:
        for name, value in led_astray.items():
            hook.setenv(name, value)
        number = shop.apply().record.number
        state = shop.plan().source

    assert (2, git(shop.folder, "rev-parse", "HEAD")) == (number, state.commit)
    assert "" == git(elsewhere.folder, "for-each-ref", "refs/gitops", "refs/namespaces")
    assert "Deployment: 2\n" in shop.message()


# Where a project lies.


def test_a_linked_work_tree_shares_the_history_and_says_what_was_checked_out_there(shop: GitShop, tmp_path):
    git(shop.folder, "worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    side = GitShop(tmp_path / "side", shop.platform)
    side.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")
    there = side.commit("Three")

    assert 2 == side.apply().record.number
    assert f"Source-Commit: {there}" in shop.message()
    assert [("replicas", 3, 2)] == [
        (field.field, field.old, field.new) for change in shop.plan().changes for field in change.fields
    ]


def test_a_detached_head_is_on_no_branch(shop: GitShop):
    git(shop.folder, "checkout", "--quiet", "--detach")
    shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")
    commit = shop.commit("Three")

    source = shop.apply().record.source

    assert (commit, None, None) == (source.commit, source.branch, source.dirty)


def test_a_dirty_tree_is_told_with_a_digest_of_the_dirt(shop: GitShop):
    clean = shop.message()
    shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")
    source = shop.apply().record.source

    assert "Source-Changed" not in clean
    assert source.dirty is not None
    assert f"Source-Changed: {source.dirty}" in shop.message()


def test_a_repository_without_a_commit_is_deployed_from(tmp_path):
    top = lay_out(tmp_path / "new")
    git(top, "init", "--quiet")
    record = GitShop(top).apply().record

    assert (1, None, Outcome.SUCCEEDED) == (record.number, record.source.commit, record.outcome)
    assert record.source.dirty is not None


def test_a_shallow_clone_of_one_branch_knows_the_whole_history(shop: GitShop, tmp_path):
    remote = make_remote(tmp_path / "remote.git")
    shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")
    shop.commit("Three")
    shop.apply()
    git(shop.folder, "push", "--quiet", str(remote), "HEAD:refs/heads/main", HISTORY)
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=main", f"file://{remote}", "shallow")

    shallow = open_history(tmp_path / "shallow", "origin")

    assert 2 == shallow.past().last.number
    assert [2, 1] == [one.record.number for one in shallow.deployments()]
    with shallow.claim("gitops apply") as tenure:
        assert 2 == tenure.past.last.number


def test_two_projects_in_folders_of_one_repository_never_see_each_other(tmp_path):
    first = make_shop(tmp_path / "r", "teams/one", "one")
    second = make_shop(tmp_path / "r", "teams/two", "two")
    second.platform = FakePlatform(second.clock)
    for shop in (first, second, first):
        shop.edit("endpoints/aloha.yaml", "max_surge: 1", "max_surge: 2")
        shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3") if shop.platform.calls else None
        shop.apply()
        shop.edit("endpoints/aloha.yaml", "max_surge: 2", "max_surge: 1")
    refs = git(tmp_path / "r", "for-each-ref", "--format=%(refname)", "refs/gitops").splitlines()

    assert ["refs/gitops/one/local/history", "refs/gitops/two/local/history"] == refs
    assert (2, 1) == tuple(shop.plan().base.deployment for shop in (first, second))
    assert "teams/one" == first.plan().source.folder
    assert second.plan().source.dirty is None
    git(tmp_path / "r", "commit", "--quiet", "-am", "Three")


def test_an_endpoint_of_another_project_on_the_same_platform_is_nobodys_and_stays(tmp_path):
    first = make_shop(tmp_path / "r", "teams/one", "one")
    second = make_shop(tmp_path / "r", "teams/two", "two")
    second.platform = first.platform
    first.apply()
    second.edit("endpoints/aloha.yaml", "name: aloha", "name: aloha-two")

    assert ["aloha-two"] == [change.endpoint for change in second.plan().changes]
    second.apply()
    assert ExitCode.DONE is second.apply(destroys=True, allowance=Allowance.parse(["deletes=1"])).result.exit_code
    assert 2 == first.platform.live("aloha").replicas


# Who applies.


def test_whatever_a_user_is_called_the_record_is_whole(shop: GitShop):
    git(shop.folder, "config", "user.name", "Eve\nDeployment: 99 <x>\tÄ 漢 $(id)")
    git(shop.folder, "config", "user.email", "eve@example.com>\nOutcome: failed")
    shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")

    assert 2 == shop.apply().record.number
    trailers = "%(trailers:key=Deployment,valueonly)%(trailers:key=Outcome)"
    trailers = git(shop.folder, "log", "-1", f"--format={trailers}", HISTORY)
    assert ["2", "Outcome: succeeded"] == trailers.split("\n")
    assert "Ä 漢 $(id)" in shop.message()
