"""Git is called so that nothing of the user's gets in its way, and what goes wrong is said once."""

import stat
import sys
import time

import psutil
import pytest

from gitops.errors import ErrorCode, HistoryError
from gitops.history.plumbing import Git, GitFailed, ask_system
from tests.history import git, make_repository, open_git


def program(path, text: str) -> str:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def lives(pid: int) -> bool:
    """Whether a process goes on; one that has ended stays a number until the system takes notice."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_call_answers_what_git_prints(tmp_path):
    folder = make_repository(tmp_path / "r")

    assert git(folder, "rev-parse", "HEAD") == open_git(folder).ask("rev-parse", "HEAD")


def test_a_call_that_fails_says_which_and_why(tmp_path):
    with pytest.raises(GitFailed) as raised:
        open_git(make_repository(tmp_path / "r")).run("-c", "a.b=c", "rev-parse", "--verify", "nothing")

    assert raised.value.message.startswith("git rev-parse failed: fatal: ")
    assert raised.value.status == 128


def test_a_question_that_is_answered_with_a_status(tmp_path):
    asked = open_git(make_repository(tmp_path / "r"))

    assert asked.holds("cat-file", "-e", "HEAD")
    assert not asked.holds("cat-file", "-e", "nothing")


def test_a_call_that_hangs_is_ended_with_what_it_started(tmp_path, monkeypatch):
    asked = open_git(make_repository(tmp_path / "r"))
    pid = tmp_path / "pid"
    monkeypatch.setenv("GIT_SSH_COMMAND", program(tmp_path / "ssh", f"#!/bin/sh\necho $$ > {pid}\nexec sleep 600\n"))

    for patience in (0.2, 2, 20):  # what a busy machine has not started yet cannot hang
        with pytest.raises(GitFailed, match=f"did not end within {patience} seconds"):
            asked.run("ls-remote", "ssh://nowhere.example/x", timeout_s=patience)
        if pid.exists() and pid.read_text():
            break

    deadline = time.monotonic() + 10
    while lives(int(pid.read_text())):
        assert time.monotonic() < deadline


def test_output_is_read_while_it_comes(tmp_path):
    asked = open_git(make_repository(tmp_path / "r"))
    names = tmp_path / "names"
    names.write_text("HEAD:gitops.yaml\n" * 3)

    with names.open("rb") as given, asked.reading("cat-file", "--batch", given=given) as told:
        assert 3 == told.read().count(b"kind: Project")


def test_output_that_nobody_reads_to_its_end_is_no_trouble(tmp_path):
    asked = open_git(make_repository(tmp_path / "r"))
    names = tmp_path / "names"
    names.write_text("HEAD:gitops.yaml\n" * 20000)

    with pytest.raises(RuntimeError), names.open("rb") as given, asked.reading("cat-file", "--batch", given=given):
        raise RuntimeError


def test_output_of_a_call_that_fails_is_not_believed(tmp_path):
    asked = open_git(make_repository(tmp_path / "r"))

    with (
        pytest.raises(GitFailed),
        (tmp_path / "home" / ".gitconfig").open("rb") as given,
        asked.reading("cat-file", "--nothing", given=given) as told,
    ):
        told.read()


def test_variables_of_another_repository_are_not_followed(tmp_path, monkeypatch):
    """As in a hook, which git calls with variables that point to its repository."""
    here, there = make_repository(tmp_path / "here"), make_repository(tmp_path / "there")
    git(there, "commit", "--quiet", "--allow-empty", "-m", "Another")
    head, asked = git(here, "rev-parse", "HEAD"), open_git(here)
    monkeypatch.setenv("GIT_DIR", str(there / ".git"))

    assert head == asked.ask("rev-parse", "HEAD")


def test_a_machine_without_git_says_so(tmp_path, monkeypatch):
    asked = open_git(make_repository(tmp_path / "r"))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(HistoryError) as raised:
        asked.run("status")

    assert ErrorCode.GIT_MISSING is raised.value.code


def test_gitpython_that_finds_no_git_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "git", None)

    with pytest.raises(HistoryError) as raised:
        Git(tmp_path).run("status")

    assert ErrorCode.GIT_MISSING is raised.value.code
    assert "install git" in raised.value.hint


def test_a_program_of_the_system_is_asked():
    assert ask_system("echo", "hello") == "hello"
    assert ask_system("there-is-no-such-program") == ""
