"""`python -m benchmarks [NAME...] [--json]`: measure, print each figure beside its budget, 1 if a budget is missed."""

import argparse
import json
import os
import platform
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, Final, NoReturn

from benchmarks import (
    autoscale,
    beside_octodns,
    gateway,
    help_page,
    history,
    idle,
    memory,
    plan,
    recovery,
    rollout,
    start,
    upkeep,
)
from benchmarks.figure import Figure
from benchmarks.table import line

ALL: Final[dict[str, Callable[[], Iterator[Figure]]]] = {
    "help": help_page.measure,
    "plan": plan.measure,
    "octodns": beside_octodns.measure,
    "history": history.measure,
    "start": start.measure,
    "memory": memory.measure,
    "gateway": gateway.measure,
    "rollout": rollout.measure,
    "recovery": recovery.measure,
    "autoscale": autoscale.measure,
    "idle": idle.measure,
    "upkeep": upkeep.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones (default: all): {', '.join(ALL)}")
    parser.add_argument("--json", action="store_true", help="print one JSON document, at the end")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in ALL]:
        parser.error(f"there is no benchmark {unknown[0]!r}; there is: {', '.join(ALL)}")
    signal.signal(signal.SIGTERM, _stop)
    return run(options.names or list(ALL), as_json=options.json)


def run(names: Sequence[str], *, as_json: bool) -> int:
    """Run benchmarks one after the other; 1 if any missed a budget."""
    found: dict[str, list[Figure]] = {}
    if not as_json:
        print(" · ".join(f"{key} {value}" for key, value in machine().items()))
    for name in names:
        if not as_json:
            print(f"\n{name} (load {os.getloadavg()[0]:.1f})", flush=True)
        for figure in ALL[name]():
            found.setdefault(name, []).append(figure)
            if not as_json:
                print(line(figure), flush=True)
    missed = [figure for figures in found.values() for figure in figures if figure.is_over]
    if as_json:
        figures = {name: [figure.as_json() for figure in several] for name, several in found.items()}
        print(json.dumps({"machine": machine(), "benchmarks": figures, "missed": len(missed)}, indent=2))
    else:
        print(f"\n{len(missed)} budgets missed" if missed else "\nEvery budget is kept.")
    return 1 if missed else 0


def machine() -> dict[str, Any]:
    """Where this runs."""
    return {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count()}


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """A stop from outside unwinds like any failure, so that nothing that was started is left behind."""
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main())
