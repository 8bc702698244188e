"""The folder `.gitops` in a project: what this tool keeps there is nobody's to commit."""

from pathlib import Path
from typing import Final

NAME: Final = ".gitops"


def own_folder(root: Path) -> Path:
    """The project's `.gitops`, made on the first call together with a `.gitignore` that keeps it out of git.

    Raises:
        OSError: it cannot be made, or made unseen by git.
    """
    folder = root / NAME
    folder.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
    return folder
