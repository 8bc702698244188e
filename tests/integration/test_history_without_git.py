"""Where there is no repository, no remote or no git: the history lies beside the platform, or nothing is applied.

Real YAML and real git, a fake platform.
"""

import pytest

from gitops.errors import ErrorCode, ExitCode, HistoryError, UsageError
from tests.history import HISTORY, git, isolate
from tests.integration.gitshop import GitShop, lay_out, make_shop

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path / "home")


def test_without_a_repository_the_history_lies_beside_the_platform_and_says_so(tmp_path):
    shop = GitShop(lay_out(tmp_path / "project"))
    own = shop.folder.resolve() / ".gitops/local/history.git"
    before = shop.plan().notes
    applied = shop.apply()

    assert (f"the history is kept in {own}, because the project is in no repository",) == before
    assert (1, None, None) == (applied.record.number, applied.record.source.commit, applied.unkept)
    assert () == shop.plan().notes
    assert (1, 0) == (shop.plan().base.deployment, len(shop.plan().steps))
    assert "Outcome: succeeded" in git(own, "log", "-1", "--format=%B", HISTORY)


def test_a_repository_made_later_goes_on_with_the_history_that_there_was(tmp_path):
    shop = GitShop(lay_out(tmp_path / "project"))
    shop.apply()
    git(shop.folder, "init", "--quiet")
    shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")
    commit = shop.commit("The beginning")

    record = shop.apply().record

    assert (2, commit) == (record.number, record.source.commit)
    assert "" == git(shop.folder, "for-each-ref", "refs/gitops")


def test_without_git_nothing_is_applied_and_it_is_said_what_to_install(tmp_path, monkeypatch):
    for shop in (make_shop(tmp_path / "repository"), GitShop(lay_out(tmp_path / "project"))):
        with monkeypatch.context() as bare:
            bare.setenv("PATH", str(tmp_path))
            with pytest.raises(HistoryError, match="there is no program git on this machine") as raised:
                shop.apply()

        assert (ErrorCode.GIT_MISSING, ExitCode.UNREACHABLE) == (raised.value.code, raised.value.exit_code)
        assert [] == shop.platform.writes


def test_without_a_repository_other_platforms_are_refused_before_the_first_write(tmp_path):
    shop = GitShop(lay_out(tmp_path / "project"))
    shop.edit("gitops.yaml", "{kind: local}", "{kind: tensoropera, url: 'http://127.0.0.1:9', api_key: '${env:HOME}'}")

    shop.edit("endpoints/aloha.yaml", "replicas: 2", "resource: {type: on_premise, master: '1', workers: ['2']}")

    with pytest.raises(UsageError, match="in no git repository") as raised:
        shop.apply()
    assert "git init" in raised.value.hint
    assert [] == shop.platform.writes


def test_a_remote_that_is_named_and_not_there_is_a_mistake(tmp_path):
    shop = make_shop(tmp_path / "repository")
    shop.edit(
        "gitops.yaml",
        "platform: {kind: local}",
        "platform: {kind: tensoropera, url: 'http://127.0.0.1:9', api_key: '${env:HOME}'}\n"
        "    history: {remote: upstream}",
    )

    with pytest.raises(UsageError, match="keeps its history in the remote upstream, which this repository does not"):
        shop.apply()
