"""The plan: changes for people to review, and the ordered steps that realise them. What is shown is what is applied."""

from typing import Annotated, Literal

from pydantic import Field

from gitops.diagnostics import Diagnostic, Place
from gitops.model.autoscale import Autoscale, Bounds
from gitops.model.change import Action, Change, Value, VersionRef
from gitops.model.frozen import Strict
from gitops.model.live import PlatformIdentity
from gitops.model.quantity import Quantity
from gitops.model.resource import Resource


class PushModelCard(Strict):
    """Package a card's files and push them; the platform assigns the version's name.

    Attributes:
        secrets: names of the environment variables whose values travel along.
        reason: why the platform's versions do not do ("never pushed", "secret TOKEN changed"); for people.
    """

    kind: Literal["push_model_card"] = "push_model_card"
    wave: int
    model: str
    digest: str
    files: int
    size_bytes: int
    secrets: tuple[str, ...] = ()
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


Step = Annotated[
    PushModelCard | CreateEndpoint | RollOut | Scale | SetAutoscale | SetResource,
    Field(discriminator="kind"),
]
"""The smallest unit that the executor performs: one side effect, idempotent."""


def subject(step: "PushModelCard | CreateEndpoint | RollOut | Scale | SetAutoscale | SetResource") -> str:
    """What a step is about: `model card aloha` or `endpoint aloha`."""
    return f"model card {step.model}" if isinstance(step, PushModelCard) else f"endpoint {step.endpoint}"


class ManualChange(Strict):
    """What the platform can do and its API cannot: a line for people, and no step.

    Attributes:
        old: as the platform shows it now; None where it cannot be read back.
        where: the place in the platform's console.
    """

    endpoint: str
    field: str
    old: Value
    new: Value
    where: str
    place: Place | None = None


class Counts(Strict):
    """How many endpoints are created, updated and left as they are."""

    create: int = 0
    update: int = 0
    unchanged: int = 0


class Gpus(Strict):
    """GPUs held by the declared endpoints, before and after.

    Attributes:
        untold: how many endpoints are in neither, because nobody tells their GPUs per replica.
    """

    before: int = 0
    after: int = 0
    untold: int = 0


class Plan(Strict):
    """An immutable plan. Equal inputs give equal plans, whatever the order of files and keys.

    Attributes:
        changes: those that do something, by endpoint name; unchanged endpoints are only counted.
        steps: in the order of waves; steps of one wave run in parallel, those of one endpoint in order.
        manual: what is left to do by hand, by endpoint and field; it goes away once reading back shows it.
        warnings: what the reader should know and nothing will stop for.
    """

    format_version: Literal[1] = 1
    project: str
    environment: str
    platform: PlatformIdentity
    changes: tuple[Change, ...] = ()
    steps: tuple[Step, ...] = ()
    manual: tuple[ManualChange, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    counts: Counts = Counts()
    gpus: Gpus = Gpus()

    def change(self, endpoint: str) -> Change | None:
        """The change of one endpoint, if it has one."""
        return next((change for change in self.changes if change.endpoint == endpoint), None)

    @property
    def creates(self) -> tuple[Change, ...]:
        """Changes that create an endpoint."""
        return tuple(change for change in self.changes if change.action is Action.CREATE)
