"""Spans of styled text -> a page of lines, as plain text or for a terminal with colours.

Whatever is put on a page has been made harmless first, so no view can forget it. A page never wraps or cuts a line:
paths and digests can be copied from it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gitops.views.visible import lines_of, one_line, width


class Style(StrEnum):
    """What a span means; the value is how a terminal with colours shows it."""

    PLAIN = ""
    STRONG = "bold"
    QUIET = "bright_black"
    ADDED = "green"
    CHANGED = "yellow"
    DANGER = "bold red"
    GOOD = "green"
    WARNING = "bold yellow"
    HINT = "cyan"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one line: text that cannot harm a terminal, and what it means."""

    text: str
    style: Style = Style.PLAIN


Part = str | Span
Line = tuple[Span, ...]
_NO_LINE: Final[Line] = ()


class Page:
    """Lines in the order in which they were added."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def line(self, *parts: Part) -> None:
        """Add a line; control characters become visible escapes, trailing blanks are dropped."""
        spans = [_safe(part) for part in parts]
        while spans and not (last := spans[-1].text.rstrip(" ")):
            spans.pop()
        if spans:
            spans[-1] = Span(last, spans[-1].style)
        self.lines.append(tuple(spans))

    def block(self, text: str, *, first: Sequence[Part] = (), indent: str = "", style: Style = Style.PLAIN) -> None:
        """Add text of one or more lines: `first` stands before the first of them, `indent` before the others."""
        head, *rest = lines_of(text) or [""]
        self.line(*first, Span(head, style))
        for line in rest:
            self.line(indent, Span(line, style))

    def gap(self) -> None:
        """Add an empty line, unless the page is empty or ends with one."""
        if self.lines and self.lines[-1]:
            self.lines.append(_NO_LINE)

    def add(self, other: "Page", indent: str = "") -> None:
        """Add another page's lines, each moved to the right by `indent`."""
        prefix = (Span(indent),) if indent else ()
        self.lines.extend((*prefix, *line) if line else line for line in other.lines)

    def table(self, rows: Iterable[Sequence[Part]], *, indent: str = "", gap: int = 2) -> None:
        """Add rows whose columns stand under each other; the last column may be as long as it likes."""
        safe = [[_safe(part) for part in row] for row in rows]
        widths = column_widths(safe)
        for row in safe:
            cells = [pad(cell, widths[column] + gap) for column, cell in enumerate(row[:-1])]
            self.line(indent, *cells, *row[-1:])

    def plain(self) -> str:
        """The page without colours; ends with a newline unless it is empty."""
        return "".join("".join(span.text for span in line) + "\n" for line in self.lines)


def pad(part: Part, columns: int) -> Span:
    """The part, filled up with blanks to so many columns."""
    span = _safe(part)
    return Span(span.text + " " * (columns - width(span.text)), span.style)


def column_widths(rows: Iterable[Sequence[Part]]) -> list[int]:
    """The width of each column of a table."""
    widths: list[int] = []
    for row in rows:
        cells = [width(_safe(part).text) for part in row]
        widths = [max(pair) for pair in zip(widths, cells, strict=False)] + widths[len(cells) :] + cells[len(widths) :]
    return widths


def plural(number: int, noun: str) -> str:
    """`1 step`, `2 steps`, `1,200 steps`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _safe(part: Part) -> Span:
    span = part if isinstance(part, Span) else Span(part)
    return Span(one_line(span.text), span.style)
