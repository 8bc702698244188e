"""A package that somebody else has made -> a folder, or what is wrong with it. Nothing in it is believed.

The layout is that of `fedml model create`: one folder at the top, named as the card, which is left away here.
"""

import errno
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

_CHUNK: Final = 1 << 20
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1
_END: Final = b"PK\5\6"
_LOCATOR: Final = b"PK\6\7"
_IN_64_BITS: Final = 0xFFFFFFFF
_TAIL: Final = (1 << 16) + 22 + 20
_BAD_NAMES: Final = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})
_FAULTS: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What the library says of an archive that is damaged, or that it cannot read."""


class BrokenPackage(Exception):
    """An archive is not taken, and why."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a package may be.

    Attributes:
        archive: bytes of the archive itself.
        unpacked: bytes of all its files together.
        entries: files and folders.
        listed: bytes of the list of them, which is read whole.
    """

    archive: int = 4 << 30
    unpacked: int = 8 << 30
    entries: int = 50_000
    listed: int = 16 << 20


def unzip(archive: Path, into: Path, bounds: Bounds, wanted: Callable[[], bool] = lambda: True) -> None:
    """Unpack an archive into an empty folder.

    Args:
        wanted: asked now and then whether to go on.

    Raises:
        BrokenPackage: it is no zip, is damaged or too large, has something in it that leads out of it, or is not
            wanted any more.
        OSError: the folder cannot be written.
    """
    if _listed(archive) > bounds.listed:
        raise BrokenPackage("it has too many files")
    try:
        with zipfile.ZipFile(archive) as bundle:
            entries = bundle.infolist()
            _check(entries, bounds)
            top = _top(entries)
            for entry in entries:
                if not wanted():
                    raise BrokenPackage("it is not wanted any more")
                _put(bundle, entry, into, top, wanted)
    except _FAULTS as fault:
        raise BrokenPackage(f"it is not a zip archive that can be read ({fault})") from fault


def _listed(archive: Path) -> int:
    """How large an archive says that its list of files is; 0 where it says nothing."""
    with archive.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _TAIL))
        tail = stream.read()
        found = tail.rfind(_END)
        if found < 0 or len(tail) - found < 22:
            return 0
        (listed,) = struct.unpack_from("<L", tail, found + 12)
        if listed != _IN_64_BITS or found < 20 or tail[found - 20 : found - 16] != _LOCATOR:
            return int(listed)
        stream.seek(min(size, struct.unpack_from("<Q", tail, found - 12)[0]))
        end = stream.read(56)
        return int(struct.unpack_from("<Q", end, 40)[0]) if len(end) == 56 else 0


def _check(entries: list[zipfile.ZipInfo], bounds: Bounds) -> None:
    """Refuse what must not be unpacked, before anything is."""
    if len(entries) > bounds.entries:
        raise BrokenPackage(f"it has more than {bounds.entries} files")
    if sum(entry.file_size for entry in entries) > bounds.unpacked:
        raise BrokenPackage(f"its files are larger than {bounds.unpacked} bytes")
    for entry in entries:
        if _leads_out(entry.orig_filename) or _leads_out(entry.filename):
            raise BrokenPackage(f"it has a file outside itself: {entry.orig_filename!r}")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise BrokenPackage(f"{entry.filename!r} is a link or a device, and no file")
        if entry.compress_type not in _METHODS or entry.flag_bits & _ENCRYPTED:
            raise BrokenPackage(f"{entry.filename!r} is encrypted, or compressed by another method than deflate")


def _leads_out(name: str) -> bool:
    pure = PurePosixPath(name)
    return not name or pure.is_absolute() or ".." in pure.parts or "\\" in name or "\0" in name


def _top(entries: list[zipfile.ZipInfo]) -> str:
    """The folder that everything lies in; empty where there is no such folder."""
    firsts = {PurePosixPath(entry.filename).parts[:1] for entry in entries}
    files = [entry for entry in entries if not entry.is_dir()]
    if len(firsts) != 1 or any(len(PurePosixPath(entry.filename).parts) < 2 for entry in files):
        return ""
    return next(iter(firsts.pop()), "")


def _put(bundle: zipfile.ZipFile, entry: zipfile.ZipInfo, into: Path, top: str, wanted: Callable[[], bool]) -> None:
    parts = PurePosixPath(entry.filename).parts
    target = into.joinpath(*(parts[1:] if top else parts))
    try:
        if entry.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with bundle.open(entry) as source, target.open("xb") as sink:
            for chunk in _chunks(source, entry):
                sink.write(chunk)
                if not wanted():
                    raise BrokenPackage("it is not wanted any more")
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as fault:
        raise BrokenPackage(f"it has {entry.filename!r} twice, or as a file and as a folder") from fault
    except OSError as fault:
        if fault.errno in _BAD_NAMES:
            raise BrokenPackage(f"{entry.filename[:80]!r} cannot be the name of a file here") from fault
        raise
    if entry.external_attr >> 16 & stat.S_IXUSR:
        target.chmod(target.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP)


def _chunks(source: IO[bytes], entry: zipfile.ZipInfo) -> Iterator[bytes]:
    left = entry.file_size
    while chunk := source.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            raise BrokenPackage(f"{entry.filename!r} is larger than it says")
        yield chunk
    if left:
        raise BrokenPackage(f"{entry.filename!r} is smaller than it says")
