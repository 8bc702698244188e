"""`python -m gitops.local --data DIR`: the embedded platform in the foreground, as `gitops platform up` starts it."""

import argparse
import asyncio
import json
import logging
import os
import sys
from pathlib import Path

from gitops.errors import DataFolderError, GitopsError
from gitops.local.folder import DataFolder
from gitops.local.logs.book import LIMIT
from gitops.local.server import Settings, run
from gitops.local.tensoropera.behaviour import OURS, TENSOROPERA

ALREADY_RUNNING = 75
"""Exit status: another platform holds the data folder."""

LONGEST_DRAIN_S = 45
"""So that `down` can wait for it."""


SMALLEST_LOG = 4096


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m gitops.local", description="the embedded platform")
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--drain",
        type=float,
        default=float(os.environ.get("GITOPS_LOCAL_DRAIN", "30")),
        help="seconds that a stopping replica may finish requests; also GITOPS_LOCAL_DRAIN",
    )
    parser.add_argument(
        "--log-limit",
        type=int,
        default=int(os.environ.get("GITOPS_LOCAL_LOG_LIMIT", str(LIMIT))),
        help="bytes of a replica's output from which on it is rotated; also GITOPS_LOCAL_LOG_LIMIT",
    )
    parser.add_argument(
        "--behave",
        choices=("tensoropera",),
        help="carry out what TensorOpera's contract asks as its agents do; remembered in the data folder",
    )
    arguments = parser.parse_args()
    if not 0 <= arguments.drain <= LONGEST_DRAIN_S:
        parser.error(f"--drain is 0 to {LONGEST_DRAIN_S} seconds")
    if arguments.log_limit < SMALLEST_LOG:
        parser.error(f"--log-limit is at least {SMALLEST_LOG} bytes")
    return arguments


def _run(settings: Settings, lock: int) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(run(settings, lock))
    else:
        uvloop.run(run(settings, lock))


def main() -> int:
    """Run until stopped; a failure to begin is one JSON line on stdout for whoever started us."""
    arguments = _arguments()
    folder = DataFolder(arguments.data.resolve())
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO, stream=sys.stderr)
    os.umask(0o077)
    try:
        folder.prepare()
        lock = folder.take()
        if lock is None:
            return ALREADY_RUNNING
        if arguments.behave:
            folder.keep_behaviour(arguments.behave)
        settings = Settings(
            folder,
            port=arguments.port,
            drain_s=arguments.drain,
            log_limit=arguments.log_limit,
            behaviour=TENSOROPERA if folder.behaviour() else OURS,
        )
        _run(settings, lock)
    except OSError as fault:
        return _report(DataFolderError(f"the data folder {folder.root} cannot be used: {fault}"))
    except GitopsError as fault:
        return _report(fault)
    return 0


def _report(fault: GitopsError) -> int:
    sys.stdout.write(json.dumps({"code": fault.code, "message": fault.message, "hint": fault.hint}) + "\n")
    return int(fault.exit_code)


if __name__ == "__main__":
    sys.exit(main())
