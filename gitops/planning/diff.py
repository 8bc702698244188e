"""One endpoint as declared and as it is -> its Change, field by field. Says what differs, not what to do about it."""

from typing import Final, NamedTuple

from gitops.model.autoscale import Autoscale, Bounds
from gitops.model.change import Action, Change, FieldChange, Value, VersionRef
from gitops.model.desired import DesiredEndpoint
from gitops.model.field import Effect, Traits
from gitops.model.frozen import Strict
from gitops.model.health import keeps_serving
from gitops.model.live import Absent, Live, LiveRollout, Phase, Verdict
from gitops.model.resource import Resource, same_place
from gitops.planning.byhand import by_hand
from gitops.planning.numbers import fewest_during, wanted_replicas
from gitops.planning.rollout import room
from gitops.planning.whole import windows


class State(NamedTuple):
    """The state fields of an endpoint, the only ones that are diffed, named as people write them."""

    model: str
    version: VersionRef | None
    replicas: int
    gpus_per_replica: int
    autoscale: Autoscale | Bounds | None
    resource: Resource | None


class Unfinished(NamedTuple):
    """What the platform has not done yet, or not well: field -> what is there instead, and the remark for people."""

    fields: dict[str, Value]
    note: str = ""


_NOTHING: Final = Unfinished({})


def diff(declared: DesiredEndpoint, live: Live | Absent, wanted: VersionRef, traits: Traits) -> Change:
    """How a declared endpoint differs from the live one.

    Args:
        declared: what the files say, as far as it is in reach (`byhand`).
        live: what the platform has now.
        wanted: the version that the declared `version` means; without a name if it must be pushed first.
        traits: what the platform can do, and what a change of each field costs there.

    Returns:
        A create, an update, or a noop without fields. A field that cannot change has the effect `immutable`.
    """
    name = declared.endpoint.name
    new = asked(declared, live, wanted)
    if isinstance(live, Absent):
        created = tuple(
            FieldChange(field=field, old=None, new=value, effect=Effect.IN_PLACE, place=declared.place(field))
            for field, value in new._asdict().items()
            if value is not None and not by_hand(field, traits.fields)
        )
        return Change(endpoint=name, action=Action.CREATE, fields=created, place=declared.place(""))
    old, unfinished = _there(live, new, traits), _unfinished(live, new)
    if old == new and not unfinished.fields:
        # Asking for a place reads the file a second time: ten thousand endpoints that do not change must not.
        return Change(endpoint=name, action=Action.NOOP)
    differing = _differing(old, new) | unfinished.fields.keys()
    changed = tuple(
        FieldChange(
            field=field,
            old=unfinished.fields.get(field, getattr(old, field)),
            new=getattr(new, field),
            effect=_effect(field, declared, live, traits),
            level=traits.fields[field].level,
            place=declared.place(field),
            note=unfinished.note if field == _carrier(differing) else "",
        )
        for field in State._fields
        if field in differing
    )
    return Change(endpoint=name, action=Action.UPDATE, fields=changed, place=declared.place(""))


def abandoned(live: Live, wanted: VersionRef, gpus_per_replica: int) -> LiveRollout | None:
    """The rollout that is under way to something else than what is wanted, if there is one.

    One that is being put back is not: it goes to what served before, by itself.
    """
    rollout = live.rollout
    if rollout is None or rollout.verdict not in {Verdict.RUNNING, Verdict.PAUSED}:
        return None
    to_wanted = wanted.name is not None and rollout.moves_to(wanted.name, gpus_per_replica)
    return None if to_wanted else rollout


def asked(declared: DesiredEndpoint, live: Live | Absent, wanted: VersionRef) -> State:
    """The state fields that a declaration asks for; under `autoscale`, the number that is nearest to the live one."""
    endpoint = declared.endpoint
    replicas = wanted_replicas(endpoint, live)
    return State(endpoint.model, wanted, replicas, endpoint.gpus_per_replica, endpoint.autoscale, endpoint.resource)


def _there(live: Live, new: State, traits: Traits) -> State:
    """The live state; a version is its name, so what serves the wanted name is the wanted version."""
    version = new.version if new.version and new.version.name == live.version else _served(live)
    same = live.follows(new.autoscale) or by_hand("autoscale", traits.fields)
    policy = new.autoscale if same else live.told_policy
    # One that is not declared is kept; workers in another order are the same devices.
    kept = new.resource is None or same_place(live.resource, new.resource)
    resource = new.resource if kept else live.resource
    return State(live.model, version, live.replicas, live.gpus_per_replica, policy, resource)


def _served(live: Live) -> VersionRef | None:
    return VersionRef(name=live.version, digest=live.digest) if live.version else None


def _differing(old: State, new: State) -> set[str]:
    # Imported when something differs: most plans of most days do not need its 100 ms.
    from deepdiff import DeepDiff

    return set(DeepDiff(_plain(old), _plain(new)).affected_root_keys)


def _plain(state: State) -> dict[str, object]:
    return {
        field: value.model_dump() if isinstance(value, Strict) else value for field, value in state._asdict().items()
    }


def _unfinished(live: Live, new: State) -> Unfinished:
    """What a rollout left behind makes of the difference."""
    rollout, version = live.rollout, new.version
    assert version is not None
    if live.doubtful and live.phase is not Phase.UNKNOWN:
        return Unfinished({"version": _served(live)}, _doubtful_note(live))
    if not keeps_serving(live):
        return Unfinished({"version": _served(live)}, _idle_note(live))
    if rollout is None:
        return _NOTHING
    if abandoned(live, version, new.gpus_per_replica):
        return _abandoned(live, rollout, new)
    to_wanted = version.name is not None and rollout.moves_to(version.name, new.gpus_per_replica)
    verified = (live.version, live.gpus_per_replica) == (version.name, new.gpus_per_replica)
    return Unfinished({}, _rollout_note(live, rollout) if to_wanted and not verified else "")


def _doubtful_note(live: Live) -> str:
    """Why what the platform says of the version proves nothing."""
    if live.busy:
        return f"the platform is at work on it ({live.raw_status or live.phase}): an apply waits until that is over"
    reason = f": {live.message}" if live.message else ""
    return f"an update was put back, and which version serves since cannot be read{reason}"


def _idle_note(live: Live) -> str:
    """Why nothing of an endpoint serves."""
    reason = f": {live.message}" if live.message else ""
    if live.phase is Phase.FAILED:
        return f"the endpoint failed{reason}"
    if live.rollout is None:
        return f"nothing of it has served yet{reason}"
    ready = f"{live.rollout.updated_ready} of {live.replicas} replicas of {live.rollout.version}"
    return f"its creation was interrupted at {ready}{reason}"


def _abandoned(live: Live, rollout: LiveRollout, new: State) -> Unfinished:
    """A rollout is on its way to what the files do not ask for: it has to be left, wherever it stands."""
    assert new.version is not None
    note = f"a rollout to {_target(live, rollout)} that the files do not ask for {_stands(live, rollout)}"
    if (live.version, live.gpus_per_replica) != (new.version.name, new.gpus_per_replica):
        return Unfinished({}, note)
    if rollout.version != live.version:
        return Unfinished({"version": VersionRef(name=rollout.version)}, note)
    return Unfinished({"gpus_per_replica": rollout.gpus_per_replica}, note)


def _rollout_note(live: Live, rollout: LiveRollout) -> str:
    target = _target(live, rollout)
    match rollout.verdict:
        case Verdict.RUNNING | Verdict.PAUSED:
            return (
                f"the rollout to {target} was interrupted at {rollout.updated_ready} of {live.replicas} replicas; it "
                "goes on from there"
            )
        case Verdict.ROLLING_BACK:
            return f"the last rollout to {target} is being put back: {rollout.reason or 'no reason given'}"
        case Verdict.ROLLED_BACK | Verdict.FAILED:
            return f"the last rollout to {target} was put back: {rollout.reason or 'no reason given'}"
        case Verdict.SUCCEEDED | Verdict.SUPERSEDED:
            return ""


def _target(live: Live, rollout: LiveRollout) -> str:
    if rollout.version != live.version or rollout.gpus_per_replica == live.gpus_per_replica:
        return rollout.version
    return f"{rollout.gpus_per_replica} GPUs per replica"


def _stands(live: Live, rollout: LiveRollout) -> str:
    how = "is paused" if rollout.verdict is Verdict.PAUSED else "stands"
    return f"{how} at {rollout.updated_ready} of {live.replicas} replicas"


def _carrier(differing: set[str]) -> str:
    """The field that bears the remark about the rollout."""
    return "version" if "version" in differing else "gpus_per_replica"


def _effect(field: str, declared: DesiredEndpoint, live: Live, traits: Traits) -> Effect:
    """What the table says; a rolling change with room for every replica to be missing at once is downtime."""
    effect = traits.fields[field].effect
    if effect is not Effect.ROLLING or not keeps_serving(live):
        return effect
    if traits.rolls_whole:
        return Effect.DOWNTIME if windows(declared, live).downtime else effect
    rollout, replicas = declared.endpoint.rollout, fewest_during(declared, live)
    unavailable = room(rollout.max_surge, rollout.max_unavailable, replicas).unavailable
    return Effect.DOWNTIME if unavailable >= replicas else effect
