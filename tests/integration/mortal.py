"""An embedded platform that kills itself right after an event: `python -m tests.integration.mortal --data DIR KIND N`.

It is the real one, with a database whose connection dies with the process, as SIGKILL does, in the moment in which the
N-th event of a kind (`any` is every kind) has been written.
"""

import argparse
import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path

from gitops.local.folder import DataFolder
from gitops.local.server import Settings, run

EVENT = "INSERT INTO events"


def mortal(kind: str, number: int):
    """A way to open a database that ends the process after an event."""

    class Mortal(sqlite3.Connection):
        seen = 0
        due = False

        def execute(self, sql, *parameters):
            if sql.startswith(EVENT) and kind in {"any", parameters[0][2]}:
                Mortal.seen += 1
                Mortal.due = Mortal.seen == number
            done = super().execute(sql, *parameters)
            if sql == "COMMIT" and Mortal.due:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

    return lambda path: sqlite3.connect(path, isolation_level=None, factory=Mortal)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("kind")
    parser.add_argument("number", type=int)
    arguments = parser.parse_args()
    folder = DataFolder(arguments.data.resolve())
    os.umask(0o077)
    folder.prepare()
    lock = folder.take()
    assert lock is not None, "another platform runs here"
    asyncio.run(run(Settings(folder, opener=mortal(arguments.kind, arguments.number)), lock))
    return 0


if __name__ == "__main__":
    sys.exit(main())
