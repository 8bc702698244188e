"""Repositories as people really have them: strict servers, partial clones, other owners, odd names, secrets.

Real git, a fake platform.
"""

import subprocess
import tempfile

import pytest

from gitops.errors import ExitCode, HistoryError
from gitops.history.holder import Holder
from tests.history import HISTORY, LOCK, git, isolate, make_repository, open_history
from tests.integration.gitdesk import GitDesk, Team
from tests.integration.gitshop import make_shop
from tests.integration.turns import chain

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path / "home")


@pytest.mark.parametrize(
    "settings",
    [
        ("receive.denyNonFastForwards=true", "core.sharedRepository=group"),  # as git init --shared makes it
        ("receive.fsckObjects=true", "transfer.fsckObjects=true", "receive.fsck.missingEmail=error"),
        ("receive.advertiseAtomic=false",),
        ("core.logAllRefUpdates=always", "receive.autogc=true", "gc.auto=1"),
        ("transfer.hideRefs=refs/pull", "uploadpack.allowAnySHA1InWant=false"),
    ],
)
def test_a_strict_remote_is_deployed_through(tmp_path, settings):
    team = Team(tmp_path)
    for setting in settings:
        git(team.remote, "config", *setting.split("=", 1))

    assert [1, 2, 3] == [team.ada.deploy(1), team.bob.deploy(2), team.ada.deploy(3)]
    with team.bob.history.claim("gitops apply") as tenure:
        tenure.renew()
        tenure.check()
    assert ("", 6) == (team.tip(LOCK), len(chain(team.remote, HISTORY)))


def test_a_remote_of_the_other_hash_is_one_too(tmp_path):
    desk = GitDesk(make_repository(tmp_path / "r", "--object-format=sha256"))

    assert [1, 2] == [desk.deploy(1), desk.deploy(2)]
    assert 2 == desk.base


def test_a_partial_clone_is_deployed_from_and_fetches_what_it_lacks(tmp_path):
    shop = make_shop(tmp_path / "full")
    first = git(shop.folder, "rev-parse", "HEAD")
    shop.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")
    shop.commit("Three")
    for setting in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        git(shop.folder, "config", setting, "true")
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", f"file://{shop.folder}", "partial")
    partial = type(shop)(tmp_path / "partial")

    assert 1 == partial.apply().record.number
    assert partial.plan(base=first).base.commit == first
    partial.revert(first)
    assert 2 == partial.platform.live("aloha").replicas


@pytest.mark.parametrize(
    "url",
    [
        "https://ada:s3cr3t@127.0.0.1:1/r.git",
        "ssh://ada:s3cr3t@127.0.0.1:1/r.git",
        "git://ada:s3cr3t@127.0.0.1:1/r.git",
        "nonsense://ada:s3cr3t@127.0.0.1/r.git",
    ],
)
def test_a_password_in_the_address_of_a_remote_is_never_told(tmp_path, url):
    folder = make_repository(tmp_path / "r")
    git(folder, "remote", "add", "origin", url)
    history = open_history(folder, "origin")

    said = [*history.past().notes]
    with pytest.raises(HistoryError) as raised, history.claim("gitops apply"):
        pass
    said += [raised.value.message, raised.value.hint, str(raised.value.__cause__)]

    assert "does not answer" in said[0]
    assert [] == [one for one in said if "s3cr3t" in one]


def test_a_repository_of_somebody_else_says_what_git_wants(tmp_path, monkeypatch):
    shop = make_shop(tmp_path / "r")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")

    with pytest.raises(HistoryError, match="dubious ownership") as raised:
        shop.plan()
    assert "git config --global --add safe.directory" in raised.value.message + raised.value.hint


@pytest.mark.parametrize(
    "who", [". <.>", "<> <>", "\u00a0", "", "'\"' <,>", "-n -e <-x>", "$(id) `id` <a@b>", "\x1b[31mEve\x07 <\x1bx>"]
)
def test_a_record_is_kept_whoever_applies(tmp_path, who):
    desk = GitDesk(make_repository(tmp_path / "r"), holder=Holder(who, "h", "b", 1, 1.0))

    assert 1 == desk.deploy(1)
    assert 1 == desk.base
    told = git(desk.folder, "log", "-1", "--format=%an%ae%cn%ce%B", HISTORY)
    assert [] == [sign for sign in told if sign < " " and sign != "\n"]
    git(desk.folder, "fsck", "--strict", "--no-dangling")


def test_no_secret_is_in_any_object(tmp_path, monkeypatch):
    monkeypatch.setenv("TOKEN", "s3cr3t-and-long")
    shop = make_shop(tmp_path / "r")
    path = shop.folder / "aloha/config.yaml"
    path.unlink()
    (shop.folder / "models/aloha.yaml").write_text(
        "kind: ModelCard\nname: aloha\nspec:\n  workspace: ../aloha\n  entry_point: main_entry.py\n"
        "  environment_variables: {TOKEN: '${env:TOKEN}'}\n"
    )
    shop.commit("With a secret")
    shop.apply()
    monkeypatch.setenv("TOKEN", "s3cr3t-and-changed")
    shop.apply()

    assert 2 == shop.plan().base.deployment
    told = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch", "--unordered"],
        cwd=shop.folder,
        capture_output=True,
        check=True,
    ).stdout
    assert (True, False) == (b"TOKEN" in told, b"s3cr3t" in told)


def test_collecting_garbage_at_any_time_loses_nothing(tmp_path):
    desk = GitDesk(make_repository(tmp_path / "r"))
    desk.deploy(1)
    desk.meanwhile = lambda: git(desk.folder, "gc", "--quiet", "--prune=now")

    assert 2 == desk.deploy(2)
    git(desk.folder, "gc", "--quiet", "--prune=now")
    assert (2, 2) == (desk.base, len(desk.outcomes))


def test_a_disk_that_is_full_stops_an_apply_before_its_first_write_and_hides_nothing_after_it(tmp_path, monkeypatch):
    desk = GitDesk(make_repository(tmp_path / "r"))
    with monkeypatch.context() as full:
        full.setattr(tempfile, "tempdir", str(tmp_path / "nothing"))
        with pytest.raises(HistoryError, match="cannot be written to a temporary folder"):
            desk.apply()
        with pytest.raises(HistoryError, match="cannot be laid out"), desk.repository.files_at("HEAD"):
            pass
        assert [] == desk.writes
    desk.meanwhile = lambda: monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nothing"))

    applied = desk.apply()

    assert (ExitCode.DONE, ExitCode.PARTLY_APPLIED) == (applied.result.exit_code, applied.unkept.exit_code)
    assert (2, "") == (desk.replicas, git(desk.folder, "for-each-ref", LOCK))
