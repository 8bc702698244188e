"""Records of deployments -> a list, newest first, for people; or JSON. Each comes with the id of its commit."""

from collections.abc import Iterable, Sequence
from typing import Final

from gitops.model.event import Outcome
from gitops.model.record import Record, RecordKind
from gitops.model.source import SourceState
from gitops.views.amounts import elapsed_text, moment_text
from gitops.views.encode import as_json
from gitops.views.names import short_commit
from gitops.views.page import Page, Part, Span, Style, plural

_NOTHING: Final = "-"
_FEW_NAMES: Final = 3
_FEW_LINES: Final = 2
_TITLES: Final = ("NUMBER", "WHEN", "WHO", "SOURCE", "OUTCOME", "TOOK", "WHAT")
_ENDINGS: Final = {
    Outcome.SUCCEEDED: Span("succeeded", Style.GOOD),
    Outcome.UNCHANGED: Span("nothing to do", Style.GOOD),
    Outcome.ROLLED_BACK: Span("rolled back", Style.DANGER),
    Outcome.FAILED: Span("failed", Style.DANGER),
    Outcome.NOT_TRIED: Span("not tried", Style.WARNING),
    Outcome.INTERRUPTED: Span("interrupted", Style.WARNING),
}


def history_page(
    deployments: Sequence[tuple[str, Record]], *, endpoint: str | None = None, running: bool | None = None
) -> Page:
    """One row per deployment.

    Args:
        deployments: commit and record, newest first; the first is the newest that there is.
        endpoint: only those that are about it, with what they did to it.
        running: whether somebody holds the lock; None where nobody asked.
    """
    page = Page()
    rows = [
        _row(record, endpoint, ending(record, running=running if index == 0 else False))
        for index, (_, record) in enumerate(deployments)
        if endpoint is None or concerns(record, endpoint)
    ]
    if not rows:
        about = "" if endpoint is None else f" of endpoint {endpoint}"
        page.line(f"No deployment{about} is recorded.")
        return page
    page.table([[Span(title, Style.QUIET) for title in _TITLES], *rows])
    page.gap()
    page.line(f"{plural(len(rows), 'deployment')}. gitops show NUMBER tells everything of one.")
    return page


def history_json(deployments: Iterable[tuple[str, Record]], *, endpoint: str | None = None) -> str:
    """The records with their commits as JSON; only those about an endpoint, if one is named."""
    shown = [
        {"commit": commit, "record": record.model_dump(mode="json")}
        for commit, record in deployments
        if endpoint is None or concerns(record, endpoint)
    ]
    return as_json({"format_version": 1, "deployments": shown})


def concerns(record: Record, endpoint: str) -> bool:
    """Whether a deployment changed an endpoint, or wanted to."""
    return endpoint in record.changes or any(step.subject == f"endpoint {endpoint}" for step in record.steps)


def ending(record: Record, *, running: bool | None) -> Span:
    """How a deployment ended; without an outcome it runs or was killed, and who has not asked cannot know which."""
    if record.outcome is not None:
        return _ENDINGS[record.outcome]
    if running is None:
        return Span("running?", Style.WARNING)
    return Span("running", Style.CHANGED) if running else Span("killed", Style.DANGER)


def outcome_span(outcome: Outcome) -> Span:
    """How a step ended."""
    return _ENDINGS[outcome]


def source_text(source: SourceState) -> str:
    """`1a2b3c4`, with `+ dirty` where the files had left the commit."""
    if source.commit is None:
        return _NOTHING
    return f"{short_commit(source.commit)}{' + dirty' if source.dirty else ''}"


def what_text(record: Record) -> str:
    """`revert to deployment 3: 2 to update`."""
    if record.kind is RecordKind.APPLY:
        return record.summary
    back = f" to {record.back_to}" if record.back_to else ""
    return f"{record.kind}{back}: {record.summary}" if record.summary else f"{record.kind}{back}"


def _touched(record: Record) -> str:
    """`(aloha: replicas 2 -> 3)` where little changed, else the first few names: `(aloha, embedder and 4 more)`."""
    names = list(record.changes)
    if not names:
        return ""
    lines = record.changes[names[0]]
    if len(names) == 1 and 0 < len(lines) <= _FEW_LINES:
        return f"({names[0]}: {'; '.join(lines)})"
    more = len(names) - _FEW_NAMES
    return f"({', '.join(names[:_FEW_NAMES])}{f' and {more:,} more' if more > 0 else ''})"


def _row(record: Record, endpoint: str | None, ended: Span) -> list[Part]:
    if endpoint is None:
        what = " ".join(filter(None, (what_text(record), _touched(record))))
    else:
        what = "; ".join(record.changes.get(endpoint, ())) or what_text(record)
    return [
        Span(str(record.number), Style.STRONG),
        moment_text(record.started_at),
        record.applied_by.partition(" <")[0] or _NOTHING,
        source_text(record.source),
        ended,
        _NOTHING if record.elapsed_s is None else elapsed_text(record.elapsed_s),
        what,
    ]
