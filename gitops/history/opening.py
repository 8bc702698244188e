"""Where the history of an environment is kept: in the repository around the project, or at the embedded platform."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitops.errors import UsageError
from gitops.history.adapter import GitHistory
from gitops.history.here import Here
from gitops.history.holder import this_process
from gitops.history.nowhere import NoHistory
from gitops.history.plumbing import Git, GitFailed
from gitops.history.refs import Names
from gitops.history.worktree import GitRepository, NoRepository
from gitops.model.desired import Environment, LocalPlatform
from gitops.ports import Clock, History, Repository

OWN: Final = "history.git"
"""The bare repository below the embedded platform's folder, where the project lies in none."""

_USUAL_REMOTE: Final = "origin"


@dataclass(frozen=True, slots=True)
class Found:
    """The git repository that a project lies in.

    Attributes:
        top: of its work tree.
        git_dir: of this work tree: its head and its index.
        common_dir: of all work trees: refs and objects.
        shallow: whether older commits were left out of this clone.
    """

    top: Path
    git_dir: Path
    common_dir: Path
    shallow: bool


def find_repository(root: Path) -> Found | None:
    """The repository around a folder; None where there is none.

    Raises:
        HistoryError: `git-missing`, or git refuses to work in it.
    """
    if not any((above / ".git").exists() for above in (root, *root.parents)):
        return None
    asked = ("--show-toplevel", "--absolute-git-dir", "--git-common-dir", "--is-shallow-repository")
    try:
        top, git_dir, common_dir, shallow = Git(root).ask("rev-parse", *asked).splitlines()
    except GitFailed as fault:
        if "not a git repository" in fault.said:
            return None
        raise
    return Found(Path(top), Path(git_dir), (root / common_dir).resolve(), shallow == "true")


def open_repository(root: Path) -> Repository:
    """The repository that a project lies in, or one that says that there is none.

    Args:
        root: the folder of `gitops.yaml`.
    """
    found = find_repository(root.resolve())
    if found is None:
        return NoRepository()
    folder = root.resolve().relative_to(found.top.resolve()).as_posix()
    return GitRepository(Git(found.top, found.git_dir), "" if folder == "." else folder, shallow=found.shallow)


def open_history(
    root: Path,
    project: str,
    name: str,
    environment: Environment,
    clock: Clock,
    *,
    who: str,
    local_folder: Path,
    environ: Mapping[str, str] = os.environ,
    wait_s: float = 0.0,
) -> History:
    """The history of an environment; one that can be kept nowhere remembers nothing and takes nothing.

    Args:
        root: the folder of `gitops.yaml`.
        project, name: of the project, and of the environment in it.
        who: applies, `Name <mail>`.
        local_folder: of the embedded platform, in which history lies where the project is in no repository.
        environ: tells the address of the CI run.
        wait_s: how long to wait for a lock that somebody else holds.

    Raises:
        UsageError: it is to be shared through a remote that there is not, or it is not clear through which.
        HistoryError: `git-missing`.
    """
    found, names = find_repository(root.resolve()), Names(project, name)
    local = isinstance(environment.platform, LocalPlatform)
    holder = this_process(who, run_url(environ))

    def opened(git: Git, remote: str | None, notes: tuple[str, ...] = ()) -> GitHistory:
        def one(environment: str, before: GitHistory | None = None) -> GitHistory:
            return GitHistory(
                git,
                project,
                environment,
                remote=remote,
                clock=clock,
                holder=holder,
                wait_s=wait_s,
                notes=notes if environment == name else (),
                before=before,
            )

        return one(name, one(environment.previously) if environment.previously else None)

    if local:
        own = Git(root.resolve(), local_folder.resolve() / OWN)
        if found is None or _goes_on(own, Git(found.top, found.common_dir), names):
            note = f"the history is kept in {own.git_dir}" + (
                "" if found else ", because the project is in no repository"
            )
            return opened(own, None, (note,))
    if found is None:
        return NoHistory(name)
    git = Git(found.top, found.common_dir)
    return opened(git, None if local else _remote(git, name, environment.history.remote))


def run_url(environ: Mapping[str, str]) -> str | None:
    """The address of the CI run that this is, where the environment tells it."""
    if all(environ.get(name) for name in _GITHUB):
        server, repository, run = (environ[name] for name in _GITHUB)
        return f"{server}/{repository}/actions/runs/{run}"
    return environ.get("CI_JOB_URL") or environ.get("BUILD_URL") or None


_GITHUB: Final = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")


def _goes_on(own: Git, git: Git, names: Names) -> bool:
    """Whether a history that began before there was a repository has not been begun anew in it."""
    return Here(own, names).tips().history is not None and Here(git, names).tips().history is None


def _remote(git: Git, name: str, asked: str | None) -> str | None:
    """The remote that a history is shared through; None where the repository has none."""
    remotes = git.ask("remote").split()
    if asked is not None and asked not in remotes:
        known = f"it has {', '.join(remotes)}" if remotes else "it has none"
        raise UsageError(
            f"environment {name} keeps its history in the remote {asked}, which this repository does not have: {known}",
            hint=f"git remote add {asked} URL, or name another one: history.remote in gitops.yaml",
        )
    if asked is not None or not remotes:
        return asked
    if len(remotes) > 1 and _USUAL_REMOTE not in remotes:
        raise UsageError(
            f"environment {name} does not say in which remote it shares its history, and this repository has "
            f"{', '.join(remotes)}",
            hint="name one of them: history.remote in gitops.yaml",
        )
    return _USUAL_REMOTE if _USUAL_REMOTE in remotes else remotes[0]
