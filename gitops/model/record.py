"""What history keeps: one record per deployment, and the state that all of them came to, which alone is enough to plan.

Written as JSON into git, read again by this and later versions: frozen, with a format version.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_serializer

from gitops.model.autoscale import Autoscale
from gitops.model.change import Value, VersionRef
from gitops.model.desired import Deletion, Endpoint
from gitops.model.event import Outcome
from gitops.model.frozen import Strict
from gitops.model.live import PlatformIdentity
from gitops.model.resource import Resource
from gitops.model.source import SourceState

FORMAT_VERSION = 1


class Applied(Strict):
    """What an endpoint was last verified to be: its state fields as they were applied, and the policy that outlives it.

    Attributes:
        version: with the platform's name of it.
        replicas: the number that was asked for; under `autoscale` the one that it began with.
        gpus_per_replica: None where only people can change it.
        protected: whether the environment's `protect` named it.
    """

    model: str
    version: VersionRef
    replicas: int
    gpus_per_replica: int | None = None
    autoscale: Autoscale | None = None
    resource: Resource | None = None
    depends_on: tuple[str, ...] = ()
    deletion: Deletion = "allow"
    protected: bool = False


class Ownership(StrEnum):
    """How an endpoint came to be ours."""

    CREATED = "created"
    ADOPTED = "adopted"


EXISTENCE = "endpoint"
"""The field of a hold that is about the whole endpoint: whether it is there."""


class Hold(Strict):
    """A value that the files ask for and that is not tried again, as long as they ask for nothing else.

    Attributes:
        field: a state field, or `endpoint`: then `value` is `present` or `absent`.
        value: what the files ask for.
        reason: for people: "rolled back: never got ready", "reverted to deployment 3".
        deployment: the number of the record that made it.
    """

    field: str
    value: Value
    reason: str
    since: datetime
    deployment: int


class Entry(Strict):
    """What is remembered of one endpoint.

    Attributes:
        owned: None where it is not ours, and only what is held is remembered.
        applied: None where it was begun and never verified.
        since: when it became ours.
        deployment: the number of the record that moved it last.
    """

    owned: Ownership | None = None
    applied: Applied | None = None
    since: datetime | None = None
    deployment: int
    held: tuple[Hold, ...] = ()


class KnownVersion(Strict):
    """A version that was pushed or seen, for platforms that do not list them all.

    Attributes:
        secrets: variable -> keyed digest of its value at the push.
    """

    name: str
    digest: str
    secrets: Mapping[str, str] = Field(default_factory=dict)


class PlatformState(Strict):
    """Everything that is remembered of one platform.

    Attributes:
        endpoints: by name, those that are ours or of which something is held.
        versions: model -> versions, oldest first.
    """

    platform: PlatformIdentity
    endpoints: Mapping[str, Entry] = Field(default_factory=dict)
    versions: Mapping[str, tuple[KnownVersion, ...]] = Field(default_factory=dict)


class State(Strict):
    """`state.json`: one state per platform identity; the one that was applied to last stands last."""

    format_version: Literal[1] = 1
    platforms: tuple[PlatformState, ...] = ()

    def of(self, platform: PlatformIdentity) -> PlatformState | None:
        """The state of this platform; None where nothing was ever applied to it."""
        return next((one for one in self.platforms if one.platform.same(platform)), None)

    def with_(self, state: PlatformState) -> "State":
        """This state with another one of its platform, as the last."""
        others = (one for one in self.platforms if not one.platform.same(state.platform))
        return State(platforms=(*others, state))


class DeclaredEndpoint(Strict):
    """An endpoint as it was declared, with the digest that its version stood for; None for `vN`."""

    endpoint: Endpoint
    digest: str | None = None

    @field_serializer("endpoint")
    def _as_written(self, endpoint: Endpoint) -> dict[str, Any]:
        """Only what the files said: a default that was never written is no declaration, now as then."""
        return endpoint.model_dump(mode="json", exclude_unset=True)


class Declared(Strict):
    """`desired.json`: what the files said at a deployment, as far as later plans compare with it."""

    format_version: Literal[1] = 1
    endpoints: Mapping[str, DeclaredEndpoint] = Field(default_factory=dict)


class RecordKind(StrEnum):
    """What made a record."""

    APPLY = "apply"
    REVERT = "revert"
    DESTROY = "destroy"
    IMPORT = "import"


class StepOutcome(Strict):
    """How one step ended.

    Attributes:
        words: the step as an order, for people.
        message: why it did not succeed; empty where it did.
    """

    number: int
    subject: str
    kind: str
    words: str
    outcome: Outcome
    message: str = ""


class Record(Strict):
    """`record.json`: one deployment. It is written twice: when it begins, and with its outcome when it ends.

    Attributes:
        number: from 1, one more than the record before; how people name a deployment.
        outcome: None while it runs, and for ever where it was killed.
        summary: what it does, for people: "1 to create, 2 to update"; what it did once it ended.
        changes: endpoint -> what changed of it, one line each, for people.
        fingerprint: of its plan.
        applied_by: who, as git knows them, or the name of the account.
        run_url: of the CI run.
        tool: the version of this program.
        allowed: what was acknowledged, as it was written.
        back_to: what a revert went back to, for people; empty otherwise.
        took_over: whose lock was taken over, and why; empty where nobody's was.
    """

    format_version: Literal[1] = 1
    number: int
    kind: RecordKind = RecordKind.APPLY
    project: str
    environment: str
    platform: PlatformIdentity
    source: SourceState
    started_at: datetime
    finished_at: datetime | None = None
    outcome: Outcome | None = None
    summary: str
    changes: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    steps: tuple[StepOutcome, ...] = ()
    fingerprint: str
    applied_by: str
    run_url: str | None = None
    tool: str
    allowed: str = ""
    back_to: str = ""
    took_over: str = ""

    @property
    def elapsed_s(self) -> float | None:
        """How long it took, in seconds; None where it did not end."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


class Lock(Strict):
    """Who may write, as it stands in the lock's commit.

    Attributes:
        id: random; what `unlock` wants to be told, so nothing but a plain word: people copy it into a shell.
        boot: the machine's boot id; with `host` it tells whether a process can be looked up here. Empty where the
            system tells none.
        started: the holder's start, in ticks since boot, or seconds since 1970 where that is not told.
        renewed: when the holder last said that it is there.
        ttl_s: seconds without renewal after which others may take over.
    """

    format_version: Literal[1] = 1
    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,63}$")]
    holder: str
    host: str
    boot: str = ""
    pid: int
    started: float
    command: str
    run_url: str | None = None
    acquired: datetime
    renewed: datetime
    ttl_s: float = 300.0
