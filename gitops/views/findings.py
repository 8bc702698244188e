"""What guards have to say of a plan -> the lines that stand above it, where they refuse it, and below where not."""

from collections.abc import Set as AbstractSet
from typing import Final

from gitops.model.guard import Finding
from gitops.model.plan import Plan
from gitops.views.page import Page, Part, Span, Style, plural

NAMED: Final = 5
"""So many endpoints are named where each of them stands among the changes too."""


def add_refusals(page: Page, plan: Plan) -> None:
    """Add what refuses the plan."""
    shown = {change.endpoint for change in plan.changes}
    for finding in plan.findings:
        if not finding.refuses:
            continue
        page.gap()
        label = Span(f"refused[{finding.guard}]", Style.DANGER)
        page.block(finding.message, first=(label, ": "), indent="  ", style=Style.STRONG)
        if names := endpoints_text(finding, shown):
            page.line("  ", names)
        if finding.hint:
            page.block(finding.hint, first=("  ", Span("hint: ", Style.HINT)), indent="        ")
    page.gap()


def add_labels(page: Page, plan: Plan) -> None:
    """Add what is only said: acknowledged, or too few endpoints to count. What it is about stands among the changes."""
    for finding in plan.findings:
        if not finding.refuses:
            page.gap()
            page.block(finding.message, first=(Span(f"note[{finding.guard}]", Style.WARNING), ": "), indent="  ")


def endpoints_text(finding: Finding, shown: AbstractSet[str]) -> str:
    """`endpoints a, b`; of those that are shown as changes anyway only the first few.

    Empty where it is about none, or about the one that its message names.
    """
    if not finding.subjects or (len(finding.subjects) == 1 and finding.subjects[0] in finding.message.split()):
        return ""
    hidden = [name for name in finding.subjects if name not in shown]
    others = [name for name in finding.subjects if name in shown]
    names = [*hidden, *others[: max(0, NAMED - len(hidden))]]
    more = len(finding.subjects) - len(names)
    noun = "endpoint" if len(finding.subjects) == 1 else "endpoints"
    return f"{noun} {', '.join(names)}{f' and {more:,} more, below' if more else ''}"


def refusal(plan: Plan) -> tuple[Part, ...]:
    """The last line of a plan that may not be applied."""
    refusing = [finding for finding in plan.findings if finding.refuses]
    guards = ", ".join(dict.fromkeys(finding.guard for finding in refusing))
    verb = "refuses" if len(refusing) == 1 else "refuse"
    return Span("Nothing will be applied:", Style.DANGER), f" {plural(len(refusing), 'guard')} {verb} ({guards})."
