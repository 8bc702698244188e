"""Steps -> what takes each of them back, or the words why nothing does. Computed with the plan and shown beside it."""

from collections.abc import Iterator, Mapping
from typing import assert_never

from gitops.model.autoscale import Autoscale, Bounds
from gitops.model.change import VersionRef
from gitops.model.field import Traits
from gitops.model.live import Absent, Live
from gitops.model.plan import Undo
from gitops.model.record import Entry
from gitops.model.resource import in_order
from gitops.model.step import (
    CreateEndpoint,
    DeleteEndpoint,
    PushModelCard,
    RollOut,
    Scale,
    SetAutoscale,
    SetResource,
    Step,
)
from gitops.planning.order import WHATEVER

_WITH_THE_CREATION = "it is undone with the creation"


def undo(
    steps: tuple[Step, ...], live: Mapping[str, Live | Absent], traits: Traits, entries: Mapping[str, Entry]
) -> tuple[Undo, ...]:
    """For every step of a plan, in its order, what takes it back.

    Args:
        steps: of the plan.
        live: every endpoint that they are about, as the plan saw it.
        traits: what is known of the platform.
        entries: what is remembered of endpoints, for what the platform does not tell.
    """
    live = {name: _where_it_was(there, entries.get(name)) for name, there in live.items()}
    created = {step.endpoint for step in steps if isinstance(step, CreateEndpoint)}
    found: list[Undo] = []
    numbers = {name: there.replicas for name, there in live.items() if isinstance(there, Live)}
    for number, step in enumerate(steps, start=1):
        found.append(_undo(number, step, live, traits, created, numbers))
        if isinstance(step, Scale) and isinstance(step.to_replicas, int):
            numbers[step.endpoint] = step.to_replicas
    return tuple(found)


def _where_it_was(live: Live | Absent, entry: Entry | None) -> Live | Absent:
    """With the resource that was last applied, where the platform tells none."""
    if isinstance(live, Absent) or live.resource is not None or entry is None or entry.applied is None:
        return live
    return live.model_copy(update={"resource": entry.applied.resource})


def _undo(
    number: int,
    step: Step,
    live: Mapping[str, Live | Absent],
    traits: Traits,
    created: set[str],
    numbers: Mapping[str, int],
) -> Undo:
    if not isinstance(step, PushModelCard | CreateEndpoint) and step.endpoint in created:
        return Undo(number=number, because=_WITH_THE_CREATION)
    match step:
        case PushModelCard():
            return Undo(number=number, because="the version stays on the platform, and nothing serves it")
        case CreateEndpoint():
            back = DeleteEndpoint(
                wave=step.wave,
                endpoint=step.endpoint,
                model=step.model,
                version=step.version,
                progress_deadline_s=step.progress_deadline_s,
            )
            return Undo(number=number, steps=(back,))
        case RollOut():
            return _roll_back(number, step)
        case Scale():
            return _scale_back(number, step, live[step.endpoint])
        case SetAutoscale():
            return _policy_back(number, step, numbers.get(step.endpoint))
        case SetResource():
            return _devices_back(number, step, live[step.endpoint])
        case DeleteEndpoint():
            return _create_again(number, step, live[step.endpoint], traits)
        case _:
            assert_never(step)


def _never(number: int, because: str) -> Undo:
    return Undo(number=number, because=because, possible=False)


def _roll_back(number: int, step: RollOut) -> Undo:
    if step.from_version is None or step.from_version.name is None:
        return _never(number, "no version served before, or which one did cannot be read")
    if step.abandons is not None:
        return _never(number, f"a rollout to {step.abandons.version} was under way, which nobody begins again")
    back = step.model_copy(
        update={
            "from_version": step.to_version,
            "to_version": step.from_version,
            "from_gpus_per_replica": step.gpus_per_replica,
            "gpus_per_replica": step.from_gpus_per_replica,
        }
    )
    return Undo(number=number, steps=(back,))


def _scale_back(number: int, step: Scale, live: Live | Absent) -> Undo:
    if isinstance(step.from_replicas, Bounds) or (isinstance(live, Live) and live.told_policy is not None):
        return _never(number, "an autoscaler had chosen the number, or the platform had")
    back = step.model_copy(update={"from_replicas": step.to_replicas, "to_replicas": step.from_replicas})
    return Undo(number=number, steps=(back,))


def _policy_back(number: int, step: SetAutoscale, replicas: int | None) -> Undo:
    """The policy of before; where there was none, with the number that the steps before it have come to."""
    if isinstance(step.from_policy, Bounds) and not isinstance(step.from_policy, Autoscale):
        return _never(number, "the platform tells only the bounds of the policy of before")
    back: list[Step] = [step.model_copy(update={"from_policy": step.to_policy, "to_policy": step.from_policy})]
    if step.from_policy is None and step.to_policy is not None and replicas is not None:
        back.append(
            Scale(
                wave=step.wave,
                endpoint=step.endpoint,
                from_replicas=step.to_policy.bounds,
                to_replicas=replicas,
                progress_deadline_s=step.progress_deadline_s,
            )
        )
    return Undo(number=number, steps=tuple(back))


def _devices_back(number: int, step: SetResource, live: Live | Absent) -> Undo:
    if step.from_resource is None or isinstance(live, Absent):
        return _never(number, "the platform does not tell where it ran before")
    # The workers of before are given work in the order of before.
    back = step.model_copy(update={"from_resource": in_order(step.to_resource), "to_resource": live.resource})
    return Undo(number=number, steps=(back,))


def _create_again(number: int, step: DeleteEndpoint, live: Live | Absent, traits: Traits) -> Undo:
    if isinstance(live, Absent) or live.version is None or live.doubtful:
        return _never(number, "which version served cannot be read")
    if live.told_policy is not None and live.policy is None:
        return _never(number, "the platform tells only the bounds of its autoscale policy")
    if traits.needs_resource and live.resource is None:
        return _never(number, "the platform does not tell where it ran")
    return Undo(number=number, steps=tuple(_creation(step, live, traits)), because="nobody is answered meanwhile")


def _creation(step: DeleteEndpoint, live: Live, traits: Traits) -> Iterator[Step]:
    yield CreateEndpoint(
        wave=step.wave,
        endpoint=step.endpoint,
        model=live.model,
        version=VersionRef(name=live.version, digest=live.digest),
        replicas=live.replicas if traits.sizes_creation else None,
        gpus_per_replica=live.gpus_per_replica if live.gpus_told else None,
        resource=live.resource,
        progress_deadline_s=step.progress_deadline_s,
    )
    if not traits.sizes_creation and live.replicas != 1:
        yield Scale(
            wave=step.wave,
            endpoint=step.endpoint,
            from_replicas=WHATEVER,
            to_replicas=live.replicas,
            progress_deadline_s=step.progress_deadline_s,
        )
    if live.policy is not None:
        yield SetAutoscale(
            wave=step.wave,
            endpoint=step.endpoint,
            from_policy=None,
            to_policy=live.policy,
            progress_deadline_s=step.progress_deadline_s,
        )
