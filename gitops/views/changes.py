"""Changes -> lines: endpoint by endpoint, field by field, each with its cost, origin and place. Drops nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gitops.diagnostics import Place
from gitops.model.change import Action, Change, FieldChange, Origin
from gitops.model.field import Effect, Level
from gitops.model.step import RollOut, Step
from gitops.views.danger import Danger, dangerous_first, field_danger
from gitops.views.page import Page, Part, Span, Style, pad
from gitops.views.steps import rollout_words
from gitops.views.values import move_text, value_text
from gitops.views.visible import one_line, width

FIELD_INDENT: Final = " " * 6
GAP: Final = 3
_DETAIL_INDENT: Final = " " * 8
_SYMBOLS: Final = {
    Action.CREATE: Span("+", Style.ADDED),
    Action.UPDATE: Span("~", Style.CHANGED),
    Action.DELETE: Span("-", Style.DANGER),
    Action.NOOP: Span(" "),
}
_ADOPTS: Final = Span("*", Style.WARNING)
_EFFECT_STYLES: Final = {
    Effect.IN_PLACE: Style.QUIET,
    Effect.ROLLING: Style.CHANGED,
    Effect.DOWNTIME: Style.DANGER,
    Effect.IMMUTABLE: Style.DANGER,
}
_FIELD_ORDER: Final = (Danger.DOWNTIME, Danger.ROLLING, Danger.LOSS, Danger.OTHER)
"""A version stands before the number of its replicas: its rollout explains what happens to them."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns of all changes stand, so that values, labels and places line up over the whole plan."""

    name: int
    value: int
    label: int

    @property
    def place(self) -> int:
        """Where places begin."""
        return len(FIELD_INDENT) + self.name + self.value + self.label


def columns_of(changes: Iterable[Change]) -> Columns:
    """Columns that fit all of these changes."""
    changes = tuple(changes)
    updates = [field for change in changes if _moves(change) for field in change.fields]
    names = [field.field for change in changes for field in change.fields]
    titles = [width(one_line(f"  x endpoint {change.endpoint}")) for change in changes]
    name = max(map(len, names), default=0) + 2
    value = max(map(_move_width, updates), default=0) + GAP
    label = max((len(field_label(field)) + GAP for field in updates), default=0)
    short_by = max(titles, default=0) + GAP - (len(FIELD_INDENT) + name + value + label)
    return Columns(name=name, value=value + max(0, short_by), label=label)


def add_changes(page: Page, changes: Iterable[Change], steps: Sequence[Step], columns: Columns) -> None:
    """Add all of them, what can hurt most first; below the field that needs it stands how its rollout goes."""
    rollouts: dict[str, RollOut] = {}
    for step in steps:
        if isinstance(step, RollOut):
            rollouts.setdefault(step.endpoint, step)
    for change in dangerous_first(changes):
        _change(page, change, rollouts.get(change.endpoint), columns)


def field_label(field: FieldChange) -> str:
    """What moving a field costs, and why it differs where the files alone do not say it: `rolling (drift)`."""
    label = field.effect if field.level is Level.NATIVE else f"{field.effect}, {field.level}"
    return f"{label}{_origin(field)}"


def why(change: Change) -> str:
    """What there is to say of a change beside its fields; empty where they say all."""
    reason = f": {change.reason}" if change.reason else ""
    if change.action is Action.DELETE:
        return f"deleted{reason}"
    if change.adopts:
        return f"adopted: it is there, and no record here says whose it is; it becomes this project's{reason}"
    return f"because: {change.reason}" if change.reason else ""


def place_text(place: Place | None) -> Span:
    """`endpoints/aloha.yaml:4`; nothing where nothing is written."""
    return Span(f"{place.file}:{place.line}", Style.QUIET) if place else Span("")


def _change(page: Page, change: Change, rollout: RollOut | None, columns: Columns) -> None:
    title = Span(f"endpoint {change.endpoint}", Style.STRONG)
    if change.action is Action.DELETE:
        title = Span(title.text, Style.DANGER)
    header: list[Part] = ["  ", _ADOPTS if change.adopts else _SYMBOLS[change.action], " ", title]
    if change.place:
        header[-1] = pad(title, columns.place - 4)
        header.append(place_text(change.place))
    page.line(*header)
    if words := why(change):
        style = Style.DANGER if change.action is Action.DELETE else Style.WARNING if change.adopts else Style.PLAIN
        page.block(words, first=(FIELD_INDENT,), indent=_DETAIL_INDENT, style=style)
    for field in sorted(change.fields, key=lambda field: _FIELD_ORDER.index(field_danger(field))):
        _field(page, change, field, columns)
        if rollout and field.effect in (Effect.ROLLING, Effect.DOWNTIME):
            page.line(_DETAIL_INDENT, Span(rollout_words(rollout), Style.QUIET))
            rollout = None
        if field.note:
            page.block(field.note, first=(_DETAIL_INDENT, Span("note: ", Style.HINT)), indent=_DETAIL_INDENT)
    if rollout:
        page.line(_DETAIL_INDENT, Span(rollout_words(rollout), Style.QUIET))


def _field(page: Page, change: Change, field: FieldChange, columns: Columns) -> None:
    cells: list[Part] = [FIELD_INDENT, pad(field.field, columns.name)]
    if change.action is Action.CREATE:
        page.line(*cells, Span(value_text(field.new), Style.ADDED), Span(_origin(field), Style.WARNING))
        return
    if change.action is Action.DELETE:
        page.line(*cells, Span(value_text(field.old), Style.QUIET))
        return
    before, after = move_text(field.old, field.new)
    style = Style.WARNING if field_danger(field) is Danger.LOSS else Style.STRONG
    old, new = Span(before, Style.QUIET), Span(after, style)
    filled = pad(new, columns.value - width(one_line(old.text)) - len(" -> "))
    label = Span(field_label(field), _EFFECT_STYLES[field.effect])
    cells += [old, " -> ", filled, pad(label, columns.label)]
    page.line(*cells, place_text(field.place if field.place != change.place else None))


def _origin(field: FieldChange) -> str:
    return "" if field.origin is Origin.DECLARED else f" ({field.origin})"


def _moves(change: Change) -> bool:
    """Whether its fields have two values to show."""
    return change.action not in (Action.CREATE, Action.DELETE)


def _move_width(field: FieldChange) -> int:
    return width(one_line(" -> ".join(move_text(field.old, field.new))))
