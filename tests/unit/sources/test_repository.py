import subprocess
import sys

import pytest

from gitops.sources.repository import enclosing_repository, untracked


@pytest.fixture
def repository(tmp_path):
    top = tmp_path / "repository"
    for name in ("kept/a", "kept/b", "kept/ignored", "other/c"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text("x")
    (top / ".gitignore").write_text("ignored\n")
    for command in (["init", "--quiet"], ["add", "kept/a"]):
        subprocess.run(["git", *command], cwd=top, check=True)
    return top


def test_the_work_tree_around_a_folder_is_found(repository):
    assert enclosing_repository(repository / "kept") == repository
    assert enclosing_repository(repository) == repository


def test_without_git_there_is_none(tmp_path):
    assert enclosing_repository(tmp_path) is None


def test_files_that_git_does_not_keep_are_untracked_ignored_ones_too(repository):
    assert untracked(repository, {repository / "kept"}) == {f"{repository}/kept/b", f"{repository}/kept/ignored"}


def test_very_many_folders_are_asked_about_as_one(repository):
    folders = {repository / "kept", *(repository / f"no{n}" for n in range(600))}

    assert f"{repository}/other/c" in untracked(repository, folders)


def test_a_broken_repository_is_no_error(tmp_path):
    (tmp_path / ".git").write_text("gitdir: nowhere")
    (tmp_path / "a").write_text("x")

    assert untracked(tmp_path, {tmp_path}) == frozenset()


def test_without_the_program_git_nothing_is_said(repository, monkeypatch):
    monkeypatch.setitem(sys.modules, "git", None)

    assert untracked(repository, {repository / "kept"}) == frozenset()


def test_nothing_is_asked_about_no_folder(tmp_path):
    assert untracked(tmp_path / "gone", set()) == frozenset()
