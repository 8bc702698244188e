"""What a whole process costs: `python -m benchmarks.whole_process FOLDER COMMAND...` runs one and prints it as JSON.

It is a small process between, because a process inherits the peak of the one that starts it.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.children import ROOT

_WITHIN_S: Final = 300.0
_UNITS_PER_MIB: Final = 1024**2 if sys.platform == "darwin" else 1024


class Cost(NamedTuple):
    """Of one run.

    Attributes:
        seconds: from the start until it was gone.
        cpu_s: that it and what it started have computed.
        peak_mib: the largest resident size that it had.
        said: its standard output.
    """

    seconds: float
    cpu_s: float
    peak_mib: float
    said: str


def cost_of(*command: str, folder: Path = ROOT) -> Cost:
    """Run a command in a folder to its end.

    Raises:
        RuntimeError: it failed; carries what it said.
        subprocess.TimeoutExpired: it has not ended in time, and was killed.
    """
    between = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.whole_process", str(folder), *command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        told = json.loads(between.communicate(timeout=_WITHIN_S)[0])
    except BaseException:
        with suppress(ProcessLookupError):  # Both of them: a session of their own is a group, too.
            os.killpg(between.pid, signal.SIGKILL)
        between.communicate()
        raise
    if told["code"]:
        raise RuntimeError(f"{' '.join(command)} ended with {told['code']}:\n{told['said']}{told['complained']}")
    return Cost(told["seconds"], told["cpu_s"], told["peak_mib"], told["said"])


def _measured(folder: str, command: Sequence[str]) -> dict[str, Any]:
    began = time.perf_counter()
    # As people have it: compiled once, and nothing else that this run's interpreter was told.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    run = subprocess.run(
        command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    seconds, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": seconds,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mib": used.ru_maxrss / _UNITS_PER_MIB,
        "code": run.returncode,
        "said": run.stdout,
        "complained": run.stderr,
    }


if __name__ == "__main__":
    print(json.dumps(_measured(sys.argv[1], sys.argv[2:])))
