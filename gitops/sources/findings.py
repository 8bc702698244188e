"""Collects what is wrong with a project's files, and knows the text around every place in them."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gitops.diagnostics import Code, Diagnostic, Place, error, in_order, warning
from gitops.sources.sourcefile import SourceFile, flaw_diagnostic, read_file

MOST_PER_FILE: Final = 1000
"""Errors of one file; more help nobody."""


class Findings:
    """The files of one load, each read once, and every diagnostic about them.

    Args:
        root: the project's folder; files are named relative to it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.complete = True
        """Whether every file could be read to its end; if not, what seems to be missing may be there."""
        self._files: dict[str, SourceFile] = {}
        self._found: list[Diagnostic] = []
        self._flawed: set[Place] = set()
        self._counts: Counter[str] = Counter()

    def open(self, path: Path) -> SourceFile:
        """The file, read on the first call; its flaws become diagnostics then."""
        name = path.relative_to(self.root).as_posix()
        if name not in self._files:
            file = read_file(path, name)
            self._files[name] = file
            flaws = [flaw_diagnostic(file, flaw) for flaw in file.reading.flaws]
            self._found.extend(flaws)
            self._flawed.update(flaw.place for flaw in flaws if flaw.place is not None)
            self.complete = self.complete and file.reading.complete
        return self._files[name]

    def error(self, code: Code, summary: str, place: Place | None, hint: str = "") -> None:
        """Take note of something that stops the work, unless the reader could already make nothing of that place."""
        if place in self._flawed:
            return
        name = place.file if place is not None else ""
        self._counts[name] += 1
        if self._counts[name] <= MOST_PER_FILE:
            self._found.append(error(code, summary, place, hint))

    def warning(self, code: Code, summary: str, place: Place | None, hint: str = "") -> None:
        """Take note of something that the reader should know."""
        self._found.append(warning(code, summary, place, hint))

    @property
    def has_errors(self) -> bool:
        """Whether the work has to stop."""
        return any(diagnostic.is_error for diagnostic in self._found)

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything found, in order, with excerpts."""
        return in_order(self.with_excerpt(diagnostic) for diagnostic in [*self._found, *self._left_out()])

    def _left_out(self) -> Iterator[Diagnostic]:
        for name, count in self._counts.items():
            if count > MOST_PER_FILE:
                places = [found.place for found in self._found if found.place is not None]
                last = max((place.line for place in places if place.file == name), default=1)
                summary = f"the file has {count - MOST_PER_FILE:,} more mistakes"
                place = Place(file=name, line=last)
                yield error(Code.BAD_DOCUMENT, summary, place, "correct the first ones, then look again")

    def with_excerpt(self, diagnostic: Diagnostic) -> Diagnostic:
        """The diagnostic with the line that its place is in, if it has none yet and the file is one of ours."""
        place = diagnostic.place
        if diagnostic.excerpt or place is None or place.file not in self._files:
            return diagnostic
        return diagnostic.model_copy(update={"excerpt": self._files[place.file].excerpt(place)})
