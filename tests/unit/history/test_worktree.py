"""The user's repository is read, and nothing of it is changed."""

import getpass
import os
from pathlib import Path

import pytest

from gitops.errors import ErrorCode, HistoryError, UsageError
from gitops.history.opening import open_repository
from gitops.history.worktree import NoRepository
from gitops.model.source import SourceState
from gitops.sources.project import find_project
from gitops.sources.repository import enclosing_repository, untracked
from tests.history import git, make_repository


@pytest.fixture
def top(tmp_path) -> Path:
    return make_repository(tmp_path / "r")


@pytest.fixture
def folder(top) -> Path:
    """A project in a folder of a repository."""
    inner = top / "teams" / "ml ops"
    inner.mkdir(parents=True)
    (inner / "gitops.yaml").write_text("kind: Project\nname: aloha\n")
    (top / "README").write_text("one\n")
    commit(top, "A project")
    return inner


def commit(top: Path, message: str) -> str:
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--allow-empty", "-m", message)
    return git(top, "rev-parse", "HEAD")


# Where a declaration comes from.


def test_a_clean_work_tree_is_its_commit(top):
    head = git(top, "rev-parse", "HEAD")

    assert SourceState(repository=head, commit=head, branch="main") == open_repository(top).state()


def test_the_repository_is_told_by_its_first_commit(top):
    first = git(top, "rev-parse", "HEAD")
    commit(top, "Second")

    assert first == open_repository(top).state().repository


def test_the_project_s_folder_is_told(folder):
    assert "teams/ml ops" == open_repository(folder).state().folder


def test_a_repository_without_a_commit_has_none(tmp_path):
    (tmp_path / "new").mkdir()
    git(tmp_path / "new", "init", "--quiet")

    assert SourceState(branch="main") == open_repository(tmp_path / "new").state()


def test_a_detached_head_is_on_no_branch(top):
    git(top, "checkout", "--quiet", "--detach")

    state = open_repository(top).state()

    assert (None, git(top, "rev-parse", "HEAD")) == (state.branch, state.commit)


def test_a_shallow_clone_does_not_know_its_first_commit(top, tmp_path):
    commit(top, "Second")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{top}", "shallow")

    state = open_repository(tmp_path / "shallow").state()

    assert (None, git(top, "rev-parse", "HEAD")) == (state.repository, state.commit)


def test_another_work_tree_is_told_as_it_is(top, tmp_path):
    git(top, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "other"))
    head = commit(tmp_path / "other", "Elsewhere")

    state = open_repository(tmp_path / "other").state()

    assert (head, "other") == (state.commit, state.branch)


# What differs from the commit.


def dirty(folder: Path) -> str | None:
    return open_repository(folder).state().dirty


def changes(folder: Path) -> dict[str, str | None]:
    """The digest after each way in which a file can differ, one on top of the other."""
    found = {"clean": dirty(folder)}
    (folder / "gitops.yaml").write_text("kind: Project\nname: changed\n")
    found["changed"] = dirty(folder)
    git(folder, "add", ".")
    found["staged"] = dirty(folder)
    (folder / "new file").write_text("new\n")
    found["new"] = dirty(folder)
    (folder / "new file").chmod(0o755)
    found["made a program"] = dirty(folder)
    (folder / "new file").unlink()
    (folder / "new file").symlink_to("gitops.yaml")
    found["made a link"] = dirty(folder)
    (folder / "gitops.yaml").unlink()
    found["deleted"] = dirty(folder)
    return found


def test_each_way_to_differ_is_another_digest(folder):
    found = changes(folder)

    assert found["clean"] is None
    assert found["changed"] == found["staged"]
    assert 6 == len(set(found.values()))


def test_the_digest_is_of_what_is_there_and_not_of_when(folder):
    (folder / "gitops.yaml").write_text("changed\n")
    before = dirty(folder)
    (folder / "gitops.yaml").write_text("kind: Project\nname: aloha\n")
    assert dirty(folder) is None
    (folder / "gitops.yaml").write_text("changed\n")
    os.utime(folder / "gitops.yaml", (1, 1))

    assert before == dirty(folder)


def test_files_outside_of_the_project_do_not_count(folder, top):
    (top / "README").write_text("two\n")
    (top / "teams" / "new").write_text("new\n")

    assert dirty(folder) is None


def test_ignored_files_do_not_count(folder):
    (folder / ".gitignore").write_text("*\n")

    assert dirty(folder) is None


def test_names_that_git_would_quote_count(folder):
    (folder / "grün\t*\n.yaml").write_text("new\n")

    assert dirty(folder) is not None


def test_a_file_in_the_middle_of_a_merge_counts(folder, top):
    git(top, "checkout", "--quiet", "-b", "other")
    (folder / "gitops.yaml").write_text("theirs\n")
    commit(top, "Theirs")
    git(top, "checkout", "--quiet", "main")
    (folder / "gitops.yaml").write_text("ours\n")
    commit(top, "Ours")
    with pytest.raises(AssertionError, match=r"CONFLICT|git merge"):
        git(top, "merge", "other")

    assert dirty(folder) is not None


def test_a_repository_inside_that_nobody_declared_counts_as_a_folder(folder):
    make_repository(folder / "inner")

    assert dirty(folder) is not None


def test_asking_does_not_write_the_index(folder, top):
    (folder / "gitops.yaml").write_text("kind: Project\nname: aloha\n")
    before = (top / ".git" / "index").read_bytes()

    dirty(folder)

    assert before == (top / ".git" / "index").read_bytes()


# Commits by whatever git takes.


@pytest.mark.parametrize("revision", ["HEAD", "main", "v1", "a note", "main~0"])
def test_a_commit_is_found_by_its_names(top, revision):
    git(top, "tag", "v1")
    git(top, "tag", "-a", "-m", "A note", "noted")

    assert git(top, "rev-parse", "HEAD") == open_repository(top).resolve(revision.replace("a note", "noted"))


def test_a_commit_is_found_by_the_beginning_of_its_id(top):
    head = git(top, "rev-parse", "HEAD")

    assert head == open_repository(top).resolve(head[:7])


@pytest.mark.parametrize("revision", ["", "nothing", "--all", "-1", "a" * 40, "HEAD\nHEAD", "HEAD:gitops.yaml"])
def test_what_is_no_commit_is_a_mistake(top, revision):
    with pytest.raises(UsageError, match="there is no commit"):
        open_repository(top).resolve(revision)


def test_a_commit_that_a_shallow_clone_has_not_says_how_to_get_it(top, tmp_path):
    first = git(top, "rev-parse", "HEAD")
    commit(top, "Second")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{top}", "shallow")

    with pytest.raises(UsageError) as raised:
        open_repository(tmp_path / "shallow").resolve(first)

    assert "git fetch --unshallow" in raised.value.hint


# Who applies.


def test_the_author_is_who_git_says(top):
    assert "Ada <ada@example.com>" == open_repository(top).author()


def test_variables_of_git_come_first(top, monkeypatch):
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Eve")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "eve@example.com")

    assert "Eve <eve@example.com>" == open_repository(top).author()


def test_a_name_alone_gets_an_address_of_this_machine(top, home):
    (home / ".gitconfig").write_text("[user]\nname = Ada\n")

    assert open_repository(top).author().startswith(f"Ada <{getpass.getuser()}@")


def test_where_git_knows_nobody_it_is_the_account(top, home):
    (home / ".gitconfig").write_text("")

    author = open_repository(top).author()

    assert author.startswith(f"{getpass.getuser()} <{getpass.getuser()}@")
    assert author == NoRepository().author()


def test_an_account_without_a_name_is_its_number(monkeypatch):
    def nobody() -> str:
        raise KeyError("no such account")

    monkeypatch.setattr(getpass, "getuser", nobody)

    assert NoRepository().author().startswith(f"uid-{os.getuid()} <")


# Files of another commit.


def test_the_files_of_a_commit_are_there_with_all_around_them(folder, top):
    (top / "run").write_text("#!/bin/sh\n")
    (top / "run").chmod(0o755)
    (folder / "link").symlink_to("../../README")
    (folder / "out").symlink_to("/etc/hostname")
    then = commit(top, "Then")
    (folder / "gitops.yaml").write_text("changed\n")
    commit(top, "Now")

    with open_repository(folder).files_at(then) as found:
        whole = found.parents[1]
        assert "kind: Project\nname: aloha\n" == (found / "gitops.yaml").read_text()
        assert ("one\n", "teams/ml ops") == ((found / "link").read_text(), found.relative_to(whole).as_posix())
        assert "/etc/hostname" == str((found / "out").readlink())
        assert os.access(whole / "run", os.X_OK)
        assert not os.access(whole / "README", os.X_OK)
        kept = whole

    assert not kept.exists()


def test_the_files_of_a_commit_are_a_project_of_their_own(folder):
    with open_repository(folder).files_at("HEAD") as found:
        assert found == find_project(found)
        top = enclosing_repository(found)
        assert top == found.parents[1]
        assert frozenset() == untracked(top, [found])


def test_empty_and_large_files_are_there(folder, top):
    (folder / "empty").write_bytes(b"")
    (folder / "large").write_bytes(b"x" * 3_000_001)
    commit(top, "Large")

    with open_repository(folder).files_at("HEAD") as found:
        assert (0, 3_000_001) == ((found / "empty").stat().st_size, (found / "large").stat().st_size)


def test_no_filter_of_the_user_runs(folder, top, home):
    (folder / ".gitattributes").write_text("*.txt filter=shout eol=crlf ident\n")
    (folder / "a.txt").write_bytes(b"one\n")
    commit(top, "Filtered")
    (home / ".gitconfig").write_text('[filter "shout"]\nsmudge = tr a-z A-Z\n')

    with open_repository(folder).files_at("HEAD") as found:
        assert b"one\n" == (found / "a.txt").read_bytes()


def test_a_submodule_is_an_empty_folder(folder, top, tmp_path):
    inner = make_repository(tmp_path / "inner")
    git(top, "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(inner), "teams/inner")
    commit(top, "A submodule")

    with open_repository(folder).files_at("HEAD") as found:
        assert [] == list((found.parent / "inner").iterdir())


def test_a_project_that_was_not_there_is_a_mistake(folder, top):
    first = git(top, "rev-list", "--max-parents=0", "HEAD")

    with (
        pytest.raises(UsageError, match="there was no project in the folder teams/ml ops at commit"),
        open_repository(folder).files_at(first),
    ):
        pass


@pytest.mark.parametrize("path", ["../out", ".git/config", "a/../../out", ".GIT/hooks/post-checkout"])
def test_a_path_that_no_git_would_check_out_is_refused(top, tmp_path, path):
    *folders, name = path.split("/")
    made = git(top, "rev-parse", "HEAD:gitops.yaml")
    entry = f"100644 {name}".encode() + b"\0" + bytes.fromhex(made)
    for above in [*reversed(folders), None]:
        (tmp_path / "tree").write_bytes(entry)
        tree = git(top, "hash-object", "-t", "tree", "-w", "--literally", str(tmp_path / "tree"))
        entry = f"40000 {above}".encode() + b"\0" + bytes.fromhex(tree)
    (tmp_path / "tree").write_bytes(
        b"100644 gitops.yaml\0" + bytes.fromhex(made) + f"40000 {folders[0]}".encode() + b"\0" + _below(top, path, made)
    )
    whole = git(top, "hash-object", "-t", "tree", "-w", "--literally", str(tmp_path / "tree"))
    wicked = git(top, "commit-tree", whole, "-m", "Wicked")

    with pytest.raises(HistoryError) as raised, open_repository(top).files_at(wicked):
        pass

    assert ErrorCode.HISTORY_CORRUPT is raised.value.code
    assert not (tmp_path / "out").exists()


def _below(top: Path, path: str, blob: str) -> bytes:
    """The id of the tree below the first folder of a path."""
    _, *folders, name = path.split("/")
    entry = f"100644 {name}".encode() + b"\0" + bytes.fromhex(blob)
    draft = top.parent / "below"
    for above in reversed(folders):
        draft.write_bytes(entry)
        tree = git(top, "hash-object", "-t", "tree", "-w", "--literally", str(draft))
        entry = f"40000 {above}".encode() + b"\0" + bytes.fromhex(tree)
    draft.write_bytes(entry)
    return bytes.fromhex(git(top, "hash-object", "-t", "tree", "-w", "--literally", str(draft)))


def test_an_object_that_is_missing_is_said(folder, top):
    blob = git(top, "rev-parse", "HEAD:README")
    (top / ".git" / "objects" / blob[:2] / blob[2:]).unlink()

    with (
        pytest.raises(HistoryError, match="the content of README at that commit cannot be read"),
        open_repository(folder).files_at("HEAD"),
    ):
        pass


# A branch that goes back.


def test_a_branch_puts_the_project_s_folder_back_and_nothing_else(folder, top):
    then = git(top, "rev-parse", "HEAD")
    (folder / "gitops.yaml").write_text("now\n")
    (folder / "more").write_text("more\n")
    (top / "README").write_text("now\n")
    head = commit(top, "Now")
    before = (top / ".git" / "index").read_bytes()

    made = open_repository(folder).branch_back(then, "back", "Go back")

    assert made == git(top, "rev-parse", "back")
    assert head == git(top, "rev-parse", "back~1")
    assert "Go back" == git(top, "log", "-1", "--format=%B", "back")
    assert "Ada <ada@example.com>" == git(top, "log", "-1", "--format=%an <%ae>", "back")
    assert git(top, "rev-parse", f"{then}:teams/ml ops") == git(top, "rev-parse", "back:teams/ml ops")
    assert "README" not in git(top, "diff", "--name-only", "main", "back")
    assert ("main", "", before) == (
        git(top, "symbolic-ref", "--short", "HEAD"),
        git(top, "status", "--porcelain"),
        (top / ".git" / "index").read_bytes(),
    )


def test_a_project_at_the_top_is_put_back_as_a_whole(top):
    then = git(top, "rev-parse", "HEAD")
    (top / "more").write_text("more\n")
    commit(top, "Now")

    open_repository(top).branch_back(then, "back", "Go back")

    assert git(top, "rev-parse", f"{then}^{{tree}}") == git(top, "rev-parse", "back^{tree}")


def test_a_folder_that_is_gone_is_put_back(folder, top):
    then = git(top, "rev-parse", "HEAD")
    repository = open_repository(folder)
    git(top, "rm", "-r", "--quiet", "teams")
    commit(top, "Gone")

    repository.branch_back(then, "back", "Go back")

    assert "teams/ml ops/gitops.yaml" in git(top, "ls-tree", "-r", "--name-only", "back")


@pytest.mark.parametrize("branch", ["main", "a..b", "-x", "", "a b"])
def test_a_branch_that_cannot_be_made_is_a_mistake(folder, top, branch):
    then = git(top, "rev-parse", "HEAD")
    (folder / "gitops.yaml").write_text("now\n")
    head = commit(top, "Now")

    with pytest.raises(UsageError):
        open_repository(folder).branch_back(then, branch, "Go back")

    assert head == git(top, "rev-parse", "main")


def test_where_nothing_would_be_put_back_there_is_no_branch(folder, top):
    with pytest.raises(UsageError, match="already"):
        open_repository(folder).branch_back("HEAD", "back", "Go back")

    assert "main" == git(top, "branch", "--format=%(refname:short)")


def test_there_is_no_going_back_to_before_the_project(folder, top):
    first = git(top, "rev-list", "--max-parents=0", "HEAD")

    with pytest.raises(UsageError, match="there was no project"):
        open_repository(folder).branch_back(first, "back", "Go back")


# No repository.


def test_without_a_repository_nothing_is_known(tmp_path):
    found = open_repository(tmp_path)

    assert isinstance(found, NoRepository)
    assert SourceState() == found.state()


@pytest.mark.parametrize(
    "asked",
    [
        lambda found: found.resolve("HEAD"),
        lambda found: found.files_at("HEAD").__enter__(),
        lambda found: found.branch_back("HEAD", "back", "Go back"),
    ],
)
def test_without_a_repository_there_are_no_commits(asked):
    with pytest.raises(UsageError) as raised:
        asked(NoRepository())

    assert "git init" in raised.value.hint
