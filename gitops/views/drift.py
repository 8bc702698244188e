"""Drift -> a table for people, what nobody knows of first; or JSON."""

from collections.abc import Iterator
from typing import Final

from gitops.model.drift import Drift, DriftItem, DriftState, UnmatchedLine
from gitops.views.amounts import moment_text
from gitops.views.encode import as_json
from gitops.views.names import platform_text
from gitops.views.page import Page, Part, Span, Style, plural
from gitops.views.values import value_text

_TITLES: Final = ("ENDPOINT", "FIELD", "DECLARED", "LIVE", "LAST APPLIED", "STATE")
_STATES: Final = {
    DriftState.NEW: Style.DANGER,
    DriftState.EXPIRED: Style.WARNING,
    DriftState.KNOWN: Style.QUIET,
}
"""In the order in which they are shown."""


def drift_page(drift: Drift) -> Page:
    """One row per field that has drifted, what is known of it below the table, and the counts."""
    page = Page()
    page.line(
        Span(f"Drift of project {drift.project} in environment {drift.environment}", Style.STRONG),
        f" ({platform_text(drift.platform)}), {moment_text(drift.at)}",
    )
    for note in drift.notes:
        page.block(note, first=(Span("note: ", Style.HINT),), indent="  ")
    page.gap()
    items = sorted(drift.items, key=lambda item: (list(_STATES).index(item.state), item.endpoint, item.field))
    if items:
        page.table([[Span(title, Style.QUIET) for title in _TITLES], *map(_row, items)])
        page.gap()
    for item in items:
        for words in _remarks(item):
            page.block(words, first=(Span(f"{item.endpoint} {item.field}", Style.STRONG), ": "), indent="  ")
    page.gap()
    _unmatched(page, drift)
    page.line(*_counts(drift))
    return page


def drift_json(drift: Drift) -> str:
    """The drift as JSON."""
    return as_json(drift)


def _row(item: DriftItem) -> list[Part]:
    return [
        Span(item.endpoint, Style.STRONG),
        item.field,
        value_text(item.declared),
        value_text(item.live),
        value_text(item.last_applied),
        Span(item.state, _STATES[item.state]),
    ]


def _remarks(item: DriftItem) -> Iterator[str]:
    """Who knows it and until when; where it is declared."""
    known = ", ".join(part for part in (_until(item), item.owner, item.reason) if part)
    place = f"declared at {item.place.file}:{item.place.line}" if item.place else ""
    if words := "; ".join(part for part in (known, place) if part):
        yield words


def _until(item: DriftItem) -> str:
    match item.state:
        case DriftState.KNOWN:
            return f"known until {item.expires:%Y-%m-%d}" if item.expires else "known"
        case DriftState.EXPIRED:
            return f"known until {item.expires:%Y-%m-%d} (over)" if item.expires else "known no longer"
        case DriftState.NEW:
            return ""


def _unmatched(page: Page, drift: Drift) -> None:
    if not drift.unmatched:
        return
    page.line(Span("Lines of the baseline that match nothing", Style.STRONG))
    for line in drift.unmatched:
        page.line("  ", Span("?", Style.WARNING), f" endpoint {line.endpoint}: {_line_words(line)}")
    page.gap()


def _line_words(line: UnmatchedLine) -> str:
    value = f" {line.live}" if line.live is not None else ""
    until = f"until {line.expires:%Y-%m-%d}" if line.expires else ""
    return ", ".join(part for part in (f"{line.field}{value}", line.owner, line.reason, until) if part)


def _counts(drift: Drift) -> tuple[Part, ...]:
    compared = f"{plural(drift.endpoints, 'endpoint')} compared."
    beside = f" {plural(len(drift.unmatched), 'line')} of the baseline to remove." if drift.unmatched else ""
    if not drift.items:
        return Span("No drift.", Style.GOOD), f" {compared}{beside}"
    states = ", ".join(f"{drift.count(state):,} {state}" for state in _STATES if drift.count(state))
    style = Style.DANGER if drift.alarming else Style.STRONG
    return Span("Drift:", style), f" {plural(len(drift.items), 'field')} ({states}). {compared}{beside}"
