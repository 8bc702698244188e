"""Diagnostics -> what a person reads: what is wrong, where, the source with a caret under it, and what to do; or JSON.

An excerpt's last line is the line of the diagnostic's place; the lines before it are the source lines just above. The
lines come as they stand in the file, without their newlines, and the column counts characters from 1.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from gitops.diagnostics import Diagnostic, Severity
from gitops.views.encode import as_json
from gitops.views.page import Page, Span, Style, plural
from gitops.views.visible import source_line, width

LONGEST_SOURCE_LINE: Final = 160
"""Longer lines are cut around the place: a file can be one line of a megabyte."""

_CUT: Final = "..."
_WORD: Final = re.compile(r"[^\s:,\[\]{}#'\"]+")
_STYLES: Final = {Severity.ERROR: Style.DANGER, Severity.WARNING: Style.WARNING}


def diagnostics_page(diagnostics: Sequence[Diagnostic]) -> Page:
    """All diagnostics in their order, and how many there are in how many files."""
    page = Page()
    for diagnostic in diagnostics:
        page.add(diagnostic_page(diagnostic))
        page.gap()
    page.line(Span(_counts(diagnostics), Style.STRONG))
    return page


def diagnostic_page(diagnostic: Diagnostic) -> Page:
    """One diagnostic."""
    page = Page()
    style = _STYLES[diagnostic.severity]
    label = Span(f"{diagnostic.severity}[{diagnostic.code}]", style)
    page.block(diagnostic.summary, first=(label, ": "), indent="  ", style=Style.STRONG)
    margin = " " * len(str(diagnostic.place.line)) if diagnostic.place else " "
    if diagnostic.place:
        page.line(margin, Span("--> ", Style.QUIET), str(diagnostic.place))
    if diagnostic.place and diagnostic.excerpt:
        _excerpt(page, diagnostic.place.line, diagnostic.place.column, diagnostic.excerpt, style)
    if diagnostic.hint:
        page.block(diagnostic.hint, first=(margin, " ", Span("hint: ", Style.HINT)), indent=f"{margin}       ")
    return page


def diagnostics_json(diagnostics: Sequence[Diagnostic]) -> str:
    """The diagnostics and their counts as JSON; no diagnostics are an empty list and zeros."""
    return as_json({"format_version": 1, **diagnostics_data(diagnostics)})


def diagnostics_data(diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    """The keys `diagnostics`, `errors` and `warnings` of every JSON answer that carries diagnostics."""
    errors = sum(diagnostic.is_error for diagnostic in diagnostics)
    return {
        "diagnostics": [diagnostic.model_dump(mode="json") for diagnostic in diagnostics],
        "errors": errors,
        "warnings": len(diagnostics) - errors,
    }


def _excerpt(page: Page, line: int, column: int, excerpt: Sequence[str], style: Style) -> None:
    """The source lines with their numbers, and a caret under every character of the word at the place."""
    digits = len(str(line))
    page.line(" " * digits, Span(" |", Style.QUIET))
    for number, text in enumerate(excerpt[:-1], start=line - len(excerpt) + 1):
        page.line(Span(f"{number:>{digits}} | ", Style.QUIET), source_line(_around(text, 1)[0]))
    text, column = _around(excerpt[-1], column)
    before, word = text[: column - 1], _WORD.match(text, column - 1)
    carets = width(source_line(word[0])) if word else 1
    page.line(Span(f"{line:>{digits}} | ", Style.QUIET), source_line(text))
    page.line(" " * digits, Span(" | ", Style.QUIET), " " * width(source_line(before)), Span("^" * carets, style))


def _around(text: str, column: int) -> tuple[str, int]:
    """A line that fits, and the column in it: cut on the left only as far as the place needs to be seen."""
    text = text.rstrip("\r\n")
    column = max(1, min(column, len(text) + 1))
    if len(text) <= LONGEST_SOURCE_LINE:
        return text, column
    start = max(0, min(column - 1 - LONGEST_SOURCE_LINE // 2, len(text) - LONGEST_SOURCE_LINE))
    end = start + LONGEST_SOURCE_LINE
    left, right = _CUT if start else "", _CUT if end < len(text) else ""
    return left + text[start:end] + right, column - start + len(left)


def _counts(diagnostics: Sequence[Diagnostic]) -> str:
    """`5 errors, 1 warning in 3 files`."""
    errors = sum(diagnostic.is_error for diagnostic in diagnostics)
    warnings = len(diagnostics) - errors
    files = {diagnostic.place.file for diagnostic in diagnostics if diagnostic.place}
    counts = [plural(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
    where = f" in {plural(len(files), 'file')}" if files and counts else ""
    return (", ".join(counts) or "no errors, no warnings") + where
