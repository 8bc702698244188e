"""What is left as it is although the files ask for something else: what is held, and drift under `--only-declared`."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from gitops.model.change import Action, Change, Value, VersionRef
from gitops.model.desired import DesiredEndpoint
from gitops.model.live import Live
from gitops.model.plan import HeldChange
from gitops.model.record import EXISTENCE, Entry, Hold
from gitops.planning.diff import State, asked
from gitops.planning.origin import alike
from gitops.planning.versions import Wanted

PRESENT = "present"
ABSENT_WORD = "absent"
"""Whether an endpoint is there: what the files ask for, what is, and what a hold on it is about."""


@dataclass(slots=True)
class Retries:
    """How many held changes may still be tried again."""

    left: int

    def take(self) -> bool:
        """Whether this one may be."""
        if self.left <= 0:
            return False
        self.left -= 1
        return True


def held_fields(
    declared: DesiredEndpoint, live: Live, wanted: VersionRef, entry: Entry | None, change: Change, retries: Retries
) -> Iterator[HeldChange]:
    """The fields of a change that are held, those that `--allow retries` tries again left out."""
    if entry is None or not entry.held:
        return
    new: State = asked(declared, live, wanted)
    differing = {field.field: field for field in change.fields}
    for hold in sorted(entry.held, key=lambda one: one.field):
        field = differing.get(hold.field)
        if field is None or not alike(hold.value, getattr(new, hold.field)) or retries.take():
            continue
        yield line(declared.endpoint.name, hold, field.new, field.old, declared)


def existence_held(entry: Entry | None, asked_for: str) -> Hold | None:
    """The hold that keeps an endpoint from being created, or deleted, as the files ask."""
    holds = entry.held if entry is not None else ()
    return next((hold for hold in holds if hold.field == EXISTENCE and hold.value == asked_for), None)


def line(endpoint: str, hold: Hold, asked_for: Value, kept: Value, declared: DesiredEndpoint | None) -> HeldChange:
    """What is shown of a hold."""
    return HeldChange(
        endpoint=endpoint,
        field=hold.field,
        asked=asked_for,
        kept=kept,
        reason=hold.reason,
        since=hold.since,
        deployment=hold.deployment,
        place=declared.place(hold.field) if declared is not None else None,
    )


def without(
    declared: DesiredEndpoint, live: Live, wanted: Wanted, fields: Collection[str]
) -> tuple[DesiredEndpoint, Wanted]:
    """What the files ask for, with these fields as they are now."""
    update: dict[str, object] = {}
    if "gpus_per_replica" in fields:
        update["gpus_per_replica"] = live.gpus_per_replica
    if "resource" in fields:
        update["resource"] = live.resource
    if "autoscale" in fields:
        update |= {"autoscale": live.policy, "replicas": live.replicas}
    elif "replicas" in fields:
        update["replicas"] = live.replicas
    if "version" in fields:
        wanted = replace(wanted, version=VersionRef(name=live.version, digest=live.digest), push_reason="")
    endpoint = declared.endpoint.model_copy(update=update)
    return DesiredEndpoint(endpoint, declared.digest, declared.places), wanted


def pruned(change: Change, fields: Collection[str]) -> Change:
    """A change without these fields; a noop where none is left."""
    left = tuple(field for field in change.fields if field.field not in fields)
    if not left:
        return Change(endpoint=change.endpoint, action=Action.NOOP, adopts=change.adopts)
    return change.model_copy(update={"fields": left})
