"""A tool that is not ours, in an environment of its own: made once, beside ours, from a list of exact versions."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.children import ROOT

_WITHIN_S: Final = 300.0


class NotInstalled(Exception):
    """The tool cannot be had here; says why."""


def interpreter(name: str) -> Path:
    """The interpreter of `.venv-NAME`, which has what `benchmarks/NAME.txt` lists; made at the first call.

    Raises:
        NotInstalled: it cannot be made; nothing half made is taken for whole later.
    """
    wanted = ROOT / "benchmarks" / f"{name}.txt"
    folder = ROOT / f".venv-{name}"
    python, made = folder / "bin/python", folder / "made-from.txt"
    if made.is_file() and made.read_text() == wanted.read_text():
        return python
    made.unlink(missing_ok=True)
    _run(sys.executable, "-m", "venv", "--clear", str(folder))
    _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(wanted))
    made.write_text(wanted.read_text())
    return python


def _run(*command: str) -> None:
    try:
        run = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise NotInstalled(str(fault)) from fault
    if run.returncode:
        said = [line for line in run.stderr.splitlines() if "ERROR" in line] or run.stderr.splitlines()
        raise NotInstalled(said[-1] if said else f"{' '.join(command)} ended with {run.returncode}")
