"""A plan -> its last sentences: what it comes to, in numbers."""

from gitops.model.plan import Keeper, Plan
from gitops.views.names import short_fingerprint
from gitops.views.page import Part, Span, Style, plural


def counts_line(plan: Plan, *, verbose: bool) -> tuple[Part, ...]:
    """The endpoints by what happens to them, the steps, the GPUs, and what else there is to know of.

    Args:
        verbose: whether what is only counted otherwise is shown too, so that nobody has to be told how to see it.
    """
    if not plan.compares:
        number = plural(len(plan.declarations), "endpoint")
        return Span("Declared:", Style.STRONG), _sentences(f"{number}.", _warnings(plan))
    kept = _kept(plan, verbose=verbose)
    if not plan.steps and not plan.changes:
        beside = [_by_hand(plan), _held(plan), _drift(plan)]
        if any(beside):
            return Span("Nothing to apply.", Style.GOOD), _sentences(*beside, kept, _warnings(plan))
        declared = _as_declared(plan.counts.unchanged)
        return Span("No changes.", Style.GOOD), _sentences(declared, kept, _warnings(plan))
    rest = (_gpus(plan), _warnings(plan), _by_hand(plan), _held(plan), _drift(plan), kept, _fingerprint(plan))
    steps = f"{_endpoints(plan)}; {plural(len(plan.steps), 'step')}."
    return Span("Plan:", Style.STRONG), _sentences(steps, *rest)


def _sentences(*sentences: str) -> str:
    return "".join(f" {sentence}" for sentence in sentences if sentence)


def _endpoints(plan: Plan) -> str:
    counts = plan.counts
    parts = [f"{counts.create:,} to create", f"{counts.update:,} to update"]
    if counts.delete:
        parts.append(f"{counts.delete:,} to delete")
    if counts.adopt:
        parts.append(f"{counts.adopt:,} to adopt")
    return ", ".join([*parts, f"{counts.unchanged:,} unchanged"])


def _gpus(plan: Plan) -> str:
    gpus, counts = plan.gpus, plan.counts
    if not gpus.untold:
        return f"GPUs {gpus.before:,} -> {gpus.after:,}."
    if gpus.untold == counts.create + counts.update + counts.delete + counts.unchanged:
        return "GPUs not told."
    return f"GPUs {gpus.before:,} -> {gpus.after:,}, without {plural(gpus.untold, 'endpoint')} not told of."


def _warnings(plan: Plan) -> str:
    return f"{plural(len(plan.warnings), 'warning')}." if plan.warnings else ""


def _by_hand(plan: Plan) -> str:
    return f"{plural(len(plan.manual), 'change')} to do by hand." if plan.manual else ""


def _held(plan: Plan) -> str:
    return f"{plural(len(plan.held), 'change')} held." if plan.held else ""


def _drift(plan: Plan) -> str:
    return f"Drift of {plural(len(plan.drift), 'endpoint')} left as it is." if plan.drift else ""


def _kept(plan: Plan, *, verbose: bool) -> str:
    # What the platform has chosen where the files say nothing differs from nothing that anybody wrote.
    told = [kept for kept in plan.kept if verbose or kept.keeper is not Keeper.SERVER_DEFAULT]
    if not told:
        return ""
    are = "is no change" if len(told) == 1 else "are no changes"
    keepers = ", ".join(sorted({kept.keeper for kept in told}))
    return f"{plural(len(told), 'difference')} {are}: {keepers}{'' if verbose else ' (-v says why)'}."


def _fingerprint(plan: Plan) -> str:
    return f"Fingerprint {short_fingerprint(plan.fingerprint)}." if plan.fingerprint else ""


def _as_declared(endpoints: int) -> str:
    match endpoints:
        case 0:
            return "No endpoint is declared."
        case 1:
            return "1 endpoint is as declared."
        case _:
            return f"{endpoints:,} endpoints are as declared."
