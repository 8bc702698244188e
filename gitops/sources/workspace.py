"""Walks a card's workspace: which files a package would hold, and what stands in the way of packaging it.

Opens no file but `.gitopsignore`; links lead inside the workspace or are refused.
"""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gitops.diagnostics import Code
from gitops.sources.wording import shown

IGNORE_FILE: Final = ".gitopsignore"
ALWAYS_IGNORED: Final = frozenset((".git", ".gitops", IGNORE_FILE))
IGNORED_NAMES: Final = frozenset(
    ("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", ".DS_Store")
)
IGNORED_SUFFIX: Final = ".pyc"
MAX_FILES: Final = 20_000
MAX_BYTES: Final = 16 * 1024**3

Ignored = Callable[[str], bool]
"""Whether a path relative to the workspace is left out; a folder's ends with a slash."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a workspace: its path in the package, and what the file system says of it."""

    path: str
    source: str
    executable: bool
    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that keeps a workspace from being packaged."""

    code: Code
    summary: str
    hint: str = ""


@dataclass(slots=True)
class Walk:
    """What a workspace holds, sorted by path."""

    files: list[Found] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)


class _Full(Exception):
    """The limits are passed."""


def walk(workspace: Path) -> Walk:
    """Every file that belongs to the package of a workspace, an absolute path without links."""
    result = Walk()
    try:
        _Walker(str(workspace), _ignored(workspace), result).run()
    except _Full:
        limits = f"{MAX_FILES:,} files or {MAX_BYTES // 1024**3} GiB"
        hint = f"leave out what the model does not need with {IGNORE_FILE}, in the way of .gitignore"
        result.obstacles.append(Obstacle(Code.TOO_LARGE, f"the workspace holds more than {limits}", hint))
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        name = os.path.relpath(str(getattr(problem, "filename", None) or workspace), workspace)
        summary = f"{shown(name)} in the workspace cannot be read: {reason}"
        hint = f"check the rights, or leave it out with {IGNORE_FILE}"
        result.obstacles.append(Obstacle(Code.FILE_UNREADABLE, summary, hint))
    result.files.sort(key=lambda found: found.path)
    return result


class _Walker:
    """Takes folder after folder from a list, because folders may be nested deeper than functions."""

    def __init__(self, top: str, ignored: Ignored, result: Walk) -> None:
        self._top = top
        self._ignored = ignored
        self._result = result
        self._left: list[tuple[str, str, tuple[str, ...]]] = [("", top, ())]
        self._folders = 0
        self._bytes = 0

    def run(self) -> None:
        """Walk until nothing is left."""
        while self._left:
            prefix, source, above = self._left.pop()
            self._count(folders=1)
            with os.scandir(source) as entries:
                for entry in entries:
                    if entry.name not in ALWAYS_IGNORED and not self._ignored(prefix + entry.name):
                        self._entry(prefix + entry.name, entry, (*above, source))

    def _entry(self, path: str, entry: os.DirEntry[str], above: tuple[str, ...]) -> None:
        source = entry.path
        if not _is_unicode(path):
            self._refuse(Code.FILE_UNREADABLE, path, "has a name that is not UTF-8")
            return
        if entry.is_symlink():
            source = os.path.realpath(source)
            if source != self._top and not source.startswith(self._top + os.sep):
                self._refuse(Code.SYMLINK_OUTSIDE, path, "is a link out of the workspace")
                return
            if source in above:
                self._refuse(Code.FILE_UNREADABLE, path, "is a link to a folder that it is in")
                return
        self._take(path, source, above)

    def _take(self, path: str, source: str, above: tuple[str, ...]) -> None:
        try:
            status = Path(source).stat()
        except OSError:
            self._refuse(Code.FILE_UNREADABLE, path, "is a link to nothing")
            return
        if stat.S_ISDIR(status.st_mode):
            if not self._ignored(path + "/"):
                self._left.append((path + "/", source, above))
        elif stat.S_ISREG(status.st_mode):
            executable = bool(status.st_mode & stat.S_IXUSR)
            found = Found(path, source, executable, status.st_size, status.st_mtime_ns, status.st_ino)
            self._result.files.append(found)
            self._count(size=found.size)
        else:
            self._refuse(Code.FILE_UNREADABLE, path, "is neither a file nor a folder")

    def _count(self, *, folders: int = 0, size: int = 0) -> None:
        self._folders += folders
        self._bytes += size
        if len(self._result.files) + self._folders > MAX_FILES or self._bytes > MAX_BYTES:
            raise _Full

    def _refuse(self, code: Code, path: str, what: str) -> None:
        hint = f"remove it, or leave it out with {IGNORE_FILE}"
        self._result.obstacles.append(Obstacle(code, f"{shown(path)} {what}", hint))


def _ignored(workspace: Path) -> Ignored:
    rules = workspace / IGNORE_FILE
    if not rules.is_file():
        return _ignored_by_default
    from pathspec import GitIgnoreSpec  # only for workspaces that have rules of their own

    lines = [*sorted(IGNORED_NAMES), f"*{IGNORED_SUFFIX}", *rules.read_text(encoding="utf-8").splitlines()]
    spec = GitIgnoreSpec.from_lines(lines)
    return spec.match_file


def _ignored_by_default(path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    return name in IGNORED_NAMES or name.endswith(IGNORED_SUFFIX)


def _is_unicode(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
