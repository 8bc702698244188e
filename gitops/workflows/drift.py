"""`drift`: what moved away from what was applied, held against the baseline; and live values into the files."""

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from gitops.diagnostics import InputError
from gitops.errors import UsageError
from gitops.model.autoscale import Autoscale
from gitops.model.baseline import Drifted, KnownDrift, compare
from gitops.model.change import Action, Change, Origin, VersionRef, value_text
from gitops.model.drift import Drift, DriftItem, UnmatchedLine
from gitops.model.edit import Edit
from gitops.model.live import Live
from gitops.model.record import EXISTENCE
from gitops.model.resource import Resource
from gitops.planning.holding import ABSENT_WORD, PRESENT
from gitops.planning.origin import alike, last_applied
from gitops.ports import Baselines, Clock, Editor
from gitops.workflows.edges import Ask, Edges
from gitops.workflows.plan import Prepared, prepare

_MOVED = frozenset({Origin.DRIFT, Origin.OVER_DRIFT})


def drift(edges: Edges, ask: Ask, baseline: Baselines, path: Path | None, clock: Clock) -> Drift:
    """All drift of an environment.

    Args:
        path: of the baseline; None for the usual one.

    Raises:
        InputError: the files, or the baseline, have errors.
        UsageError, PlatformError, HistoryError: as `plan`.
    """
    prepared = prepare(edges, ask)
    all_names = prepared.desired.endpoints.keys() | prepared.known.owned
    names = {name for name in all_names if ask.selects(name)}
    known = baseline.load(all_names, path)
    if any(one.is_error for one in known.diagnostics):
        raise InputError(known.diagnostics, "the baseline of known drift cannot be used")
    items = tuple(_items(prepared))
    now = clock.now()
    drifted = [Drifted(item.endpoint, item.field, value_text(item.live)) for item in items]
    judged = compare(drifted, [line for line in known.known if line.endpoint in names], now.astimezone(UTC).date())
    return Drift(
        project=prepared.plan.project,
        environment=prepared.plan.environment,
        platform=prepared.plan.platform,
        at=now,
        endpoints=len(names),
        items=tuple(
            item.model_copy(update={"state": one.state, **_said(one.line)})
            for item, one in zip(items, judged.judged, strict=True)
        ),
        unmatched=tuple(_unmatched(line) for line in judged.unmatched),
        notes=prepared.plan.notes,
    )


def accept(found: Drift, editor: Editor) -> tuple[str, ...]:
    """Write what is live into the files, so that it is declared; nothing where there is no drift.

    Returns:
        The files that were written.

    Raises:
        UsageError: something of it cannot be written; nothing was.
    """
    gone = [item.endpoint for item in found.items if item.field == EXISTENCE]
    if gone:
        raise UsageError(
            f"what is gone cannot be written as a value: {', '.join(gone)}",
            hint="remove its document from the files yourself, or apply to create it again",
        )
    asked = [f"{item.field} of {item.endpoint}" for item in found.items if item.origin is Origin.OVER_DRIFT]
    if asked:
        raise UsageError(
            f"the files ask for something new besides, which would be overwritten: {', '.join(asked)}",
            hint="apply the files, or put them back to what was applied before you accept what is live",
        )
    edits = [_edit(item) for item in found.items]
    return editor.accept(found.environment, edits) if edits else ()


def _edit(item: DriftItem) -> Edit:
    """What the files shall say; a version by its name as people write it, without the date that a platform adds."""
    value = item.live
    match item.field:
        case "version":
            name = value.name if isinstance(value, VersionRef) else None
            if name is None:
                raise UsageError(
                    f"which version of endpoint {item.endpoint} serves cannot be read, so it cannot be kept"
                )
            return Edit(item.endpoint, "version", name.partition("-")[0])
        case "replicas" | "gpus_per_replica" if isinstance(value, int):
            return Edit(item.endpoint, item.field, value)
        case "autoscale" if value is None or isinstance(value, Autoscale):
            return Edit(item.endpoint, "autoscale", value)
        case "resource" if value is None or isinstance(value, Resource):
            return Edit(item.endpoint, "resource", value)
        case _:
            raise UsageError(
                f"the {item.field} of endpoint {item.endpoint} cannot be written into the files: the platform tells "
                f"{value_text(value)}",
                hint="write it yourself as the console shows it",
            )


def _items(prepared: Prepared) -> Iterator[DriftItem]:
    changes = sorted((*prepared.plan.changes, *prepared.plan.drift), key=lambda change: change.endpoint)
    for change in changes:
        entry = prepared.known.entries.get(change.endpoint)
        if entry is None or entry.applied is None or change.action is Action.DELETE:
            continue
        if change.action is Action.CREATE:
            yield _gone(change)
            continue
        for field in change.fields:
            if field.origin in _MOVED:
                yield DriftItem(
                    endpoint=change.endpoint,
                    field=field.field,
                    declared=field.new,
                    live=field.old,
                    last_applied=last_applied(entry.applied, field.field, prepared.live[change.endpoint]),
                    origin=field.origin,
                    place=field.place,
                )
    yield from _below_holds(prepared)


def _below_holds(prepared: Prepared) -> Iterator[DriftItem]:
    """A hold keeps a field from being planned, and not from drifting."""
    for held in prepared.plan.held:
        entry, live = prepared.known.entries.get(held.endpoint), prepared.live.get(held.endpoint)
        if entry is None or entry.applied is None or held.field == EXISTENCE or not isinstance(live, Live):
            continue
        before = last_applied(entry.applied, held.field, live)
        if not alike(held.kept, before):
            yield DriftItem(
                endpoint=held.endpoint,
                field=held.field,
                declared=held.asked,
                live=held.kept,
                last_applied=before,
                place=held.place,
            )


def _gone(change: Change) -> DriftItem:
    return DriftItem(
        endpoint=change.endpoint,
        field=EXISTENCE,
        declared=PRESENT,
        live=ABSENT_WORD,
        last_applied=PRESENT,
        place=change.place,
    )


def _said(line: KnownDrift | None) -> dict[str, object]:
    return {"owner": line.owner, "reason": line.reason, "expires": line.expires} if line is not None else {}


def _unmatched(line: KnownDrift) -> UnmatchedLine:
    return UnmatchedLine(
        endpoint=line.endpoint,
        field=line.field,
        live=line.live,
        owner=line.owner,
        reason=line.reason,
        expires=line.expires,
    )
