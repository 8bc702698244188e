"""Keeps an apply's snapshots in `.gitops/<environment>/last-apply/`."""

import os
from pathlib import Path

from pydantic import ValidationError

from gitops.errors import DataFolderError, UsageError
from gitops.model.snapshot import Snapshot


class FolderShelf:
    """A shelf in a project's own folder.

    Args:
        folder: `.gitops` of the project.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, environment: str, name: str) -> Path:
        return self._folder / environment / "last-apply" / f"{name}.json"

    def put(self, environment: str, name: str, snapshot: Snapshot) -> str:
        """Keep a snapshot, in place of the one before; a new `before` ends the old `after`.

        Raises:
            DataFolderError: it cannot be written.
        """
        path = self._path(environment, name)
        try:
            return self._write(environment, name, path, snapshot)
        except OSError as fault:
            raise DataFolderError(
                f"the snapshot cannot be kept in {path}: {fault.strerror}", hint="free some space, or check its rights"
            ) from fault

    def _write(self, environment: str, name: str, path: Path, snapshot: Snapshot) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == "before":
            self._path(environment, "after").unlink(missing_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(snapshot.model_dump_json(indent=2) + "\n")
        draft.replace(path)
        return str(path)

    def get(self, environment: str, name: str) -> Snapshot | None:
        """The snapshot that the last apply left."""
        path = self._path(environment, name)
        return read_snapshot(path) if path.exists() else None


def read_snapshot(path: Path) -> Snapshot:
    """A snapshot from a file.

    Raises:
        UsageError: it cannot be read, or is none.
    """
    try:
        return Snapshot.model_validate_json(path.read_bytes())
    except OSError as fault:
        raise UsageError(f"{path} cannot be read: {fault.strerror}", hint="gitops snapshot > FILE makes one") from fault
    except ValidationError as fault:
        first = fault.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError(
            f"{path} is no snapshot of this format: {where}: {first['msg']}", hint="gitops snapshot > FILE makes one"
        ) from fault
