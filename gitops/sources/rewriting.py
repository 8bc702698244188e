"""Writes changed texts back into files that people own: each at once or not at all, with its rights and its mark."""

import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gitops.errors import UsageError

_BOM: Final = b"\xef\xbb\xbf"


def rewrite(root: Path, original: Mapping[Path, str], changed: Mapping[Path, str]) -> tuple[str, ...]:
    """Let files say something else.

    Args:
        original: what they said when they were read.
        changed: what they shall say.

    Returns:
        Their names, relative to `root`, sorted.

    Raises:
        UsageError: a file was changed meanwhile, and none is written; or one cannot be written.
    """
    names = {path: path.relative_to(root).as_posix() for path in sorted(changed)}
    marks = {path: _mark(path, names[path], original[path]) for path in names}
    for path, name in names.items():
        try:
            _replace(path.resolve(), marks[path] + changed[path].encode())
        except OSError as fault:
            raise UsageError(
                f"{name} cannot be written: {fault.strerror}", hint="check its rights, and its folder's"
            ) from fault
    return tuple(sorted(names.values()))


def _mark(path: Path, name: str, text: str) -> bytes:
    """The byte order mark of a file that still says what was read."""
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise UsageError(
            f"{name} cannot be read again: {fault.strerror}", hint="check the file, then try again"
        ) from fault
    if data.removeprefix(_BOM) != text.encode():
        raise UsageError(f"{name} was changed meanwhile, and nothing is written", hint="save your work, then try again")
    return _BOM if data.startswith(_BOM) else b""


def _replace(path: Path, data: bytes) -> None:
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(fresh).chmod(stat.S_IMODE(path.stat().st_mode))
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise
