"""What differs as it is written and is no change: whose such a field is, as a code, and why, for people.

A field belongs to an autoscaler (the number), was never given back (so it is taken as declared), was chosen by the
platform where the files say nothing, or is a list whose order means nothing. The case of ids is no difference at all:
they are read in lower case.
"""

from collections.abc import Iterator

from gitops.model.autoscale import bounds_text
from gitops.model.change import Value
from gitops.model.desired import DesiredEndpoint
from gitops.model.field import Traits
from gitops.model.live import Absent, Live
from gitops.model.plan import Keeper, KeptField
from gitops.model.resource import resource_text, same_place
from gitops.planning.byhand import by_hand
from gitops.planning.versions import Wanted


def kept_fields(
    written: DesiredEndpoint,
    planned: DesiredEndpoint,
    told: Live | Absent,
    live: Live,
    wanted: Wanted,
    traits: Traits,
) -> Iterator[KeptField]:
    """Every such field of an endpoint that is there, in the order of the fields.

    Args:
        written: what the files say.
        planned: the same as far as it is in reach, and neither held nor left as it is.
        told: the endpoint as the platform tells it.
        live: the same, with what it keeps to itself as it was last applied.
        wanted: the version that the files ask for, with the secrets that could not be compared.
        traits: what the platform can do.
    """
    yield from _secrets(written, wanted)
    yield from _number(written, planned, live)
    yield from _gpus(written, live, traits)
    yield from _policy(written, told, live)
    yield from _place(written, live)


def _secrets(written: DesiredEndpoint, wanted: Wanted) -> Iterator[KeptField]:
    """Values that no platform gives back, where there is no key to compare their digests with."""
    if wanted.not_compared:
        names = ", ".join(wanted.not_compared)
        note = f"no platform gives secrets back, and there is no key to compare {names} with: taken as unchanged"
        yield _kept(written, "environment_variables", names, None, Keeper.WRITE_ONLY, note)


def _number(written: DesiredEndpoint, planned: DesiredEndpoint, live: Live) -> Iterator[KeptField]:
    """The number that an autoscaler has chosen, where the files name another one."""
    endpoint, policy = written.endpoint, planned.endpoint.autoscale
    if policy is None or "replicas" not in endpoint.model_fields_set:
        return
    if live.replicas == endpoint.replicas or not policy.allows(live.replicas):
        return
    note = (
        f"declared {endpoint.replicas}, running {live.replicas}: the autoscaler owns it "
        f"({policy.min_replicas}..{policy.max_replicas})"
    )
    yield _kept(written, "replicas", endpoint.replicas, live.replicas, Keeper.AUTOSCALER, note)


def _gpus(written: DesiredEndpoint, live: Live, traits: Traits) -> Iterator[KeptField]:
    """GPUs that the platform never tells; or gave, where the files say nothing and only people can change them."""
    manual = by_hand("gpus_per_replica", traits.fields)
    if "gpus_per_replica" in written.endpoint.model_fields_set:
        if not live.gpus_told and not manual:
            note = "the platform does not tell them; they are taken as declared"
            number = written.endpoint.gpus_per_replica
            yield _kept(written, "gpus_per_replica", number, None, Keeper.WRITE_ONLY, note)
    elif manual and live.gpus_told and live.gpus_per_replica != written.endpoint.gpus_per_replica:
        note = f"not declared; the platform gives {live.gpus_per_replica}, which stays"
        yield _kept(written, "gpus_per_replica", None, live.gpus_per_replica, Keeper.SERVER_DEFAULT, note)


def _policy(written: DesiredEndpoint, told: Live | Absent, live: Live) -> Iterator[KeptField]:
    """The part of an autoscale policy that the platform keeps to itself."""
    policy = written.endpoint.autoscale
    if policy is None or isinstance(told, Absent) or told.bounds is None or not live.follows(policy):
        return
    rest = "the rest is as it was last applied" if live.policy is not None else "the rest is taken as declared"
    note = f"the platform tells the bounds {bounds_text(told.bounds)} and no more; {rest}"
    yield _kept(written, "autoscale", policy, told.bounds, Keeper.WRITE_ONLY, note)


def _place(written: DesiredEndpoint, live: Live) -> Iterator[KeptField]:
    """Devices that are not told, not declared, or told in another order."""
    declared, there = written.endpoint.resource, live.resource
    if declared == there:
        return
    if there is None:
        note = "the platform does not tell where it runs; it is taken as declared"
        yield _kept(written, "resource", declared, None, Keeper.WRITE_ONLY, note)
    elif declared is None:
        note = f"not declared; where it runs stays: {resource_text(there)}"
        yield _kept(written, "resource", None, there, Keeper.SERVER_DEFAULT, note)
    elif same_place(declared, there):
        before, after = (" ".join(one.workers) for one in (declared, there))
        note = f"the same workers in another order: declared {before}, live {after}"
        yield _kept(written, "resource", declared, there, Keeper.UNORDERED, note)


def _kept(written: DesiredEndpoint, field: str, declared: Value, live: Value, keeper: Keeper, note: str) -> KeptField:
    return KeptField(
        endpoint=written.endpoint.name, field=field, declared=declared, live=live, keeper=keeper, note=note
    )
