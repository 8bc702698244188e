"""What is ours and no longer declared -> the change that deletes it, and its step."""

from gitops.model.change import Action, Change, FieldChange, VersionRef
from gitops.model.desired import Rollout
from gitops.model.field import Effect
from gitops.model.live import Live, Verdict
from gitops.model.record import Entry
from gitops.model.step import DeleteEndpoint
from gitops.planning.order import ENDPOINTS

PATIENCE_S = Rollout().progress_deadline
"""Seconds that a deletion may stand still; nobody declares a deadline for what is no longer declared."""


def deletion(live: Live, entry: Entry, reason: str) -> Change:
    """The change, with what goes with the endpoint.

    Args:
        live: the endpoint as it is there.
        entry: what is remembered of it.
        reason: why it goes, for people.
    """
    there = {"model": live.model, "version": _served(live), "replicas": live.replicas}
    fields = tuple(
        FieldChange(field=field, old=value, new=None, effect=Effect.DOWNTIME)
        for field, value in there.items()
        if value is not None
    )
    since = f" on {entry.since:%Y-%m-%d}" if entry.since else ""
    moved = f"{entry.owned or 'ours'}{since}, last touched by deployment {entry.deployment}"
    return Change(endpoint=live.name, action=Action.DELETE, fields=fields, reason=f"{reason}; {moved}")


def delete(live: Live) -> DeleteEndpoint:
    """The step."""
    return DeleteEndpoint(
        wave=ENDPOINTS,
        endpoint=live.name,
        model=live.model,
        version=None if _moves(live) else _served(live),
        progress_deadline_s=PATIENCE_S,
    )


def _moves(live: Live) -> bool:
    """Whether a rollout may come to its end, and another version serve, before the step begins."""
    return live.rollout is not None and live.rollout.verdict is Verdict.RUNNING


def _served(live: Live) -> VersionRef | None:
    if live.version is None or live.doubtful:
        return None
    return VersionRef(name=live.version, digest=live.digest)
