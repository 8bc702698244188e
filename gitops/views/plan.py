"""A Plan -> the difference that people review, field by field with its cost and its place; or JSON. Hides nothing."""

from dataclasses import dataclass
from typing import Final, assert_never

from gitops.model.autoscale import Autoscale, Bounds, bounds_text, policy_move, policy_text
from gitops.model.change import Action, Change, FieldChange, Value, VersionRef
from gitops.model.field import Effect, Level
from gitops.model.plan import Plan
from gitops.model.resource import Resource, resource_text
from gitops.model.step import RollOut
from gitops.views.diagnostics import diagnostic_page
from gitops.views.encode import as_json
from gitops.views.names import platform_text, version_text
from gitops.views.page import Page, Part, Span, Style, pad, plural
from gitops.views.steps import rollout_words, will
from gitops.views.visible import one_line, width

_FIELD_INDENT: Final = " " * 6
_DETAIL_INDENT: Final = " " * 8
_GAP: Final = 3
_SYMBOLS: Final = {
    Action.CREATE: Span("+", Style.ADDED),
    Action.UPDATE: Span("~", Style.CHANGED),
    Action.NOOP: Span(" "),
}
_EFFECT_STYLES: Final = {
    Effect.IN_PLACE: Style.QUIET,
    Effect.ROLLING: Style.CHANGED,
    Effect.DOWNTIME: Style.DANGER,
    Effect.IMMUTABLE: Style.DANGER,
}


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the columns of all changes stand, so that values, labels and places line up over the whole plan."""

    name: int
    value: int
    label: int

    @property
    def place(self) -> int:
        return len(_FIELD_INDENT) + self.name + self.value + self.label


def plan_page(plan: Plan) -> Page:
    """The whole plan: what changes, in which steps, what to know, and the counts."""
    page = Page()
    page.line(
        Span(f"Plan for project {plan.project} in environment {plan.environment}", Style.STRONG),
        f" ({platform_text(plan.platform)})",
    )
    page.gap()
    columns = _columns(plan)
    for change in plan.changes:
        _change(page, plan, change, columns)
    _manual(page, plan)
    if plan.steps:
        page.gap()
        page.line(Span("Steps", Style.STRONG))
        digits = len(str(len(plan.steps)))
        for number, step in enumerate(plan.steps, start=1):
            page.line(f"  {number:>{digits}}. ", will(step))
    for warning in plan.warnings:
        page.gap()
        page.add(diagnostic_page(warning))
    page.gap()
    page.line(*_summary(plan))
    return page


def plan_json(plan: Plan) -> str:
    """The plan as JSON, the very one that an apply carries out."""
    return as_json(plan)


def _change(page: Page, plan: Plan, change: Change, columns: _Columns) -> None:
    symbol = _SYMBOLS[change.action]
    title = Span(f"endpoint {change.endpoint}", Style.STRONG)
    header: list[Part] = ["  ", symbol, " ", title]
    if change.place:
        header[-1] = pad(title, columns.place - 4)
        header.append(_place(change.place.file, change.place.line))
    page.line(*header)
    rollout = next(
        (step for step in plan.steps if isinstance(step, RollOut) and step.endpoint == change.endpoint), None
    )
    for field in sorted(change.fields, key=_danger):
        _field(page, change, field, columns)
        if rollout and field.effect in (Effect.ROLLING, Effect.DOWNTIME):
            page.line(_DETAIL_INDENT, Span(rollout_words(rollout), Style.QUIET))
            rollout = None
        if field.note:
            page.block(field.note, first=(_DETAIL_INDENT, Span("note: ", Style.HINT)), indent=_DETAIL_INDENT)
    if rollout:
        page.line(_DETAIL_INDENT, Span(rollout_words(rollout), Style.QUIET))


def _manual(page: Page, plan: Plan) -> None:
    """What is left for people, with the place in the platform's console."""
    if not plan.manual:
        return
    page.gap()
    page.line(Span("To do by hand", Style.STRONG))
    for line in plan.manual:
        place = _place(line.place.file, line.place.line) if line.place else ""
        before = "(not told)" if line.old is None and line.field != "autoscale" else _value(line.old)
        move = (Span(before, Style.QUIET), " -> ", Span(_value(line.new), Style.STRONG))
        page.line("  ", Span("!", Style.HINT), f" endpoint {line.endpoint}: {line.field} ", *move, " " * _GAP, place)
        page.line(_FIELD_INDENT, Span(f"in {line.where}", Style.QUIET))


def _field(page: Page, change: Change, field: FieldChange, columns: _Columns) -> None:
    cells: list[Part] = [_FIELD_INDENT, pad(field.field, columns.name)]
    if change.action is Action.CREATE:
        page.line(*cells, Span(_value(field.new), Style.ADDED))
        return
    before, after = _move(field)
    old, new = Span(before, Style.QUIET), Span(after, Style.STRONG)
    filled = pad(new, columns.value - width(one_line(old.text)) - len(" -> "))
    place = field.place if field.place and field.place != change.place else None
    label = Span(_label(field), _EFFECT_STYLES[field.effect])
    cells += [old, " -> ", filled, pad(label, columns.label)]
    page.line(*cells, *([_place(place.file, place.line)] if place else []))


def _columns(plan: Plan) -> _Columns:
    updates = [field for change in plan.changes if change.action is not Action.CREATE for field in change.fields]
    names = [field.field for change in plan.changes for field in change.fields]
    titles = [len(f"  x endpoint {change.endpoint}") for change in plan.changes]
    name = max(map(len, names), default=0) + 2
    value = max(map(_move_width, updates), default=0) + _GAP
    label = max((len(_label(field)) + _GAP for field in updates), default=0)
    short_by = max(titles, default=0) + _GAP - (len(_FIELD_INDENT) + name + value + label)
    return _Columns(name=name, value=value + max(0, short_by), label=label)


def _move_width(field: FieldChange) -> int:
    return width(one_line(" -> ".join(_move(field))))


def _move(field: FieldChange) -> tuple[str, str]:
    """Both values; of two policies only what differs."""
    if isinstance(field.old, Autoscale) and isinstance(field.new, Autoscale):
        return policy_move(field.old, field.new)
    return _value(field.old), _value(field.new)


def _value(value: Value) -> str:
    match value:
        case VersionRef():
            return version_text(value)
        case Autoscale():
            return policy_text(value)
        case Bounds():
            return bounds_text(value)
        case Resource():
            return resource_text(value)
        case None:
            return "(none)"
        case int() | str():
            return str(value)
    assert_never(value)


def _label(field: FieldChange) -> str:
    return field.effect if field.level is Level.NATIVE else f"{field.effect}, {field.level}"


def _danger(field: FieldChange) -> int:
    """Sorting key: what costs most first; equals stay in the plan's order."""
    if field.effect in (Effect.DOWNTIME, Effect.IMMUTABLE):
        return 0
    if field.effect is Effect.ROLLING:
        return 1
    fewer = isinstance(field.old, int) and isinstance(field.new, int) and field.new < field.old
    return 2 if fewer else 3


def _place(file: str, line: int) -> Span:
    return Span(f"{file}:{line}", Style.QUIET)


def _summary(plan: Plan) -> tuple[Part, ...]:
    counts = plan.counts
    if not plan.steps and not plan.changes and plan.manual:
        left = f" {_by_hand(plan)}{_warnings(plan)}"
        return Span("Nothing to apply.", Style.GOOD), left
    if not plan.steps and not plan.changes:
        return Span("No changes.", Style.GOOD), f" {_as_declared(counts.unchanged)}{_warnings(plan)}"
    endpoints = f"{counts.create:,} to create, {counts.update:,} to update, {counts.unchanged:,} unchanged"
    rest = f"{plural(len(plan.steps), 'step')}. {_gpus(plan)}{_warnings(plan)}"
    by_hand = f" {_by_hand(plan)}" if plan.manual else ""
    return Span("Plan:", Style.STRONG), f" {endpoints}; {rest}{by_hand}"


def _by_hand(plan: Plan) -> str:
    return f"{plural(len(plan.manual), 'change')} to do by hand."


def _gpus(plan: Plan) -> str:
    gpus = plan.gpus
    if not gpus.untold:
        return f"GPUs {gpus.before:,} -> {gpus.after:,}."
    if gpus.untold == sum(plan.counts.model_dump().values()):
        return "GPUs not told."
    return f"GPUs {gpus.before:,} -> {gpus.after:,}, without {plural(gpus.untold, 'endpoint')} not told of."


def _as_declared(endpoints: int) -> str:
    match endpoints:
        case 0:
            return "No endpoint is declared."
        case 1:
            return "1 endpoint is as declared."
        case _:
            return f"{endpoints:,} endpoints are as declared."


def _warnings(plan: Plan) -> str:
    return f" {plural(len(plan.warnings), 'warning')}." if plan.warnings else ""
