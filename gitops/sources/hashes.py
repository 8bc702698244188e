"""The digest of every file of a workspace, remembered so that a file is read again only when it changed.

What is remembered is a convenience: a cache that is missing, broken or cannot be written changes nothing but the time.
"""

import contextlib
import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from gitops.model.card import FileEntry
from gitops.model.frozen import Strict
from gitops.sources.ownfolder import own_folder
from gitops.sources.workspace import Found

_RACY_NS: Final = 2_000_000_000
"""A file this fresh may change again without its time showing it."""

_LFS: Final = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:[^\n]*\n)*?oid sha256:([0-9a-f]{64})\nsize (\d{1,18})\n"
)
_LARGEST_POINTER: Final = 1024
_LARGEST_CACHE: Final = 64 * 1024**2
_FORMAT: Final = 1


class Hashed(Strict):
    """What a file holds.

    Attributes:
        sha256: of its content, or of the object that a git-LFS pointer stands for.
        size: bytes, of that object too.
        pointer: whether the file is such a pointer.
    """

    sha256: str
    size: int
    pointer: bool = False


class _Remembered(Strict):
    size: int
    mtime_ns: int
    inode: int
    hashed: Hashed


class _Kept(Strict):
    format_version: int
    files: dict[str, _Remembered]


class HashCache:
    """Hashes files, and reads those that it knows only once.

    Args:
        root: the project's folder; the cache is kept in its `.gitops/cache`.
        now_ns: the wall clock, nanoseconds since 1970, to tell a fresh file.
    """

    def __init__(self, root: Path, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._root = root
        self._now_ns = now_ns
        self._known: dict[str, _Remembered] | None = None
        self._changed = False
        self.hashed = 0
        """Files that had to be read."""

    def entries(self, files: Iterable[Found]) -> tuple[tuple[FileEntry, ...], tuple[str, ...]]:
        """The files with their digests, and the paths of those that are git-LFS pointers.

        Raises:
            OSError: a file cannot be read.
        """
        entries, pointers = [], []
        for found in files:
            hashed = self._hash(found)
            entries.append(
                FileEntry(path=found.path, executable=found.executable, sha256=hashed.sha256, size=hashed.size)
            )
            if hashed.pointer:
                pointers.append(found.path)
        return tuple(entries), tuple(pointers)

    def save(self) -> None:
        """Keep what was learnt for the next time, where that is possible."""
        if not self._changed:
            return
        kept = _Kept(format_version=_FORMAT, files=self._known or {})
        with contextlib.suppress(OSError):
            folder = own_folder(self._root) / "cache"
            folder.mkdir(exist_ok=True)
            _replace(folder / "hashes.json", kept.model_dump_json())
        self._changed = False

    def _hash(self, found: Found) -> Hashed:
        known = self._load().get(found.source)
        if known is not None and (known.size, known.mtime_ns, known.inode) == _stamp(found):
            return known.hashed
        started = self._now_ns()
        hashed = hash_file(Path(found.source))
        self.hashed += 1
        settled = abs(started - found.mtime_ns) > _RACY_NS
        if settled and (hashed.pointer or hashed.size == found.size):
            self._load()[found.source] = _Remembered(
                size=found.size, mtime_ns=found.mtime_ns, inode=found.inode, hashed=hashed
            )
            self._changed = True
        return hashed

    def _load(self) -> dict[str, _Remembered]:
        if self._known is None:
            self._known = _read(self._root / ".gitops" / "cache" / "hashes.json")
        return self._known


def hash_file(path: Path) -> Hashed:
    """Read a file and say what it holds; a git-LFS pointer counts as the object that it stands for."""
    with path.open("rb") as stream:
        head = stream.read(_LARGEST_POINTER + 1)
        pointer = _LFS.fullmatch(head) if len(head) <= _LARGEST_POINTER else None
        if pointer is not None:
            return Hashed(sha256=pointer[1].decode(), size=int(pointer[2]), pointer=True)
        stream.seek(0)
        digest = hashlib.file_digest(stream, "sha256")
        return Hashed(sha256=digest.hexdigest(), size=stream.tell())


def _stamp(found: Found) -> tuple[int, int, int]:
    return found.size, found.mtime_ns, found.inode


def _read(path: Path) -> dict[str, _Remembered]:
    try:
        if path.stat().st_size > _LARGEST_CACHE:
            return {}
        kept = TypeAdapter(_Kept).validate_python(json.loads(path.read_bytes()))
    except (OSError, ValueError, ValidationError, RecursionError):
        return {}
    return dict(kept.files) if kept.format_version == _FORMAT else {}


def _replace(path: Path, text: str) -> None:
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=".hashes-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise
