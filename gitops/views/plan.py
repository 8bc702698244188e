"""A Plan -> the page that people review: what may hurt first, field by field with its cost and place; or JSON."""

from collections.abc import Sequence

from gitops.model.plan import Base, Plan, Undo
from gitops.model.step import PushModelCard
from gitops.views.changes import add_changes, columns_of
from gitops.views.counts import counts_line
from gitops.views.diagnostics import diagnostic_page
from gitops.views.encode import as_json
from gitops.views.findings import NAMED, add_labels, add_refusals, refusal
from gitops.views.left import add_declarations, add_drift, add_held, add_kept, add_manual
from gitops.views.names import platform_text, short_commit
from gitops.views.page import Page, Span, Style
from gitops.views.steps import will
from gitops.views.undoing import undo_summary, undo_words


def plan_page(plan: Plan, *, verbose: bool = False) -> Page:
    """The whole plan: what guards say, what changes, in which steps, what to know, and the counts.

    Args:
        verbose: below each step what takes it back, and every field that is kept as it runs; else their sums.
    """
    page = Page()
    page.line(
        Span(f"Plan for project {plan.project} in environment {plan.environment}", Style.STRONG),
        f" ({platform_text(plan.platform)})",
    )
    for sentence in about(plan):
        page.line(sentence)
    page.gap()
    add_refusals(page, plan)
    columns = columns_of((*plan.changes, *plan.drift))
    add_changes(page, plan.changes, plan.steps, columns)
    add_declarations(page, plan)
    add_drift(page, plan, columns)
    add_held(page, plan)
    add_manual(page, plan)
    if verbose:
        add_kept(page, plan)
    _steps(page, plan, plan.undo if verbose else ())
    if not verbose and (summary := undo_summary(plan)):
        page.block(summary, first=("  ",), indent="    ", style=Style.QUIET)
    add_labels(page, plan)
    for warning in plan.warnings:
        page.gap()
        page.add(diagnostic_page(warning))
    page.gap()
    page.line(*counts_line(plan, verbose=verbose))
    if plan.refused:
        page.line(*refusal(plan))
    return page


def plan_json(plan: Plan) -> str:
    """The plan as JSON, the very one that an apply carries out."""
    return as_json(plan)


def about(plan: Plan) -> list[str]:
    """What the reader must know to read it: what it was compared with, where it goes back to, what it leaves out."""
    sentences: list[str] = []
    if not plan.compares:
        sentences.append(
            "Nothing is remembered of this environment and no platform was asked: this is what the files declare, not "
            "what an apply would change."
        )
    elif plan.offline:
        sentences.append("Compared with what was last applied; no platform was asked.")
    if plan.base and plan.compares:
        sentences.append(f"Compared with {_base(plan.base)}.")
    if plan.only:
        sentences.append(f"Only {_endpoints(plan.only)} planned (--only).")
    if plan.back_to:
        sentences.append(f"Goes back to {plan.back_to}.")
    if plan.only_declared:
        sentences.append("Only what the files ask for anew; drift is left as it is.")
    if plan.allowed.words:
        sentences.append(f"Acknowledged: {plan.allowed.words}.")
    return sentences


def after(plan: Plan) -> dict[int, str]:
    """Number of an endpoint's first step -> whom it waits for: `, after embedder`."""
    waiting = {endpoint: f", after {', '.join(others)}" for endpoint, others in plan.depends_on.items() if others}
    words = {}
    for number, step in enumerate(plan.steps, start=1):
        if not isinstance(step, PushModelCard) and step.endpoint in waiting:
            words[number] = waiting.pop(step.endpoint)
    return words


def _endpoints(names: Sequence[str]) -> str:
    """`endpoint aloha is`, `endpoints aloha, bravo are`."""
    more = len(names) - NAMED
    noun, verb = ("endpoint", "is") if len(names) == 1 else ("endpoints", "are")
    return f"{noun} {', '.join(names[:NAMED])}{f' and {more:,} more' if more > 0 else ''} {verb}"


def _base(base: Base) -> str:
    if base.commit is not None:
        return f"commit {short_commit(base.commit)} (--base)"
    return f"deployment {base.deployment}" if base.deployment is not None else "nothing"


def _steps(page: Page, plan: Plan, undo: Sequence[Undo]) -> None:
    if not plan.steps:
        return
    page.gap()
    page.line(Span("Steps", Style.STRONG))
    digits = len(str(len(plan.steps)))
    waits, takes_back = after(plan), {one.number: one for one in undo}
    for number, step in enumerate(plan.steps, start=1):
        page.line(f"  {number:>{digits}}. ", will(step), waits.get(number, ""))
        if one := takes_back.get(number):
            page.block(
                undo_words(one),
                first=(" " * (digits + 4), Span("undo: ", Style.HINT)),
                indent=" " * (digits + 6),
                style=Style.QUIET,
            )
