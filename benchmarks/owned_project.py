"""A large project whose endpoints are its own: in a repository, whose history says so as an apply has left it there."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.whole_process import cost_of

_WHO: Final = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
_WITHIN_S: Final = 60.0


def own(root: Path, size: int) -> None:
    """Commit the files, and adopt everything that they declare and the platform has.

    Raises:
        RuntimeError: gitops does not take it; carries what it said.
        subprocess.CalledProcessError: git does not.
    """
    under_git(root)
    told = cost_of(sys.executable, "-m", "gitops", "apply", "-C", str(root), "--allow", f"adoptions={size}", "--yes")
    assert f"{size:,} to adopt" in told.said, told.said[-2000:]


def under_git(root: Path) -> None:
    """Let the project be all of a repository.

    Raises:
        subprocess.CalledProcessError: git does not take it.
    """
    (root / ".gitignore").write_text(".gitops/\n")
    for words in (("init", "--quiet"), ("add", "--all"), (*_WHO, "commit", "--quiet", "--message=Declare")):
        subprocess.run(
            ["git", *words], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, timeout=_WITHIN_S, check=True
        )
