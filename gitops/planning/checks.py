"""Desired and a platform's traits -> diagnostics: what can be said without asking the platform anything."""

from collections.abc import Iterator, Sequence

from gitops.diagnostics import Code, Diagnostic, error, in_order, warning
from gitops.model.card import CardContent
from gitops.model.desired import Desired, DesiredEndpoint, Endpoint
from gitops.model.field import Level, Traits
from gitops.model.quantity import Quantity, Rounding, share
from gitops.planning.rollout import room


def check(desired: Desired, traits: Traits) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with a desired state by itself, for one kind of platform; errors refuse a plan.

    Returns:
        In order, without excerpts.
    """
    found: list[Diagnostic] = []
    for declared in desired.endpoints.values():
        found += _unsupported(declared, traits)
        found += _dishonoured(declared, traits)
        if not traits.rolls_whole:
            found += _no_room(declared)
            found += _bad_batches(declared)
    named = {declared.endpoint.model for declared in desired.endpoints.values()}
    pushed = {declared.endpoint.model for declared in desired.endpoints.values() if declared.digest is not None}
    for name, card in desired.cards.items():
        if name not in named:
            found.append(_unused(card))
        if name in pushed:
            found += _ignored_keys(card, traits)
            found += _no_entry_point(card, traits)
    return in_order(found)


def _unused(card: CardContent) -> Diagnostic:
    return warning(
        Code.UNUSED_CARD,
        f"no endpoint serves model card {card.name}, so it is never pushed",
        card.place("name"),
        "declare an endpoint with this model, or remove the card",
    )


def _ignored_keys(card: CardContent, traits: Traits) -> Iterator[Diagnostic]:
    for key in sorted(card.spec.model_fields_set - traits.card_keys):
        why = f": {traits.not_applicable[key]}" if key in traits.not_applicable else ""
        yield warning(
            Code.KEY_NOT_ACTED_ON,
            f"{traits.title} does not act on {key} of model card {card.name}{why}",
            card.place(key),
            "it still counts: changing it makes a new version",
        )


def _no_entry_point(card: CardContent, traits: Traits) -> Iterator[Diagnostic]:
    if traits.needs_entry_point and not card.spec.entry_point:
        yield error(
            Code.ENTRY_POINT_MISSING,
            f"model card {card.name} has no entry_point, and {traits.title} cannot run it without",
            card.place("entry_point"),
            "name the Python file in the workspace that starts the model: entry_point: main_entry.py",
        )


def _unsupported(declared: DesiredEndpoint, traits: Traits) -> Iterator[Diagnostic]:
    written = declared.endpoint.model_fields_set
    for name, rule in traits.fields.items():
        if rule.level is Level.UNSUPPORTED and name in written:
            yield error(
                Code.INVALID_VALUE,
                f"endpoint {declared.endpoint.name} sets {name}, which {traits.title} cannot do",
                declared.place(name),
                rule.note or f"remove {name}",
            )


def _dishonoured(declared: DesiredEndpoint, traits: Traits) -> Iterator[Diagnostic]:
    say = error if traits.strict else warning
    for key in sorted(declared.endpoint.rollout.model_fields_set & traits.dishonoured.keys()):
        yield say(
            Code.POLICY_NOT_HONOURED,
            f"{traits.title} cannot honour {key} of endpoint {declared.endpoint.name}: {traits.dishonoured[key]}",
            declared.place("rollout"),
            f"remove {key}, or put it into an overlay of the environments that honour it",
        )


def _no_room(declared: DesiredEndpoint) -> Iterator[Diagnostic]:
    endpoint, rollout = declared.endpoint, declared.endpoint.rollout
    least = endpoint.autoscale.min_replicas if endpoint.autoscale else endpoint.replicas
    if any(room(rollout.max_surge, rollout.max_unavailable, least)):
        return  # More replicas have no less room.
    replicas = f"{least} replica{'s' if least != 1 else ''}"
    cannot = "could not roll out with its min_replicas" if endpoint.autoscale else "could never roll out"
    rounding = " (a share of max_unavailable rounds down)" if isinstance(rollout.max_unavailable, str) else ""
    yield error(
        Code.NO_ROLLOUT_ROOM,
        f"endpoint {endpoint.name} {cannot}: of {replicas}, max_surge {rollout.max_surge} and "
        f"max_unavailable {rollout.max_unavailable} both come to 0{rounding}",
        declared.place("rollout"),
        "let max_surge be at least 1 to keep all replicas serving, or max_unavailable at least 1 to need no extra ones",
    )


def _bad_batches(declared: DesiredEndpoint) -> Iterator[Diagnostic]:
    endpoint, batches = declared.endpoint, declared.endpoint.rollout.batches
    faults = (_batches_fault(batches, replicas) for replicas in _telling_numbers(endpoint, batches))
    if summary := next(filter(None, faults), ""):
        yield error(
            Code.INVALID_VALUE,
            f"endpoint {endpoint.name}: {summary}",
            declared.place("rollout"),
            "write batches in ascending order, like [1, 50%, 100%]",
        )


def _telling_numbers(endpoint: Endpoint, batches: Sequence[Quantity]) -> list[int]:
    """The numbers of replicas for which batches that do not ascend show it.

    Within bounds it is seen at their ends, or where a count becomes all of the replicas.
    """
    if endpoint.autoscale is None:
        return [endpoint.replicas]
    bounds = endpoint.autoscale
    counts = (batch for batch in batches if isinstance(batch, int) and bounds.allows(batch))
    return sorted({bounds.min_replicas, bounds.max_replicas, *counts})


def _batches_fault(batches: Sequence[Quantity], replicas: int) -> str:
    """What is wrong with batches for so many replicas, or an empty string.

    A count beyond the number of replicas is all of them, so that the same batches fit small and large endpoints.
    """
    before, reached = batches[0], 0
    for batch in batches:
        updated = min(share(batch, replicas, Rounding.UP), replicas)
        if updated == 0:
            return f"a batch of {batch} updates no replica"
        if updated < reached:
            return f"batch {batch} ({updated} of {replicas}) comes after {before} ({reached} of {replicas})"
        before, reached = batch, updated
    return ""
