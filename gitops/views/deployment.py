"""One deployment -> everything that a person wants to know of it: who, when, from what, what changed, how it ended."""

from collections.abc import Iterator, Sequence
from typing import Final

from gitops.model.plan import Plan
from gitops.model.record import Record, StepOutcome
from gitops.model.report import Report
from gitops.model.source import SourceState
from gitops.views.amounts import elapsed_text, moment_text
from gitops.views.changes import add_changes, columns_of
from gitops.views.encode import as_json
from gitops.views.history import ending, outcome_span, what_text
from gitops.views.names import platform_text
from gitops.views.overview import OVERVIEW, overview_rows
from gitops.views.page import Page, Part, Span, Style, pad
from gitops.views.steps import will

_INDENT: Final = "  "


def deployment_page(
    commit: str, record: Record, plan: Plan | None = None, report: Report | None = None, *, running: bool | None = None
) -> Page:
    """The whole of one deployment.

    Args:
        commit: in the history, the newer of its two.
        plan: what was planned; without one the record's own lines stand for its changes.
        report: before and after; None where none was kept.
        running: whether it runs now; None where nobody asked.
    """
    page = Page()
    page.line(
        Span(
            f"Deployment {record.number} of project {record.project} in environment {record.environment}", Style.STRONG
        ),
        f" ({platform_text(record.platform)})",
    )
    page.gap()
    facts: list[tuple[str, Part]] = [("outcome", ending(record, running=running)), *_facts(commit, record)]
    page.table([(Span(name, Style.QUIET), value) for name, value in facts if value], indent=_INDENT)
    _changes(page, record, plan)
    if record.steps:
        _steps(page, record.steps)
    elif plan is not None:
        _planned(page, plan)
    _report(page, report)
    return page


def deployment_json(commit: str, record: Record, plan: Plan | None = None, report: Report | None = None) -> str:
    """The same for programs: commit, record, plan and report; null is what was not kept."""
    parts = {"record": record, "plan": plan, "report": report}
    told = {name: part and part.model_dump(mode="json") for name, part in parts.items()}
    return as_json({"format_version": 1, "commit": commit, **told})


def _facts(commit: str, record: Record) -> Iterator[tuple[str, str]]:
    yield "what", what_text(record)
    yield "by", record.applied_by
    yield "started", moment_text(record.started_at)
    if record.finished_at is not None and record.elapsed_s is not None:
        yield "finished", f"{moment_text(record.finished_at)}, after {elapsed_text(record.elapsed_s)}"
    yield "source", _source(record.source)
    yield "uncommitted", record.source.dirty or ""
    yield "run", record.run_url or ""
    yield "acknowledged", record.allowed
    yield "lock", f"taken over: {record.took_over}" if record.took_over else ""
    yield "fingerprint", record.fingerprint
    yield "commit", commit
    yield "tool", record.tool


def _source(source: SourceState) -> str:
    if source.commit is None:
        return ""
    branch = f" on {source.branch}" if source.branch else ""
    folder = f", folder {source.folder}" if source.folder else ""
    dirty = ", and files that were not committed" if source.dirty else ""
    return f"{source.commit}{branch}{folder}{dirty}"


def _changes(page: Page, record: Record, plan: Plan | None) -> None:
    if plan is not None and plan.changes:
        page.gap()
        page.line(Span("Changes", Style.STRONG))
        add_changes(page, plan.changes, plan.steps, columns_of(plan.changes))
    elif record.changes:
        page.gap()
        page.line(Span("Changes", Style.STRONG))
        for endpoint, lines in sorted(record.changes.items()):
            page.line(_INDENT, Span(f"endpoint {endpoint}", Style.STRONG))
            for line in lines:
                page.block(line, first=(_INDENT * 3,), indent=_INDENT * 4)


def _steps(page: Page, steps: Sequence[StepOutcome]) -> None:
    page.gap()
    page.line(Span("Steps", Style.STRONG))
    digits = len(str(max(step.number for step in steps)))
    ends = max(len(outcome_span(step.outcome).text) for step in steps)
    for step in steps:
        _step(page, step, digits, ends)


def _step(page: Page, step: StepOutcome, digits: int, ends: int) -> None:
    page.line(f"{_INDENT}{step.number:>{digits}}. ", pad(outcome_span(step.outcome), ends + 2), step.words)
    if step.message:
        indent = " " * (digits + 4)
        page.block(step.message, first=(indent,), indent=f"{indent}{_INDENT}", style=Style.QUIET)


def _planned(page: Page, plan: Plan) -> None:
    """The steps of a deployment that runs, or was killed before it could say how they ended."""
    if not plan.steps:
        return
    page.gap()
    page.line(Span("Steps as planned", Style.STRONG), "; how they ended was not recorded")
    digits = len(str(len(plan.steps)))
    for number, step in enumerate(plan.steps, start=1):
        page.line(f"{_INDENT}{number:>{digits}}. ", will(step))


def _report(page: Page, report: Report | None) -> None:
    if report is None or not report.endpoints:
        return
    page.gap()
    page.line(Span("Before and after", Style.STRONG), f", {_later(report)}")
    titles = [Span(title.upper(), Style.QUIET) for title in OVERVIEW]
    page.table([titles, *overview_rows(report.endpoints, arrow="->")], indent=_INDENT)


def _later(report: Report) -> str:
    seconds = (report.after_at - report.before_at).total_seconds()
    return f"{elapsed_text(seconds)} apart"
