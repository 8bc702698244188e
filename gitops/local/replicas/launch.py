"""Turns `launch.py STANDIN ENTRY_POINT [ARGUMENT...]` into what `python ENTRY_POINT [ARGUMENT...]` does, with one
folder more at the very end of the module path. Run by its path, in the model's environment; it imports no gitops.

It is a launcher because PYTHONPATH cannot do this: the folders of PYTHONPATH come before the environment's own
packages, where the stand-in would hide a real fedml; they are inherited by every process that the model starts; and a
model card may set PYTHONPATH itself.
"""
# ruff: noqa: PTH100, PTH120
# os.path and not pathlib: every replica starts through here, and pathlib would be its largest import.

from __future__ import annotations

import os
import runpy
import sys
from types import TracebackType

USAGE = "usage: python launch.py STANDIN_FOLDER ENTRY_POINT [ARGUMENT...]"


def launch(standin: str, entry_point: str, arguments: list[str]) -> None:
    """Run a model's entry point as `__main__`, unmodified.

    Raises:
        SystemExit: with code 1 after an exception of the entry point, whose traceback is then on stderr; or what the
            entry point itself exits with.
    """
    path = os.path.abspath(entry_point)
    folder = os.path.dirname(os.path.realpath(path))
    if sys.path and sys.path[0] == os.path.dirname(os.path.realpath(__file__)):
        sys.path[0] = folder
    else:  # an isolated interpreter (-P, -I) does not put this file's folder there
        sys.path.insert(0, folder)
    sys.path.append(os.path.abspath(standin))
    sys.argv[:] = [path, *arguments]
    try:
        runpy.run_path(path, run_name="__main__")
    except Exception as error:  # noqa: BLE001  it is reported as the interpreter would, and ends the process as there
        trace = _of_the_model(error.__traceback__)
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        sys.exit(1)


def _of_the_model(trace: TracebackType | None) -> TracebackType | None:
    """The frames of a traceback without the launcher's own, which come first."""
    ours = {__file__, launch.__code__.co_filename, runpy.run_path.__code__.co_filename}
    while trace is not None and trace.tb_frame.f_code.co_filename in ours:
        trace = trace.tb_next
    return trace


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(USAGE)
    launch(sys.argv[1], sys.argv[2], sys.argv[3:])
