"""Steps -> sentences: what a step will do (plan), is doing and has done (progress)."""

from typing import assert_never

from gitops.model.autoscale import Autoscale, Bounds, bounds_text, policy_move, policy_text
from gitops.model.card import short_digest
from gitops.model.quantity import MAX_REPLICAS, duration_text
from gitops.model.resource import resource_text
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
from gitops.views.amounts import size_text
from gitops.views.names import version_name, version_text
from gitops.views.page import plural


def will(step: Step) -> str:
    """The step as an order, with everything that it relies on."""
    match step:
        case PushModelCard():
            return f"push model card {step.model} ({_content(step)}){f': {step.reason}' if step.reason else ''}"
        case CreateEndpoint():
            return (
                f"create endpoint {step.endpoint}: {step.model} {version_text(step.version)}, "
                f"{_replicas(step.replicas, step.gpus_per_replica or 0)}"
                f"{f', on {resource_text(step.resource)}' if step.resource else ''}"
            )
        case RollOut():
            replicas = "however many replicas run" if step.replicas is None else plural(step.replicas, "replica")
            return f"roll out endpoint {step.endpoint}: {_move(step)}, {replicas}"
        case Scale():
            return f"scale endpoint {step.endpoint} from {_number(step.from_replicas)} {_to(step.to_replicas)}"
        case SetAutoscale():
            return _set_words(step)
        case SetResource():
            before = f"{resource_text(step.from_resource)} -> " if step.from_resource else ""
            return f"set resource of endpoint {step.endpoint}: {before}{resource_text(step.to_resource)}"
        case DeleteEndpoint():
            version = f", which serves {_served(step)}" if step.version else ""
            return f"delete endpoint {step.endpoint}{version}"
    assert_never(step)


def doing(step: Step) -> str:
    """What goes on while the step runs."""
    match step:
        case PushModelCard():
            return f"pushing {short_digest(step.digest)} ({plural(step.files, 'file')}, {size_text(step.size_bytes)})"
        case CreateEndpoint():
            return f"creating with {_replicas(step.replicas, 0)} of {step.model} {version_name(step.version)}"
        case RollOut():
            return f"rolling out {_move(step)}"
        case Scale():
            return f"scaling from {_number(step.from_replicas)} {_to(step.to_replicas)}"
        case SetAutoscale():
            return f"setting autoscale {policy_text(step.to_policy)}" if step.to_policy else "removing autoscale"
        case SetResource():
            return f"setting resource {resource_text(step.to_resource)}"
        case DeleteEndpoint():
            return f"deleting, {_served(step)} stops serving" if step.version else "deleting"
    assert_never(step)


def did(step: Step, result: str) -> str:
    """What the step has done; `result` is the executor's word for what came out, such as `v2`."""
    match step:
        case PushModelCard():
            return f"pushed as {result}" if result else "pushed"
        case CreateEndpoint():
            return f"created: {result}" if result else f"created with {_replicas(step.replicas, 0)}"
        case RollOut():
            return f"rolled out to {result or version_name(step.to_version)}"
        case Scale():
            return f"scaled to {result}" if result else f"scaled {_to(step.to_replicas)}"
        case SetAutoscale():
            return f"autoscale set: {policy_text(step.to_policy)}" if step.to_policy else "autoscale removed"
        case SetResource():
            return f"resource set: {resource_text(step.to_resource)}"
        case DeleteEndpoint():
            return f"deleted: {result}" if result else "deleted"
    assert_never(step)


def short(step: Step) -> str:
    """Two or three words for a narrow column."""
    match step:
        case PushModelCard():
            return "push"
        case CreateEndpoint():
            return "create"
        case RollOut():
            return f"roll out {version_name(step.to_version)}"
        case Scale():
            return f"scale {_short(step.from_replicas)} -> {_short(step.to_replicas)}"
        case SetAutoscale():
            return f"autoscale {bounds_text(step.to_policy)}" if step.to_policy else "autoscale off"
        case SetResource():
            return "set resource"
        case DeleteEndpoint():
            return "delete"
    assert_never(step)


def who(step: Step) -> str:
    """Whom a line of progress is about: the endpoint's name alone, or `model card` and its name."""
    return f"model card {step.model}" if isinstance(step, PushModelCard) else step.endpoint


def rollout_words(step: RollOut) -> str:
    """`checkpoints 1, 2, 4 of 4 replicas, surge 1, unavailable 0, deadline 10m`."""
    if step.whole:
        return f"by the platform itself, deadline {duration_text(step.progress_deadline_s)} per window"
    numbers = ", ".join(str(checkpoint) for checkpoint in step.checkpoints)
    replicas = "the replicas that run" if step.replicas is None else plural(step.replicas, "replica")
    return (
        f"checkpoint{'s' if len(step.checkpoints) != 1 else ''} {numbers} of {replicas}, "
        f"surge {step.max_surge}, unavailable {step.max_unavailable}, "
        f"deadline {duration_text(step.progress_deadline_s)}"
    )


def _served(step: DeleteEndpoint) -> str:
    return f"{step.model} {version_name(step.version)}"


def _content(step: PushModelCard) -> str:
    secrets = f", with {', '.join(step.secrets)} from the environment" if step.secrets else ""
    return f"{short_digest(step.digest)}, {plural(step.files, 'file')}, {size_text(step.size_bytes)}{secrets}"


def _replicas(replicas: int | None, gpus_per_replica: int) -> str:
    gpus = f" with {plural(gpus_per_replica, 'GPU')} each" if gpus_per_replica else ""
    return ("the platform's own number of replicas" if replicas is None else plural(replicas, "replica")) + gpus


def _number(replicas: int | Bounds) -> str:
    """`4`; `1..8` where an autoscaler chooses one of them; `the platform's own number` where it may be any."""
    if isinstance(replicas, Bounds) and (replicas.min_replicas, replicas.max_replicas) == (1, MAX_REPLICAS):
        return "the platform's own number"
    return bounds_text(replicas) if isinstance(replicas, Bounds) else str(replicas)


def _short(replicas: int | Bounds) -> str:
    """The same for a narrow column."""
    return "?" if isinstance(replicas, Bounds) and replicas.max_replicas == MAX_REPLICAS else _number(replicas)


def _to(replicas: int | Bounds) -> str:
    """`to 4 replicas`, `into 1..8 replicas`."""
    if isinstance(replicas, Bounds):
        return f"into {bounds_text(replicas)} replicas"
    return f"to {plural(replicas, 'replica')}"


def _set_words(step: SetAutoscale) -> str:
    if step.to_policy is None:
        before = f" ({_policy(step.from_policy)})" if step.from_policy else ""
        return f"remove autoscale from endpoint {step.endpoint}{before}"
    if step.from_policy is None:
        return f"set autoscale of endpoint {step.endpoint}: {policy_text(step.to_policy)}"
    if not isinstance(step.from_policy, Autoscale):
        before, after = bounds_text(step.from_policy), policy_text(step.to_policy)
    else:
        before, after = policy_move(step.from_policy, step.to_policy)
    return f"change autoscale of endpoint {step.endpoint}: {before} -> {after}"


def _policy(policy: Bounds) -> str:
    return policy_text(policy) if isinstance(policy, Autoscale) else bounds_text(policy)


def _move(step: RollOut) -> str:
    """From and to: versions, GPUs per replica, or both."""
    old, new = version_name(step.from_version), version_name(step.to_version)
    moves = [f"{old} -> {new}"] if step.from_version != step.to_version else [new]
    if step.whole and step.from_version is None:
        moves = [f"to {new}"]
    if step.from_gpus_per_replica != step.gpus_per_replica:
        moves.append(f"GPUs per replica {step.from_gpus_per_replica} -> {step.gpus_per_replica}")
    return ", ".join(moves)
