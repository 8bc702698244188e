"""Steps -> sentences: what a step will do (plan), is doing and has done (progress)."""

from typing import assert_never

from gitops.model.card import short_digest
from gitops.model.plan import CreateEndpoint, PushModelCard, RollOut, Scale, Step
from gitops.model.quantity import duration_text
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
                f"{_replicas(step.replicas, step.gpus_per_replica)}"
            )
        case RollOut():
            return f"roll out endpoint {step.endpoint}: {_move(step)}, {plural(step.replicas, 'replica')}"
        case Scale():
            replicas = plural(step.to_replicas, "replica")
            return f"scale endpoint {step.endpoint} from {step.from_replicas} to {replicas}"
    assert_never(step)


def doing(step: Step) -> str:
    """What goes on while the step runs."""
    match step:
        case PushModelCard():
            return f"pushing {short_digest(step.digest)} ({plural(step.files, 'file')}, {size_text(step.size_bytes)})"
        case CreateEndpoint():
            return f"creating with {plural(step.replicas, 'replica')} of {step.model} {version_name(step.version)}"
        case RollOut():
            return f"rolling out {_move(step)}"
        case Scale():
            return f"scaling from {step.from_replicas} to {plural(step.to_replicas, 'replica')}"
    assert_never(step)


def did(step: Step, result: str) -> str:
    """What the step has done; `result` is the executor's word for what came out, such as `v2`."""
    match step:
        case PushModelCard():
            return f"pushed as {result}" if result else "pushed"
        case CreateEndpoint():
            return f"created: {result}" if result else f"created with {plural(step.replicas, 'replica')}"
        case RollOut():
            return f"rolled out to {result or version_name(step.to_version)}"
        case Scale():
            return f"scaled to {result or plural(step.to_replicas, 'replica')}"
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
            return f"scale {step.from_replicas} -> {step.to_replicas}"
    assert_never(step)


def who(step: Step) -> str:
    """Whom a line of progress is about: the endpoint's name alone, or `model card` and its name."""
    return f"model card {step.model}" if isinstance(step, PushModelCard) else step.endpoint


def rollout_words(step: RollOut) -> str:
    """`checkpoints 1, 2, 4 of 4 replicas, surge 1, unavailable 0, deadline 10m`."""
    numbers = ", ".join(str(checkpoint) for checkpoint in step.checkpoints)
    return (
        f"checkpoint{'s' if len(step.checkpoints) != 1 else ''} {numbers} of {plural(step.replicas, 'replica')}, "
        f"surge {step.max_surge}, unavailable {step.max_unavailable}, "
        f"deadline {duration_text(step.progress_deadline_s)}"
    )


def _content(step: PushModelCard) -> str:
    secrets = f", with {', '.join(step.secrets)} from the environment" if step.secrets else ""
    return f"{short_digest(step.digest)}, {plural(step.files, 'file')}, {size_text(step.size_bytes)}{secrets}"


def _replicas(replicas: int, gpus_per_replica: int) -> str:
    gpus = f" with {plural(gpus_per_replica, 'GPU')} each" if gpus_per_replica else ""
    return plural(replicas, "replica") + gpus


def _move(step: RollOut) -> str:
    """From and to: versions, GPUs per replica, or both."""
    old, new = version_name(step.from_version), version_name(step.to_version)
    moves = [f"{old} -> {new}"] if step.from_version != step.to_version else [new]
    if step.from_gpus_per_replica != step.gpus_per_replica:
        moves.append(f"GPUs per replica {step.from_gpus_per_replica} -> {step.gpus_per_replica}")
    return ", ".join(moves)
