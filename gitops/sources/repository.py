"""What git says about the project's folder: where its work tree ends, and which files it does not keep."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

_MOST_FOLDERS: Final = 500
"""More are asked about as one, so that the command line stays short."""


def enclosing_repository(folder: Path) -> Path | None:
    """The top of the git work tree that a folder is in; asks the file system only."""
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), None)


def untracked(repository: Path, folders: Collection[Path]) -> frozenset[str]:
    """The absolute paths of files in these folders that git does not keep, ignored ones too.

    One call for all folders; nothing where git is missing or does not answer, because this is only a remark.
    """
    if not folders:
        return frozenset()
    try:
        import git  # slow to import, and only here
    except ImportError:
        return frozenset()
    asked = sorted(map(str, folders)) if len(folders) <= _MOST_FOLDERS else ["."]
    try:
        with git.Repo(repository) as opened:
            answer: str = opened.git.ls_files("--others", "-z", "--", *asked)
    except (git.GitError, OSError, ValueError):
        return frozenset()
    return frozenset(f"{repository}/{name}" for name in answer.split("\0") if name)
