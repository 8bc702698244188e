"""Processes that a benchmark starts: each is ended by its own id, whatever happens."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The repository: where `python -m benchmarks.<module>` is found."""


@contextmanager
def child(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m MODULE ARGUMENTS`, its input and output in our hands; killed if it lives when the context ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def answer_of(process: subprocess.Popen[str], within_s: float) -> Any:
    """The JSON that a child prints before it ends; closing its input is what asks it to.

    Raises:
        RuntimeError: it failed.
        subprocess.TimeoutExpired: it has not ended in time.
    """
    said, _ = process.communicate(timeout=within_s)
    if process.returncode:
        raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
    return json.loads(said)
