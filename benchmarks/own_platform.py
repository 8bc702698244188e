"""A platform with or without its upkeep: `python -m benchmarks.own_platform DATA on|off` runs until SIGTERM."""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from benchmarks.children import child
from benchmarks.embedded import PATIENCE_S, Start
from gitops.local import daemon
from gitops.local.folder import DataFolder, ServerRecord
from gitops.local.server import Settings, run


def with_upkeep(*, upkeep: bool) -> Start:
    """How to start one."""

    @contextmanager
    def start(folder: DataFolder) -> Iterator[ServerRecord]:
        with child("benchmarks.own_platform", str(folder.root), "on" if upkeep else "off") as process:
            try:
                deadline = time.monotonic() + PATIENCE_S
                while (record := daemon.running(folder)) is None:
                    if process.poll() is not None or time.monotonic() > deadline:
                        raise RuntimeError("the platform did not come up")
                    time.sleep(0.02)
                yield record
            finally:
                daemon.down(folder)

    return start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("upkeep", choices=["on", "off"])
    options = parser.parse_args()
    folder = DataFolder(options.data)
    folder.prepare()
    lock = folder.take()
    assert lock is not None, "another platform has the folder"
    uvloop.run(run(Settings(folder, upkeep=options.upkeep == "on"), lock))


if __name__ == "__main__":
    main()
