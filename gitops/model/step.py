"""Steps: the smallest units that an apply performs, each one side effect, idempotent, relying only on what it holds."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from gitops.model.autoscale import Autoscale, Bounds
from gitops.model.change import VersionRef
from gitops.model.frozen import Strict
from gitops.model.quantity import Quantity
from gitops.model.resource import Resource


class PushModelCard(Strict):
    """Package a card's files and push them; the platform assigns the version's name.

    Attributes:
        secrets: the environment variables whose values travel along -> keyed digest of each, so that a plan notices
            that one became another; None where there is no key to make one.
        reason: why the platform's versions do not do ("never pushed", "secret TOKEN changed"); for people.
    """

    kind: Literal["push_model_card"] = "push_model_card"
    wave: int
    model: str
    digest: str
    files: int
    size_bytes: int
    secrets: Mapping[str, str | None] = Field(default_factory=dict)
    reason: str = ""


class CreateEndpoint(Strict):
    """Create an endpoint and wait until it serves with every replica.

    Attributes:
        replicas: None where the platform chooses the first number; the scale that follows brings the wanted one.
        gpus_per_replica: None where the platform chooses and only people can change it.
        resource: None where the platform has no choice.
    """

    kind: Literal["create_endpoint"] = "create_endpoint"
    wave: int
    endpoint: str
    model: str
    version: VersionRef
    replicas: int | None
    gpus_per_replica: int | None
    resource: Resource | None = None
    progress_deadline_s: float


class Target(Strict):
    """What a rollout on the platform moves to."""

    version: str
    gpus_per_replica: int


class RollOut(Strict):
    """Move an endpoint to another version (or other GPUs per replica), checkpoint by checkpoint.

    Attributes:
        from_version: what serves now, as the plan saw it; None where nothing serves, or what does cannot be read.
        replicas: how many replicas the endpoint has during the rollout; None under an autoscaler, or while the
            platform is at work: however many it has when the rollout begins, which holds the number still.
        checkpoints: updated replicas at which to stop and look; the last is `replicas`. Where that is None, the
            batches as they are written.
        abandons: where a rollout that the files do not ask for was going as the plan saw it; it may get there before
            the step begins.
        whole: the platform rolls by itself, in windows of its own, and cannot hold in between: it is asked once.
    """

    kind: Literal["roll_out"] = "roll_out"
    wave: int
    endpoint: str
    model: str
    from_version: VersionRef | None
    to_version: VersionRef
    from_gpus_per_replica: int
    gpus_per_replica: int
    replicas: int | None
    checkpoints: tuple[Quantity, ...]
    max_surge: Quantity
    max_unavailable: Quantity
    progress_deadline_s: float
    abandons: Target | None = None
    whole: bool = False


class Scale(Strict):
    """Change the number of replicas; versions stay as they are.

    Attributes:
        from_replicas: the number as the plan saw it; bounds where an autoscaler may have moved it within them since.
        to_replicas: the number to hold; bounds where an autoscaler goes on from the nearest number within them.
    """

    kind: Literal["scale"] = "scale"
    wave: int
    endpoint: str
    from_replicas: int | Bounds
    to_replicas: int | Bounds
    progress_deadline_s: float


class SetAutoscale(Strict):
    """Let the platform follow another autoscale policy, or none; a number outside its bounds comes inside.

    Attributes:
        from_policy: as the plan saw it; only bounds where the platform tells no more of it.
        to_policy: None, like the other, where the number of replicas is fixed.
    """

    kind: Literal["set_autoscale"] = "set_autoscale"
    wave: int
    endpoint: str
    from_policy: Autoscale | Bounds | None
    to_policy: Autoscale | None
    progress_deadline_s: float


class SetResource(Strict):
    """Let an endpoint run on other devices; its version stays, and so shall its number of replicas.

    Attributes:
        from_resource: None where the platform did not tell, or was at work on it.
        replicas: as the plan saw it; asked for again if the platform loses it. None under an autoscaler, or where the
            platform was at work on it: however many there are when the step begins, without an autoscaler.
    """

    kind: Literal["set_resource"] = "set_resource"
    wave: int
    endpoint: str
    from_resource: Resource | None
    to_resource: Resource
    replicas: int | None
    progress_deadline_s: float


class DeleteEndpoint(Strict):
    """Delete an endpoint and wait until it is gone.

    Attributes:
        model: as it was last applied or seen.
        version: what serves, as the plan saw it; None where nothing does, or what does cannot be read, or may be
            another one when the step begins, because a rollout goes on.
    """

    kind: Literal["delete_endpoint"] = "delete_endpoint"
    wave: int
    endpoint: str
    model: str
    version: VersionRef | None = None
    progress_deadline_s: float


Step = Annotated[
    PushModelCard | CreateEndpoint | RollOut | Scale | SetAutoscale | SetResource | DeleteEndpoint,
    Field(discriminator="kind"),
]
"""The smallest unit that the executor performs: one side effect, idempotent."""


def subject(step: Step) -> str:
    """What a step is about: `model card aloha` or `endpoint aloha`."""
    return f"model card {step.model}" if isinstance(step, PushModelCard) else f"endpoint {step.endpoint}"
