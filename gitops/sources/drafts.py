"""Writes declarations that did not come from a person: new files only, all of them or none."""

import io
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from ruamel.yaml import YAML

from gitops.errors import UsageError
from gitops.sources.patterns import matches


class FolderDrafts:
    """New files in a project's folder.

    Args:
        root: the folder of `gitops.yaml`.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def refuse_taken(self, names: Iterable[str]) -> None:
        """Refuse to write over what is there, or outside of the project.

        Raises:
            UsageError: names what is in the way.
        """
        names = list(names)
        for name in names:
            if ".." in PurePosixPath(name).parts or not (self._root / name).resolve().is_relative_to(self._root):
                raise UsageError(f"{name} is not in the project", hint="--dir is relative to the folder of gitops.yaml")
        taken = sorted(name for name in names if (self._root / name).exists())
        if taken:
            raise UsageError(
                f"{', '.join(taken)} {'is' if len(taken) == 1 else 'are'} there already, and nothing is written over",
                hint="move it away, or write into another folder: --dir DIR, or name a card's files: --workspace DIR",
            )

    def inside(self, folder: Path) -> str | None:
        """The name of a folder that is part of the project already; None if it is not."""
        folder = folder.resolve()
        within = folder != self._root and folder.is_relative_to(self._root)
        return folder.relative_to(self._root).as_posix() if within else None

    def unmatched(self, names: Iterable[str], patterns: Iterable[str]) -> tuple[str, ...]:
        """Those of the files that none of the patterns finds."""
        found = {path for pattern in patterns for path in matches(self._root, pattern).files}
        return tuple(name for name in names if self._root / name not in found)

    def write(self, name: str, content: Mapping[str, Any], remarks: Sequence[str] = ()) -> None:
        """Write a document, with what its reader must know above it.

        Raises:
            UsageError: the file cannot be written.
        """
        yaml = YAML()
        yaml.indent(mapping=2, sequence=4, offset=2)
        yaml.width = 100
        text = io.StringIO()
        yaml.dump(_ordered(content), text)
        head = "".join(f"# {line}\n" for line in map(_printable, remarks))
        target = self._root / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(head + text.getvalue(), encoding="utf-8")
        except OSError as fault:
            raise UsageError(f"{name} cannot be written: {fault.strerror or fault}") from fault

    def adopt_folder(self, name: str, source: Path) -> None:
        """Let a folder of files be part of the project.

        Raises:
            UsageError: it cannot be copied.
        """
        try:
            shutil.copytree(source, self._root / name)
        except (OSError, shutil.Error) as fault:
            raise UsageError(f"{source} cannot be copied to {name}: {fault}") from fault


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _ordered(content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: dict(value) if isinstance(value, Mapping) else value for key, value in content.items()}
