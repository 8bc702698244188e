"""What one version runs in, on disk: where its parts lie, how its bootstrap ended, and what replicas get of it.

<model>/<version>/venv/          the virtual environment; nothing of ours is in it, so the model's own pins win
                  workspace/     a copy of the package, which the bootstrap may write into; replicas run here
                  bootstrap.log  the bootstrap's output
                  outcome.json   how it ended; without it the folder is half made
"""

import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gitops.local.state import Version
from gitops.model.frozen import Tolerant
from gitops.model.trouble import BootstrapState


class Outcome(Tolerant):
    """How a bootstrap ended.

    Attributes:
        digest: of the version that it was for: a folder may be older than the database beside it.
        folder: where that was; a virtual environment cannot be moved.
        seconds: that it took, the making of the virtual environment included.
        reason, last_lines: why it failed, and the end of its output, without the values of secrets.
    """

    state: BootstrapState
    digest: str
    folder: str
    seconds: float
    reason: str = ""
    last_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """What the replicas of a version run with.

    Attributes:
        python: the interpreter.
        folder: the version's files, where its replicas run.
        seconds: that the bootstrap took; None where the version has none.
        venv: None where replicas use the platform's own interpreter.
    """

    python: str
    folder: Path
    seconds: float | None = None
    venv: Path | None = None

    def applied(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Variables as a process in this environment gets them: its programs come first, whatever PATH they name."""
        if self.venv is None:
            return dict(variables)
        path = os.pathsep.join((str(self.venv / "bin"), variables.get("PATH", os.defpath)))
        return {**variables, "VIRTUAL_ENV": str(self.venv), "PATH": path}


def without_bootstrap(package: Path) -> Environment:
    """What replicas of a version without a bootstrap run with: the platform's interpreter, in the package itself."""
    return Environment(sys.executable, package)


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of what one version runs in."""

    folder: Path

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.folder / "venv"

    @property
    def workspace(self) -> Path:
        """The copy of the package."""
        return self.folder / "workspace"

    @property
    def log(self) -> Path:
        """The bootstrap's output."""
        return self.folder / "bootstrap.log"

    def environment(self, seconds: float | None = None) -> Environment:
        """What replicas get of it."""
        return Environment(str(self.venv / "bin" / "python"), self.workspace, seconds, self.venv)

    def finished(self, version: Version) -> Environment | None:
        """The environment, if it was made whole, for this very content, at this place, and its Python still runs."""
        outcome = self.outcome(version)
        if outcome is None or outcome.state is not BootstrapState.DONE or outcome.folder != str(self.folder):
            return None
        environment = self.environment(outcome.seconds)
        whole = os.access(environment.python, os.X_OK) and self.workspace.is_dir()
        return environment if whole else None

    def outcome(self, version: Version) -> Outcome | None:
        """How the last bootstrap of this version ended here; None if it never did."""
        with suppress(OSError, ValueError):
            outcome = Outcome.model_validate_json((self.folder / "outcome.json").read_text())
            return outcome if outcome.digest == version.digest else None
        return None

    def keep(self, outcome: Outcome) -> None:
        """Write down how it ended.

        Raises:
            OSError: that cannot be written.
        """
        draft = self.folder / "outcome.draft"
        draft.write_text(outcome.model_dump_json())
        draft.replace(self.folder / "outcome.json")

    def clear(self) -> None:
        """Make the folder, without what an earlier bootstrap left in it.

        Raises:
            OSError: it cannot be made, or something in it cannot be removed.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "outcome.json").unlink(missing_ok=True)
        self.remove_parts()

    def remove_parts(self) -> None:
        """Remove virtual environment and workspace, whatever rights a bootstrap gave to folders in them.

        Raises:
            OSError: something cannot be removed.
        """
        for part in (self.venv, self.workspace):
            shutil.rmtree(part, ignore_errors=True)
            if part.exists():
                _open_up(part)
                shutil.rmtree(part)


def _open_up(root: Path) -> None:
    """Give ourselves back the right to look into every folder and to remove what is in it."""
    root.chmod(0o700)
    for folder, names, _ in os.walk(root):
        for path in (Path(folder, name) for name in names):
            if not path.is_symlink():
                path.chmod(0o700)
