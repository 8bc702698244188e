"""The project's own files as the ratchets look at them: read once, parsed once."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {"build", "dist", "node_modules", "__pycache__"}
OURS_THOUGH_HIDDEN = {".ci", ".github"}


@dataclass(frozen=True)
class Module:
    """One Python file: its path from the root with forward slashes, its text, its tree."""

    name: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project, by path; nothing that a tool made."""
    found: list[Path] = []
    left = [ROOT]
    while left:
        for path in left.pop().iterdir():
            if path.is_dir():
                if path.name in OURS_THOUGH_HIDDEN or not _is_foreign(path):
                    left.append(path)
            else:
                found.append(path)
    return tuple(sorted(found))


def _is_foreign(folder: Path) -> bool:
    return folder.name.startswith(".") or folder.name in NOT_OURS or folder.name.endswith(".egg-info")


@cache
def modules(folder: str) -> tuple[Module, ...]:
    """Every Python file below a folder of the root."""
    return tuple(
        Module(path.relative_to(ROOT).as_posix(), text, ast.parse(text))
        for path in files()
        if path.suffix == ".py" and path.is_relative_to(ROOT / folder)
        for text in [path.read_text(encoding="utf-8")]
    )


def read(name: str) -> str:
    """A file of the root, as text."""
    return (ROOT / name).read_text(encoding="utf-8")


def pages() -> tuple[Path, ...]:
    """Every Markdown page."""
    return tuple(path for path in files() if path.suffix == ".md" and "specs" not in path.parts)
