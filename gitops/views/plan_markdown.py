"""A Plan -> Markdown for a pull request: what may hurt first, all changes in one table, the whole page folded below.

Everything that somebody wrote is escaped or stands in a code block: it ends no cell, begins no tag and calls nobody.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from gitops.model.change import Action, Change, FieldChange, Origin
from gitops.model.field import Effect, Level
from gitops.model.plan import Plan
from gitops.views.changes import why
from gitops.views.counts import counts_line
from gitops.views.danger import Danger, dangerous_first, field_danger
from gitops.views.findings import endpoints_text, refusal
from gitops.views.left import declaration_words, held_hint, held_reason, held_words, manual_move
from gitops.views.markdown import code_block, table
from gitops.views.names import platform_text
from gitops.views.page import Part, Span
from gitops.views.plan import about, plan_page
from gitops.views.undoing import undo_summary
from gitops.views.values import move_text, value_text
from gitops.views.visible import markdown

_BREAK: Final = "<br>"
_FOLDED: Final = "The whole plan: every step, and what takes it back"
_LOUD: Final = frozenset({Effect.DOWNTIME, Effect.IMMUTABLE})


def plan_markdown(plan: Plan) -> str:
    """The plan as Markdown: guards, one table of changes, what is left as it is, the counts; steps folded away."""
    lines = [f"### Plan for project {markdown(plan.project)} in environment {markdown(plan.environment)}", ""]
    lines.append(" ".join(map(markdown, (f"On {platform_text(plan.platform)}.", *about(plan)))))
    lines += _refusals(plan)
    if plan.changes:
        rows = [_row(change) for change in dangerous_first(plan.changes)]
        lines += ["", *table(("", "Endpoint", "What changes", "Cost", "Declared in"), rows, left=5)]
    lines += _left(plan)
    labels = (f"{finding.guard}: {finding.message}" for finding in plan.findings if not finding.refuses)
    lines += _section("Notes", map(markdown, labels))
    lines += _section("Warnings", _warnings(plan))
    lines += ["", *_bold(counts_line(plan, verbose=True))]
    if plan.refused:
        lines += ["", *_bold(refusal(plan))]
    if summary := undo_summary(plan):
        lines += ["", markdown(summary)]
    if plan.steps or plan.changes or plan.kept:
        lines += ["", "<details>", f"<summary>{_FOLDED}</summary>", ""]
        lines += [*code_block(plan_page(plan, verbose=True).plain()), "", "</details>"]
    return "\n".join([*lines, ""])


def _refusals(plan: Plan) -> Iterator[str]:
    """A block each, so that they are not read as one."""
    shown = {change.endpoint for change in plan.changes}
    for finding in plan.findings:
        if not finding.refuses:
            continue
        hint = f"Hint: {finding.hint}" if finding.hint else ""
        parts = [markdown(part) for part in (finding.message, endpoints_text(finding, shown), hint) if part]
        yield from ("", f"> **Refused: {markdown(finding.guard)}**" + "".join(f"{_BREAK}{part}" for part in parts))


def _row(change: Change) -> list[str]:
    dangerous = change.adopts or change.action is Action.DELETE
    word = "adopt" if change.adopts else change.action
    cells = [markdown(words) for words in (why(change),) if words]
    cells += [f"{_field(change, field)}{_note(field)}" for field in change.fields]
    place = f"{change.place.file}:{change.place.line}" if change.place else ""
    return [
        f"**{word}**" if dangerous else word,
        f"**{markdown(change.endpoint)}**" if dangerous else markdown(change.endpoint),
        _BREAK.join(cells),
        ", ".join(_costs(change)),
        markdown(place),
    ]


def _field(change: Change, field: FieldChange) -> str:
    origin = "" if field.origin is Origin.DECLARED else f" ({field.origin})"
    if change.action is Action.CREATE:
        return markdown(f"{field.field} {value_text(field.new)}{origin}")
    if change.action is Action.DELETE:
        return markdown(f"{field.field} {value_text(field.old)}")
    before, after = move_text(field.old, field.new)
    return markdown(f"{field.field} {before} → {after}{origin}")


def _note(field: FieldChange) -> str:
    return f"{_BREAK}*note: {markdown(' '.join(field.note.split()))}*" if field.note.strip() else ""


def _costs(change: Change) -> Iterator[str]:
    """What the change costs, the worst first, and how well the platform can do it.

    Nothing for what is only created or goes away as a whole.
    """
    if change.action in (Action.CREATE, Action.DELETE):
        return
    effects = {field.effect for field in change.fields}
    for effect in (Effect.IMMUTABLE, Effect.DOWNTIME, Effect.ROLLING, Effect.IN_PLACE):
        if effect in effects:
            yield f"**{effect}**" if effect in _LOUD else effect
    yield from sorted({field.level for field in change.fields} - {Level.NATIVE})
    if any(field_danger(field) is Danger.LOSS for field in change.fields):
        yield "**less capacity**"


def _left(plan: Plan) -> Iterator[str]:
    """What differs and is no step, and what nothing was compared with."""
    declared = (
        markdown(f"endpoint {one.endpoint}: {declaration_words(one)}{_at(one.place)}") for one in plan.declarations
    )
    yield from _section("Declared", declared)
    drift = (
        f"endpoint {markdown(change.endpoint)}: {'; '.join(_field(change, field) for field in change.fields)}"
        for change in dangerous_first(plan.drift)
    )
    yield from _section("Drift, left as it is (--only-declared): live → declared", drift)
    held = [
        markdown(f"endpoint {one.endpoint}: {held_words(one)}; {held_reason(one)}{_at(one.place)}") for one in plan.held
    ]
    yield from _section("Held: asked for, and not tried again", held)
    if held:
        yield from ("", markdown(f"Hint: {held_hint(plan)}."))
    manual = (
        markdown(f"endpoint {one.endpoint}: {one.field} {' → '.join(manual_move(one))}, in {one.where}{_at(one.place)}")
        for one in plan.manual
    )
    yield from _section("To do by hand", manual)


def _warnings(plan: Plan) -> Iterator[str]:
    for warning in plan.warnings:
        hint = f"; {warning.hint}" if warning.hint else ""
        yield markdown(f"{warning.code}: {warning.summary}{hint}{_at(warning.place)}")


def _at(place: object) -> str:
    return f" ({place})" if place else ""


def _section(title: str, items: Iterable[str]) -> Iterator[str]:
    lines = [f"- {item}" for item in items]
    if lines:
        yield from ("", f"**{title}**", "", *lines)


def _bold(parts: Iterable[Part]) -> Iterator[str]:
    """A line of a page; its first words are bold."""
    first, *rest = (part.text if isinstance(part, Span) else part for part in parts)
    yield f"**{markdown(first)}**{markdown(''.join(rest))}"
