"""The content-addressed package folder: an uploaded archive becomes a folder named by its digest, file by file."""

import hashlib
import shutil
import stat
import uuid
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Final

from gitops.errors import DataFolderError, ErrorCode, Rejected
from gitops.local.state import Version
from gitops.model.card import FileEntry

_CHUNK: Final = 1 << 20
MAX_PACKAGE_BYTES: Final = 8 << 30
"""Of all unpacked files together."""


class Packages:
    """Unpacked versions below one folder, `<digest>/`, read by replicas and never changed.

    Args:
        root: the folder; must exist.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, digest: str) -> Path:
        """Where the files of a digest lie, or would lie."""
        return self._root / digest.removeprefix("sha256:")

    def of(self, version: Version) -> Path:
        """Where a version's files lie, or would lie.

        What was fetched lies by the version's own name: nobody can make it pass for what another one was pushed with.
        """
        if version.source is None:
            return self.path(version.digest)
        told = f"{version.digest}\0{version.source.url}\0{version.pushed_at.isoformat()}"
        # A folder may be older than the database beside it: the name alone is not enough.
        return self._root / f"{version.model}@{version.name}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"

    def has(self, digest: str) -> bool:
        """Whether the files of a digest are here, complete."""
        return self.path(digest).is_dir()

    def unpack(self, digest: str, files: tuple[FileEntry, ...], archive: Path) -> None:
        """Unpack an archive that must hold exactly these files; half-unpacked folders never get the digest's name.

        Raises:
            Rejected: the archive is no zip, lacks a file, has one too many, or one whose content is not what was said.
            DataFolderError: there is no space, or the folder cannot be written.
        """
        draft = self._root / f".{uuid.uuid4().hex}"
        try:
            draft.mkdir()
            _extract_all(archive, files, draft)
            draft.rename(self.path(digest))
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as fault:
            # RuntimeError is an encrypted archive, NotImplementedError an unknown compression.
            raise Rejected(f"the package is not a zip archive that can be read ({fault})") from fault
        except OSError as fault:
            if self.has(digest):
                return
            raise DataFolderError(
                f"the package cannot be unpacked into {self._root}: {fault.strerror or fault}",
                hint="free some space, or choose another data folder",
                code=ErrorCode.DATA_FOLDER_FULL,
            ) from fault
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _extract_all(archive: Path, files: tuple[FileEntry, ...], into: Path) -> None:
    if sum(entry.size for entry in files) > MAX_PACKAGE_BYTES:
        raise Rejected(f"the package is larger than {MAX_PACKAGE_BYTES >> 30} GiB")
    with zipfile.ZipFile(archive) as bundle:
        there = {info.filename for info in bundle.infolist()}
        said = {entry.path for entry in files}
        if there != said:
            odd = sorted(there ^ said)[:3]
            raise Rejected(f"the package's files are not the ones that were announced: {', '.join(odd)}")
        for entry in files:
            with bundle.open(entry.path) as source:
                _extract(entry, source, into)


def _extract(entry: FileEntry, source: IO[bytes], into: Path) -> None:
    pure = PurePosixPath(entry.path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in entry.path or "\0" in entry.path:
        raise Rejected(f"the package has a file outside itself: {entry.path!r}")
    target = into / pure
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), entry.size
    with target.open("xb") as sink:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                break
            digest.update(chunk)
            sink.write(chunk)
    if left != 0 or digest.hexdigest() != entry.sha256:
        raise Rejected(f"{entry.path} is not what was announced: it was damaged on its way, or changed while packing")
    if entry.executable:
        target.chmod(target.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP)
