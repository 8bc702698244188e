"""One declared endpoint -> what a draft says of it: its change, steps, holds, drift and remarks."""

from collections.abc import Mapping

from gitops.diagnostics import Code, Diagnostic, error
from gitops.model.card import CardSpec, short_digest
from gitops.model.change import Action, Change, Origin
from gitops.model.desired import DesiredEndpoint
from gitops.model.field import Effect
from gitops.model.health import keeps_serving
from gitops.model.live import Absent, Live
from gitops.planning.byhand import in_reach, left_by_hand
from gitops.planning.diff import diff
from gitops.planning.draft import Draft, Goal, Scene
from gitops.planning.holding import ABSENT_WORD, PRESENT, existence_held, held_fields, line, pruned, without
from gitops.planning.kept import kept_fields
from gitops.planning.order import push, steps
from gitops.planning.origin import with_origins
from gitops.planning.remarks import remarks
from gitops.planning.versions import Wanted, resolve
from gitops.planning.whole import estimate, windows


def plan_endpoint(draft: Draft, scene: Scene, name: str) -> None:
    """Add everything about a declared endpoint to the draft."""
    written, live = scene.desired.endpoints[name], scene.live[name]
    wanted = _wanted(scene, written, live)
    if isinstance(wanted, Diagnostic):
        draft.diagnostics.append(wanted)
        return
    declared = in_reach(written, live, scene.traits.fields)
    change = diff(declared, live, wanted.version, scene.traits)
    draft.manual += left_by_hand(written, live, scene.traits.fields)
    if change.action is Action.CREATE:
        _created(draft, scene, written, declared, wanted, change)
    else:
        assert isinstance(live, Live)
        _changed(draft, scene, written, declared, live, wanted, change)


def _wanted(scene: Scene, written: DesiredEndpoint, live: Live | Absent) -> Wanted | Diagnostic:
    model = written.endpoint.model
    known = scene.versions[model]
    if not scene.traits.lists_versions:
        known = scene.remembered.of_model(model, known)
    return resolve(written, known, _secrets(scene, written), live, scene.traits, scene.desired.cards.get(model))


def _secrets(scene: Scene, written: DesiredEndpoint) -> Mapping[str, str | None]:
    """The keyed digests of the secrets of the card that an endpoint asks for: as it lies here, or as it was once."""
    earlier = written.digest is not None and written.digest in scene.desired.earlier
    return scene.secret_digests.get((written.digest if earlier else None) or written.endpoint.model, {})


def _created(
    draft: Draft, scene: Scene, written: DesiredEndpoint, declared: DesiredEndpoint, wanted: Wanted, change: Change
) -> None:
    name = written.endpoint.name
    live, entry = scene.live[name], scene.remembered.entries.get(name)
    change = with_origins(change, live, entry, _base(scene, name))
    hold = existence_held(entry, PRESENT)
    if hold is not None and not scene.terms.back_to and not draft.retries.take():
        draft.held.append(line(name, hold, PRESENT, ABSENT_WORD, written))
        return
    if scene.terms.only_declared and all(field.origin is Origin.DRIFT for field in change.fields):
        draft.drift.append(change.model_copy(update={"reason": "gone from the platform"}))
        return
    if entry is not None and entry.applied is not None:
        change = change.model_copy(update={"reason": "it was there once, and is gone from the platform"})
    draft.diagnostics += remarks(written, live, wanted, change, scene.traits)
    draft.goals[name] = Goal(declared, wanted.version)
    _realise(draft, scene, written, declared, wanted, change)


def _changed(
    draft: Draft,
    scene: Scene,
    written: DesiredEndpoint,
    declared: DesiredEndpoint,
    live: Live,
    wanted: Wanted,
    change: Change,
) -> None:
    name = written.endpoint.name
    entry = scene.remembered.entries.get(name)
    adopts = entry is None or entry.owned is None
    change = with_origins(change, live, entry, _base(scene, name))
    left: set[str] = set()
    if not scene.terms.back_to:
        holds = list(held_fields(declared, live, wanted.version, entry, change, draft.retries))
        draft.held += holds
        left |= {hold.field for hold in holds}
    if scene.terms.only_declared:
        drifted = _to_be_left(declared, change) - left
        if drifted:
            moved = tuple(field for field in change.fields if field.field in drifted)
            draft.drift.append(change.model_copy(update={"fields": moved}))
        left |= drifted
    if left:
        declared, wanted, change = _leave(scene, declared, live, wanted, change, left)
    draft.kept += kept_fields(written, declared, scene.told[name], live, wanted, scene.traits)
    if adopts:
        change = change.model_copy(update={"adopts": True, "place": written.place("")})
    draft.diagnostics += remarks(written, live, wanted, change, scene.traits)
    # What holds a policy leaves the number to it too.
    as_before = frozenset(left | {"replicas"} if "autoscale" in left else left)
    draft.goals[name] = Goal(declared, wanted.version, as_before)
    if change.action is not Action.NOOP and scene.traits.rolls_whole and keeps_serving(live):
        change = _with_estimate(change, estimate(windows(declared, live), _spec(scene, written)))
    _realise(draft, scene, written, declared, wanted, change)


def _to_be_left(declared: DesiredEndpoint, change: Change) -> set[str]:
    """The fields that drifted and can be left so: a number and the policy that moves it are left, or not, together.

    A number that this change asks for is not to be had under a policy that somebody else has set; another policy pulls
    a number inside its bounds.
    """
    origins = {field.field: field.origin for field in change.fields}
    drifted = {field for field, origin in origins.items() if origin is Origin.DRIFT}
    if "autoscale" in drifted and origins.get("replicas", Origin.DRIFT) is not Origin.DRIFT:
        drifted.remove("autoscale")
    pulled = declared.endpoint.autoscale is not None and "autoscale" in origins.keys() - drifted
    return drifted - {"replicas"} if pulled else drifted


def _leave(
    scene: Scene, declared: DesiredEndpoint, live: Live, wanted: Wanted, change: Change, fields: set[str]
) -> tuple[DesiredEndpoint, Wanted, Change]:
    """The same without what is left as it is, with the origins of before."""
    origins = {field.field: field.origin for field in change.fields}
    declared, wanted = without(declared, live, wanted, fields)
    again = pruned(diff(declared, live, wanted.version, scene.traits), fields)
    told = tuple(
        field.model_copy(update={"origin": origins.get(field.field, Origin.DECLARED)}) for field in again.fields
    )
    return declared, wanted, again.model_copy(update={"fields": told})


def _realise(
    draft: Draft, scene: Scene, written: DesiredEndpoint, declared: DesiredEndpoint, wanted: Wanted, change: Change
) -> None:
    """Add the change and its steps, and the push of the version that they serve."""
    live = scene.live[written.endpoint.name]
    if change.action is Action.NOOP and not change.adopts:
        return
    draft.changes.append(change)
    if wanted.push_reason and any(field.field == "version" for field in change.fields):
        digest = wanted.version.digest
        assert digest is not None, "what is pushed has a digest"
        card = scene.desired.content(written.endpoint.model, digest)
        if card is None:
            draft.diagnostics.append(_nowhere(written, digest))
            return
        draft.pushes[card.name, digest] = push(card, wanted, _secrets(scene, written))
    draft.steps += steps(declared, live, wanted.version, change, scene.traits)


def _nowhere(declared: DesiredEndpoint, digest: str) -> Diagnostic:
    """What a deployment declared can be gone: from the platform, and from the files of its commit."""
    endpoint = declared.endpoint
    return error(
        Code.UNKNOWN_VERSION,
        f"endpoint {endpoint.name} shall serve {short_digest(digest)} of {endpoint.model}, which the platform does not "
        "have any more, and whose files are in no commit here",
        declared.place("version"),
        "go back to another deployment or commit; or let the files lie here again, and apply them",
    )


def _base(scene: Scene, name: str) -> DesiredEndpoint | None:
    return scene.remembered.declared.get(name) if scene.remembered.declared is not None else None


def _spec(scene: Scene, declared: DesiredEndpoint) -> CardSpec | None:
    """The configuration that will serve, as far as the files tell it."""
    card = scene.desired.content(declared.endpoint.model, declared.digest) if declared.digest is not None else None
    return card.spec if card is not None else None


def _with_estimate(change: Change, words: str) -> Change:
    """How long a rollout that the platform does by itself may take, beside every field that needs one."""
    rolling = {Effect.ROLLING, Effect.DOWNTIME}
    told = (
        field.model_copy(update={"note": "; ".join(filter(None, (words, field.note)))})
        if field.effect in rolling
        else field
        for field in change.fields
    )
    return change.model_copy(update={"fields": tuple(told)})
