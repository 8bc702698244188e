"""Finds the files that a pattern of `include` or `overlays` names; nothing outside the project's folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitops.diagnostics import Code

_NEVER: Final = frozenset((".git", ".gitops"))


@dataclass(frozen=True, slots=True)
class Matches:
    """The files of a pattern, sorted; or why it cannot be used."""

    files: tuple[Path, ...] = ()
    code: Code | None = None
    problem: str = ""
    hint: str = ""


def matches(root: Path, pattern: str) -> Matches:
    """The files under `root`, an absolute path without links, that a pattern matches."""
    if pattern.startswith("/") or ".." in pattern.split("/"):
        problem = "the pattern leaves the project's folder"
        return Matches((), Code.INVALID_VALUE, problem, "patterns are relative to the folder of gitops.yaml")
    try:
        found = sorted({path for path in root.glob(pattern) if _is_ours(root, path)})
    except (ValueError, IndexError, NotImplementedError, OSError, RuntimeError) as error:
        problem = f"the pattern cannot be used: {error}".rstrip(".")
        return Matches((), Code.INVALID_VALUE, problem, "write it like endpoints/*.yaml")
    if not found:
        hint = "check the path; it is relative to the folder of gitops.yaml"
        return Matches((), Code.PATTERN_MATCHES_NOTHING, "the pattern matches no file", hint)
    for path in found:
        if not path.resolve().is_relative_to(root):
            problem = f"{path.relative_to(root).as_posix()} is a link out of the project's folder"
            return Matches((), Code.SYMLINK_OUTSIDE, problem, "copy the file into the project, or narrow the pattern")
    return Matches(tuple(found))


def _is_ours(root: Path, path: Path) -> bool:
    return path.is_file() and not _NEVER.intersection(path.relative_to(root).parts)
