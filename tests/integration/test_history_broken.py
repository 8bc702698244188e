"""A history that was deleted, rewritten, cut or broken stops whoever knew it, and says how to go on.

Real git, a fake platform.
"""

import shlex
from pathlib import Path

import pytest

from gitops.errors import ErrorCode, HistoryError
from gitops.history.objects import Objects
from tests.history import HISTORY, clone, git, isolate, open_git
from tests.integration.gitdesk import GitDesk, Team, experienced

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path / "home")


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("template") / "team"


@pytest.fixture
def team(template, tmp_path) -> Team:
    """Ada has deployed twice, and Bob has seen it."""
    return experienced(template, tmp_path / "team")


@pytest.fixture
def desk(team) -> GitDesk:
    """Somebody without a remote, who has deployed twice."""
    return GitDesk(team.ada.folder, beside=team.ada)


def follow(desk: GitDesk, hint: str, number: int) -> None:
    """Do what a hint says; it names several commands."""
    command = shlex.split(hint.split("git ")[number].partition(";")[0])
    git(desk.folder, *command)


# Deleted and rewritten.


@pytest.mark.parametrize("how", [("update-ref", "-d", HISTORY), ("update-ref", HISTORY, f"{HISTORY}~2")])
@pytest.mark.parametrize("as_they_were", [True, False])
def test_a_history_that_is_another_one_stops_who_knew_it_until_somebody_decides(team: Team, how, as_they_were):
    before = team.tip(HISTORY)
    git(team.remote, *how)
    after = team.tip(HISTORY)
    for desk in (team.ada, team.bob):
        with pytest.raises(HistoryError, match=r"was deleted from the remote|was rewritten") as raised:
            desk.plan()
        assert ErrorCode.HISTORY_REWRITTEN is raised.value.code
        with pytest.raises(HistoryError):
            desk.deploy(3)

    follow(team.bob, raised.value.hint, 1 if as_they_were else 2)

    assert (before if as_they_were else after) == team.tip(HISTORY)
    assert (2 if as_they_were else 1 if after else None) == team.bob.base


def test_a_history_that_nobody_here_has_seen_is_taken_as_it_is(team: Team, tmp_path):
    git(team.remote, "update-ref", "-d", HISTORY)
    plan = GitDesk(clone(Path("../team/remote.git"), tmp_path / "carol"), "origin", beside=team.ada).plan()

    assert (None, 1) == (plan.base, plan.counts.adopt)


def test_a_history_that_was_cut_is_followed_and_goes_on(team: Team):
    team.ada.deploy(3)
    assert 2 == team.ada.history.prune(1, "gitops history prune")

    assert 3 == team.bob.base
    assert 4 == team.bob.deploy(4)
    assert 4 == team.ada.base


def test_a_history_that_was_cut_twice_is_followed_by_who_missed_both(team: Team):
    for replicas in (3, 4):
        team.ada.deploy(replicas)
        team.ada.history.prune(1, "gitops history prune")

    assert 4 == team.bob.base


def test_a_clone_without_its_copy_takes_the_remotes(team: Team):
    git(team.bob.folder, "update-ref", "-d", HISTORY)

    assert 2 == team.bob.base


def test_a_history_of_one_repository_that_was_deleted_is_a_first_deployment(desk: GitDesk):
    git(desk.folder, "update-ref", "-d", HISTORY)
    plan = desk.plan()

    assert (None, 1, ()) == (plan.base, plan.counts.adopt, plan.steps)


# Broken.


def amend(folder: Path, path: str, content: bytes | None) -> None:
    """Let the newest commit have another file in the place of one; None for none at all."""
    objects = Objects(open_git(folder))
    lines = [line.partition("\t") for line in git(folder, "ls-tree", "-r", HISTORY).splitlines()]
    ids = {name: head.split()[2] for head, _, name in lines if name != path}
    if content is not None:
        ids |= objects.write({path: content})
    commit = git(folder, "commit-tree", objects.tree(ids), "-p", f"{HISTORY}^", "-m", "Amended\n\nDeployment: 2")
    git(folder, "update-ref", HISTORY, commit)


@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        ("state.json", b'{"format_version": 1, "platforms": [', ErrorCode.HISTORY_CORRUPT),
        ("state.json", b"\xff\xfe", ErrorCode.HISTORY_CORRUPT),
        ("state.json", b"", ErrorCode.HISTORY_CORRUPT),
        ("state.json", None, ErrorCode.HISTORY_CORRUPT),
        ("record.json", b'{"number": 2}', ErrorCode.HISTORY_CORRUPT),
        ("record.json", None, ErrorCode.HISTORY_CORRUPT),
        ("desired.json", b"[]", ErrorCode.HISTORY_CORRUPT),
        ("state.json", b'{"format_version": 2, "platforms": {}}', ErrorCode.HISTORY_NEWER),
        ("state.json", b'{"format_version": 1, "clusters": []}', ErrorCode.HISTORY_NEWER),
        ("record.json", b'{"format_version": 3}', ErrorCode.HISTORY_NEWER),
    ],
)
def test_a_file_that_cannot_be_read_stops_plan_and_apply_and_is_named(desk: GitDesk, path, content, code):
    amend(desk.folder, path, content)
    tip = git(desk.folder, "rev-parse", HISTORY)
    desk.declare(3)

    for work in (desk.plan, desk.apply):
        with pytest.raises(HistoryError) as raised:
            work()
        assert (code, True) == (raised.value.code, f"{tip}:{path}" in raised.value.message)
    assert (2, tip) == (desk.replicas, git(desk.folder, "rev-parse", HISTORY))


@pytest.mark.parametrize("name", [f"{HISTORY}:state.json", f"{HISTORY}^{{tree}}", HISTORY])
def test_an_object_that_is_missing_stops_plan_and_apply(desk: GitDesk, name):
    gone = git(desk.folder, "rev-parse", name)
    (desk.folder / ".git/objects" / gone[:2] / gone[2:]).unlink()
    desk.declare(3)

    for work in (desk.plan, desk.apply):
        with pytest.raises(HistoryError) as raised:
            work()
        assert ErrorCode.HISTORY_CORRUPT is raised.value.code
    assert 2 == desk.replicas


def test_a_broken_history_in_the_remote_stops_who_fetches_it(team: Team):
    amend(team.ada.folder, "state.json", b"[]")
    git(team.ada.folder, "push", "--quiet", "--force", "origin", HISTORY)

    with pytest.raises(HistoryError) as raised:
        team.bob.plan()
    assert ErrorCode.HISTORY_REWRITTEN is raised.value.code


def test_a_lock_that_cannot_be_read_stops_an_apply_and_no_plan(desk: GitDesk):
    git(desk.folder, "update-ref", "refs/gitops/aloha/local/lock", "HEAD")
    desk.declare(3)

    assert 1 == len(desk.plan().steps)
    with pytest.raises(HistoryError) as raised:
        desk.apply()
    assert (ErrorCode.HISTORY_CORRUPT, 2) == (raised.value.code, desk.replicas)


@pytest.mark.parametrize("lock_id", ["x; rm -rf ~", "$(id)", "", "-e", "a\\nb"])
def test_a_lock_whose_id_nobody_should_copy_into_a_shell_is_broken(desk: GitDesk, lock_id):
    objects = Objects(open_git(desk.folder))
    with desk.history.claim("gitops apply") as tenure:
        content = tenure.lock.model_dump_json().replace(tenure.lock.id, lock_id).encode()
    commit = git(desk.folder, "commit-tree", objects.tree(objects.write({"lock.json": content})), "-m", "x")
    git(desk.folder, "update-ref", "refs/gitops/aloha/local/lock", commit)

    with pytest.raises(HistoryError) as raised:
        desk.deploy(3)
    assert ErrorCode.HISTORY_CORRUPT is raised.value.code
    assert "rm -rf" not in raised.value.hint
