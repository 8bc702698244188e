"""How far the files of a project have left the commit that is checked out: a digest over what differs."""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from gitops.history.plumbing import Git

_CHUNK: Final = 1 << 20
_ORDINARY: Final = 8
_UNMERGED: Final = 10
"""Fields that stand before the path in a line of `git status --porcelain=v2`."""


@dataclass(frozen=True, slots=True)
class Status:
    """What git says of a work tree.

    Attributes:
        commit: None where there is none yet.
        branch: None where the head is detached.
        paths: relative to the top of the work tree, of what differs from the commit, sorted.
    """

    commit: str | None
    branch: str | None
    paths: tuple[str, ...]


def read_status(git: Git, folder: str) -> Status:
    """Commit, branch, and what differs from the commit in a folder: changed, deleted, and new unless ignored.

    Args:
        git: called at the top of the work tree.
    """
    told = git.ask(
        "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames", "--", folder or "."
    )
    lines = [line for line in told.split("\0") if line]
    heads = dict(line.removeprefix("# branch.").partition(" ")[::2] for line in lines if line.startswith("# branch."))
    commit, branch = heads.get("oid", "(initial)"), heads.get("head", "(detached)")
    return Status(
        commit=None if commit == "(initial)" else commit,
        branch=None if branch == "(detached)" else branch,
        paths=tuple(sorted(path for line in lines if (path := _path(line)) is not None)),
    )


def changed_digest(top: Path, paths: tuple[str, ...]) -> str | None:
    """A digest over path, kind and content of each; None where there are none."""
    if not paths:
        return None
    whole = sha256()
    for path in paths:
        whole.update(os.fsencode(path) + b"\0" + _content(top / path).encode() + b"\n")
    return whole.hexdigest()


def _path(line: str) -> str | None:
    match line[:2]:
        case "1 ":
            return line.split(" ", _ORDINARY)[_ORDINARY]
        case "u ":
            return line.split(" ", _UNMERGED)[_UNMERGED]
        case "? ":
            return line[2:]
        case _:
            return None


def _content(path: Path) -> str:
    """What lies at a path, in a line; a link is what it says and not what it leads to."""
    try:
        if path.is_symlink():
            return f"link {sha256(os.fsencode(path.readlink())).hexdigest()}"
        if not path.exists():
            return "nothing"
        if not path.is_file():
            return "folder"
        digest = sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        return f"{'program' if os.access(path, os.X_OK) else 'file'} {digest.hexdigest()}"
    except OSError:
        return "unreadable"
