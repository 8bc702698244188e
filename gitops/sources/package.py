"""Packs a card's files into a zip, the same for the same files; refuses a file that is not what was hashed."""

import hashlib
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gitops.errors import ErrorCode, StepFailed
from gitops.model.card import CardContent, FileEntry

_CHUNK: Final = 1024 * 1024
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_LEVEL: Final = 1
"""Weights hardly compress; the time is better spent on sending them."""

_PLAIN_FILE: Final = 0o100644
_EXECUTABLE_FILE: Final = 0o100755


class ZipPackager:
    """Turns a card's files into a zip in the system's folder for temporary files; memory does not grow with them."""

    @contextmanager
    def pack(self, card: CardContent) -> Iterator[Path]:
        """The archive, there while the context lasts.

        Raises:
            StepFailed: `lfs-pointer` if a file is only a git-LFS pointer, `workspace-changed` if a file is no longer
                what its digest says.
        """
        if card.pointers:
            raise StepFailed(
                f"{card.pointers[0]} of model card {card.name} is only a git-LFS pointer",
                hint="fetch the real files: git lfs pull",
                code=ErrorCode.LFS_POINTER,
            )
        with tempfile.TemporaryDirectory(prefix="gitops-package-") as folder:
            archive = Path(folder) / f"{card.name}.zip"
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as target:
                for entry in sorted(card.files, key=lambda entry: entry.path):
                    _add(target, card, entry)
            yield archive


def _add(target: zipfile.ZipFile, card: CardContent, entry: FileEntry) -> None:
    info = zipfile.ZipInfo(entry.path, _EPOCH)
    info.create_system = _UNIX
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (_EXECUTABLE_FILE if entry.executable else _PLAIN_FILE) << 16
    info.file_size = entry.size
    digest = hashlib.sha256()
    try:
        with (Path(card.root) / entry.path).open("rb") as source, target.open(info, "w") as packed:
            left = entry.size
            while left >= 0 and (chunk := source.read(_CHUNK)):
                digest.update(chunk)
                left -= len(chunk)
                packed.write(chunk)
    except OSError as problem:
        raise _changed(card, entry, problem.strerror or "it cannot be read") from problem
    if digest.hexdigest() != entry.sha256:
        raise _changed(card, entry, "its content is another")


def _changed(card: CardContent, entry: FileEntry, how: str) -> StepFailed:
    return StepFailed(
        f"{entry.path} of model card {card.name} changed while it was planned and applied: {how}",
        hint="plan and apply again",
        code=ErrorCode.WORKSPACE_CHANGED,
    )
