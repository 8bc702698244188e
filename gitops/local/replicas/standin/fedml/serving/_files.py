"""Turns the path that a model answers with into an answer with that file's content, read while it is sent."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from fedml.serving._answer import Opening, Streamed

if TYPE_CHECKING:
    from fedml.serving._answer import Headers

_BLOCK = 256 * 1024
"""Bytes read at a time."""


def file_answer(path: object, accept: str, headers: Headers) -> Streamed:
    """The content of the file at `path`, of the type that `accept` names, or of the file's own if it names several.

    Raises:
        TypeError: if `path` is no path.
        OSError: if there is no such file, or it is not a regular one.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"a request that accepts {accept} is answered with a file's path, not {type(path).__name__}")
    handle = open(path, "rb", buffering=0)  # noqa: SIM115, PTH123  it is read, and closed, while the answer is sent
    status = os.fstat(handle.fileno())
    if not stat.S_ISREG(status.st_mode):
        handle.close()
        raise OSError(f"{os.fspath(path)} is not a regular file")
    typed = [("content-type", _content_type(os.fspath(path), accept)), *headers]
    return Streamed(Opening(200, typed, length=status.st_size), _blocks(handle, status.st_size))


async def _blocks(handle: io.FileIO, size: int) -> AsyncGenerator[bytes, None]:
    """At most `size` bytes; fewer if the file shrinks meanwhile."""
    with handle:
        while size > 0 and (block := handle.read(min(size, _BLOCK))):
            size -= len(block)
            yield block


def _content_type(path: str, accept: str) -> str:
    if "*" not in accept and "," not in accept:
        return accept
    import mimetypes  # only for a caller who leaves the choice: it reads the system's tables, and costs memory

    return mimetypes.guess_type(path)[0] or "application/octet-stream"
