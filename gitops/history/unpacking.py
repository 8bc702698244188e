"""The files of a commit -> a folder, straight from git's objects: no checkout, no filter, no hook."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from gitops.errors import ErrorCode, HistoryError
from gitops.history.plumbing import Git

_CHUNK: Final = 1 << 20
_LINK: Final = "120000"
_PROGRAM: Final = "100755"
_REPOSITORY: Final = "160000"
_LONGEST_LINK: Final = 4096


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    id: str
    path: str


def unpack(git: Git, commit: str, into: Path) -> None:
    """Write a commit's files into an empty folder; submodules become empty folders.

    Links are written last and as they are, so that nothing is written through one.

    Raises:
        HistoryError: a path leads out of the folder, or an object is missing.
    """
    entries = list(_entries(git, commit))
    for entry in entries:
        if entry.mode == _REPOSITORY:
            (into / entry.path).mkdir(parents=True, exist_ok=True)
    files = [entry for entry in entries if entry.mode not in {_LINK, _REPOSITORY}]
    links = [entry for entry in entries if entry.mode == _LINK]
    with tempfile.TemporaryFile() as asked:
        asked.write("".join(f"{entry.id}\n" for entry in (*files, *links)).encode())
        asked.seek(0)
        with git.reading("cat-file", "--batch", "--buffer", given=asked) as told:
            for entry in files:
                _write(told, entry, into / entry.path)
            for entry in links:
                _link(told, entry, into / entry.path)


def _entries(git: Git, commit: str) -> Iterator[_Entry]:
    told = git.run("ls-tree", "-r", "-z", "--full-tree", commit)
    for line in os.fsdecode(told).split("\0"):
        if not line:
            continue
        head, _, path = line.partition("\t")
        if any(part in {"", ".", ".."} or part.lower() == ".git" for part in path.split("/")):
            raise HistoryError(
                f"commit {commit[:12]} has a file {path!r}, which no git would check out",
                hint="see who made that commit",
                code=ErrorCode.HISTORY_CORRUPT,
            )
        mode, _, one = head.split(" ")
        yield _Entry(mode, one, path)


def _write(told: IO[bytes], entry: _Entry, path: Path) -> None:
    left = _size(told, entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        while left:
            chunk = told.read(min(left, _CHUNK))
            if not chunk:
                raise _missing(entry)
            file.write(chunk)
            left -= len(chunk)
    told.read(1)
    if entry.mode == _PROGRAM:
        path.chmod(path.stat().st_mode | 0o111)


def _link(told: IO[bytes], entry: _Entry, path: Path) -> None:
    size = _size(told, entry)
    if size > _LONGEST_LINK:
        raise _missing(entry)
    leads_to = os.fsdecode(told.read(size))
    told.read(1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(leads_to)


def _size(told: IO[bytes], entry: _Entry) -> int:
    """How long the next object is, if it is the one that was asked for."""
    _, kind, size = (*told.readline().split(), b"", b"", b"")[:3]
    if kind != b"blob":
        raise _missing(entry)
    return int(size)


def _missing(entry: _Entry) -> HistoryError:
    return HistoryError(
        f"the content of {entry.path} at that commit cannot be read: git does not have the object {entry.id}",
        hint="fetch it: git fetch --refetch",
        code=ErrorCode.HISTORY_CORRUPT,
    )
