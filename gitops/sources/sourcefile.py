"""One file of a project: its text, its documents, and on demand the place of anything in it.

Places cost a second reading, which is made only for files that somebody asks about.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gitops.diagnostics import Code, Diagnostic, Place, Severity
from gitops.sources.flaws import Flaw
from gitops.sources.masking import masked
from gitops.sources.reader import Reading, read
from gitops.sources.steps import Steps

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_TAG_DIRECTIVES: Final = 64
"""The C parser compares each with all others."""

_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\ufeff")
_EXCERPT_WIDTH: Final = 160
_FURTHEST_COLUMN: Final = 1000


@dataclass(slots=True)
class SourceFile:
    """A file that was read.

    Attributes:
        name: the path relative to the project's folder, with forward slashes.
        path: the file itself, absolute.
        text: what it says; empty if it is no text at all.
        reading: its documents; without marks.
    """

    name: str
    path: Path
    text: str
    reading: Reading
    _marked: Reading | None = field(default=None, repr=False)
    _lines: list[str] | None = field(default=None, repr=False)

    def locate(self, index: int, steps: Steps, *, at_key: bool = False) -> tuple[Place, int]:
        """Where something of a document stands, or the nearest thing around it that does stand somewhere.

        Args:
            index: which document of the file, from 0.
            steps: the way to it.
            at_key: the place of the last key rather than of its value.

        Returns:
            The place, and how many of the steps could be followed.
        """
        if self._marked is None:
            self._marked = read(self.text, with_marks=True)
        document = self._marked.documents[index]
        line, column = document.line, document.column
        value: Any = document.content
        for followed, step in enumerate(steps):
            marks = self._marked.marks.get(id(value), {})
            if step not in marks:
                return Place(file=self.name, line=line, column=column), followed
            last = followed == len(steps) - 1
            spot = marks[step][0] if at_key or not last else marks[step][1]
            line, column = spot.line + 1, spot.column + 1
            value = value[step]
        return Place(file=self.name, line=line, column=column), len(steps)

    def excerpt(self, place: Place) -> tuple[str, ...]:
        """The line of a place, secrets masked, safe to print; nothing if there is none or it is absurdly long."""
        if self._lines is None:
            self._lines = _BREAK.split(self.text)
        if place.line > len(self._lines) or place.column > _FURTHEST_COLUMN:
            return ()
        contents = (document.content for document in self.reading.documents)
        whole = masked(self._lines[place.line - 1], self.text, contents, complete=self.reading.complete)
        line = whole[: max(_EXCERPT_WIDTH, place.column + _EXCERPT_WIDTH // 2)]
        return (_FORBIDDEN.sub("\ufffd", line).replace("\t", " "),) if line else ()


def read_file(path: Path, name: str) -> SourceFile:
    """Read a file of the project; what is wrong with it is among the flaws of its reading."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        flaw = Flaw(Code.FILE_UNREADABLE, f"the file cannot be read: {reason}", 1, 1, "check the path and its rights")
        return _unusable(path, name, "", flaw)
    if len(data) > MAX_BYTES:
        summary = f"the file is larger than {MAX_BYTES // 1024**2} MiB"
        return _unusable(path, name, "", Flaw(Code.TOO_LARGE, summary, 1, 1, "split it into several files"))
    if b"\0" in data:
        hint = "leave it out of the patterns, or name a text file"
        return _unusable(path, name, "", Flaw(Code.INVALID_YAML, "this is a binary file, not YAML", 1, 1, hint))
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as problem:
        return _unusable(path, name, data.decode(errors="replace"), _not_text(data, problem.start))
    return _parsed(path, name, text)


def _parsed(path: Path, name: str, text: str) -> SourceFile:
    found = _FORBIDDEN.search(text)
    if found is not None:
        line, column = _position(text, found.start())
        summary = f"the character U+{ord(found[0]):04X} is not allowed in YAML"
        hint = "remove it, or write it as an escape in double quotes"
        return _unusable(path, name, text, Flaw(Code.INVALID_YAML, summary, line, column, hint))
    if text.count("%TAG") > MAX_TAG_DIRECTIVES:
        summary = f"the file has more than {MAX_TAG_DIRECTIVES} %TAG directives"
        return _unusable(path, name, text, Flaw(Code.INVALID_YAML, summary, 1, 1, "remove them; tags are not accepted"))
    reading = read(text)
    marked = read(text, with_marks=True) if reading.flaws else None
    return SourceFile(name, path, text, marked or reading, marked)


def _unusable(path: Path, name: str, text: str, flaw: Flaw) -> SourceFile:
    return SourceFile(name, path, text, Reading(flaws=[flaw], complete=False))


def _not_text(data: bytes, offset: int) -> Flaw:
    line, column = _position(data[:offset].decode(errors="replace") + "?", len(data[:offset].decode(errors="replace")))
    summary = f"the file is not UTF-8 text: byte 0x{data[offset]:02x} at offset {offset}"
    return Flaw(Code.INVALID_YAML, summary, line, column, "save it as UTF-8")


def _position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1."""
    lines = _BREAK.split(text[:offset])
    return len(lines), len(lines[-1]) + 1


def flaw_diagnostic(file: SourceFile, flaw: Flaw) -> Diagnostic:
    """A flaw of a file as a diagnostic with its excerpt."""
    place = Place(file=file.name, line=flaw.line, column=flaw.column)
    return Diagnostic(
        severity=Severity.ERROR,
        code=flaw.code,
        summary=flaw.summary,
        place=place,
        excerpt=file.excerpt(place),
        hint=flaw.hint,
    )
