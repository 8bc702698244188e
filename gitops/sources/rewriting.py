"""Writes changed texts back into files that people own: all of them or none, each with its rights and its mark."""

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
    with ExitStack() as drafts:
        fresh = {}
        for path, name in names.items():
            with _said_of(name):
                fresh[path] = _draft(path.resolve(), marks[path] + changed[path].encode(), drafts)
        # All of them are on the disk: from here on nothing is left that could fail for want of room.
        for path, name in names.items():
            with _said_of(name):
                fresh[path].replace(path.resolve())
    return tuple(sorted(names.values()))


@contextmanager
def _said_of(name: str) -> Iterator[None]:
    """What the system refuses, in words."""
    try:
        yield
    except OSError as fault:
        raise UsageError(
            f"{name} cannot be written: {fault.strerror}", hint="check its rights, and its folder's"
        ) from fault


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


def _draft(path: Path, data: bytes, drafts: ExitStack) -> Path:
    """A file beside another one, with new content and its rights; gone with the drafts, unless it took its place."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    fresh = Path(name)
    drafts.callback(fresh.unlink, missing_ok=True)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.chmod(stat.S_IMODE(path.stat().st_mode))
    return fresh
