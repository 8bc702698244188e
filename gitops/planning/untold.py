"""What a platform keeps to itself, as it was last applied: so a change of it is seen, although nobody gives it back."""

from gitops.model.autoscale import LiveAutoscale
from gitops.model.field import Traits
from gitops.model.live import Absent, Live
from gitops.model.record import Entry
from gitops.planning.byhand import by_hand


def completed(live: Live | Absent, entry: Entry | None, traits: Traits) -> Live | Absent:
    """An endpoint with the whole of its autoscale policy, where the platform tells its bounds alone.

    Only where what it tells agrees with what was last applied, and where only the tool sets it: what people set in a
    console is as unknown as before.
    """
    if isinstance(live, Absent) or live.bounds is None or live.policy is not None or entry is None:
        return live
    applied = entry.applied.autoscale if entry.applied is not None else None
    if applied is None or not live.follows(applied) or by_hand("autoscale", traits.fields):
        return live
    return live.model_copy(update={"autoscale": LiveAutoscale(policy=applied), "bounds": None})
