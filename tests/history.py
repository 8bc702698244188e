"""Real git repositories for tests of the history, cut off from the configuration of whoever runs them."""

import os
import subprocess
from pathlib import Path
from typing import Any

from gitops.history.adapter import GitHistory
from gitops.history.holder import Holder
from gitops.history.plumbing import Git
from tests.fakes.clock import FakeClock

ADA = Holder("Ada <ada@example.com>", "ada-host", "boot-a", 1, 1.0)
BOB = Holder("Bob <bob@example.com>", "bob-host", "boot-b", 2, 2.0)

HISTORY = "refs/gitops/aloha/local/history"
LOCK = "refs/gitops/aloha/local/lock"

ISOLATED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_DATE": "2026-03-02T09:00:00Z",
    "GIT_COMMITTER_DATE": "2026-03-02T09:00:00Z",
}


def isolate(monkeypatch: Any, home: Path) -> None:
    """Let git see no configuration but what a test writes into `home/.gitconfig`."""
    home.mkdir(exist_ok=True)
    (home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.com\n[init]\ndefaultBranch = main\n")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "nothing"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    for name, value in ISOLATED.items():
        monkeypatch.setenv(name, value)


def git(folder: Path, *arguments: str) -> str:
    """What a git command of a person says; fails the test where it fails."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout.strip()


def make_repository(folder: Path, *flags: str) -> Path:
    """A repository with one commit."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", *flags)
    (folder / "gitops.yaml").write_text("kind: Project\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "The beginning")
    return folder


def make_remote(folder: Path, *flags: str) -> Path:
    """An empty bare repository."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--bare", *flags)
    return folder


def clone(remote: Path, folder: Path) -> Path:
    """A clone with a commit of its own, and the remote as `origin`."""
    make_repository(folder)
    git(folder, "remote", "add", "origin", str(remote))
    return folder


def open_git(folder: Path) -> Git:
    return Git(folder, Path(git(folder, "rev-parse", "--absolute-git-dir")))


def open_history(folder: Path, remote: str | None = None, holder: Holder = ADA, **settings: Any) -> GitHistory:
    clock = settings.pop("clock", None) or FakeClock()
    return GitHistory(open_git(folder), "aloha", "local", remote=remote, clock=clock, holder=holder, **settings)
