"""A user's project in a folder of a test's own, and the command line as a process."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gitops.local.daemon import running
from gitops.local.folder import DataFolder
from tests.integration.embedded import Embedded, end

QUICKSTART = Path(__file__).parents[2] / "examples/quickstart"
PATIENCE_S = 90


def _heed_ctrl_c() -> None:
    """A test run in the background ignores Ctrl-C, and what it starts would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass
class Project:
    """A copy of the quickstart that may be changed at will."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def _environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("GITOPS_", "FEDML_"))}
        return {**ours, "NO_COLOR": "1", **self.environ}

    def gitops(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "gitops", *words],
            cwd=self.folder,
            env=self._environment(),
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def good(self, *words: str) -> str:
        """What a command that succeeds prints."""
        done = self.gitops(*words)
        assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *words: str) -> dict:
        return json.loads(self.good(*words))

    def begin(self, *words: str) -> "subprocess.Popen[str]":
        """Start a command and go on."""
        return subprocess.Popen(
            [sys.executable, "-m", "gitops", *words],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_heed_ctrl_c,
        )

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def write(self, file: str, text: str) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def model(self, marker: str) -> None:
        """Let the model answer under another name."""
        text = (QUICKSTART / "aloha/main_entry.py").read_text()
        self.write("aloha/main_entry.py", text.replace("AlohaV1From", f"{marker}From"))

    @property
    def data(self) -> DataFolder:
        return DataFolder((self.folder / ".gitops/local").resolve())

    @property
    def platform(self) -> Embedded:
        """The platform that a command has started."""
        record = running(self.data)
        assert record is not None
        return Embedded(self.data, record)


@contextmanager
def project_in(folder: Path) -> Iterator[Project]:
    """A project whose platform is ended afterwards, with everything it started."""
    root = folder / "aloha"
    shutil.copytree(QUICKSTART, root, ignore=shutil.ignore_patterns("__pycache__", ".gitops"))
    project = Project(root)
    try:
        yield project
    finally:
        end(Embedded(project.data, None))
