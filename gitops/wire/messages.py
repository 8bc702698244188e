"""The messages of the native face. Requests are strict, answers are tolerant and carry the model's own nouns."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field

from gitops.model.autoscale import Autoscale
from gitops.model.card import FileEntry
from gitops.model.frozen import Strict, Tolerant
from gitops.model.live import Live, ModelVersion
from gitops.model.quantity import MAX_REPLICAS, Quantity
from gitops.model.snapshot import Counters

CARD_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
"""Wider than the names that people declare: a card may have been made through TensorOpera's contract."""

PAGE: Final = 200
"""Endpoints in a page of their list. A client that knows it asks for no page in vain; it works with any other."""

DEADLINE_S = Field(gt=0, le=86_400)


class PlatformInfo(Tolerant):
    """`GET platform`: who answers.

    Attributes:
        installation: stays the same for the life of a data folder.
    """

    installation: str
    pid: int
    version: str
    started_at: datetime


class EndpointList(Tolerant):
    """`GET endpoints?name=a&name=b`: those that exist, of the names or of all; sorted by name, `next` if cut."""

    endpoints: tuple[Live, ...]
    next: str | None = None


class PutEndpoint(Strict):
    """`PUT endpoints/{name}`: create; the same again changes nothing."""

    model: Annotated[str, Field(pattern=CARD_NAME)]
    version: str
    replicas: int = Field(ge=1, le=MAX_REPLICAS)
    gpus_per_replica: int = Field(ge=0, le=64)
    progress_deadline_s: float = DEADLINE_S


class PutRollout(Strict):
    """`PUT endpoints/{name}/rollout`: let `updated` replicas serve `version`; the same again changes nothing."""

    version: str
    gpus_per_replica: int = Field(ge=0, le=64)
    updated: int = Field(ge=1, le=MAX_REPLICAS)
    max_surge: Quantity
    max_unavailable: Quantity
    progress_deadline_s: float = DEADLINE_S


class PutScale(Strict):
    """`PUT endpoints/{name}/scale`: hold so many replicas; the same again changes nothing."""

    replicas: int = Field(ge=1, le=MAX_REPLICAS)


class PutAutoscale(Strict):
    """`PUT endpoints/{name}/autoscale`: follow this policy, or none; the same again changes nothing."""

    policy: Autoscale | None


class PostVersion(Strict):
    """`POST models/{model}/versions`, part `card`; part `archive` is the zip.

    Attributes:
        config: the card's configuration, the values of its secrets included.
        secrets: variable name -> keyed digest, for the variables that came from the environment.
    """

    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    config: dict[str, Any]
    files: tuple[FileEntry, ...]
    secrets: dict[str, str] = Field(default_factory=dict)


class VersionList(Tolerant):
    """`GET models/{model}/versions`: oldest first."""

    versions: tuple[ModelVersion, ...]


class CountersList(Tolerant):
    """`GET counters?name=a`: of the endpoints that exist."""

    counters: tuple[Counters, ...]


class PlatformEvent(Tolerant):
    """One row of the append-only event log.

    Attributes:
        seq: grows by at least 1, never repeats.
        ready: replicas that answer requests after this event; `total`: replicas that are there, draining ones too.
        wanted: replicas that the endpoint holds.
    """

    seq: int
    at: datetime
    endpoint: str
    kind: str
    replica: str | None = None
    version: str | None = None
    ready: int = 0
    total: int = 0
    wanted: int = 0
    detail: dict[str, Any] = Field(default_factory=dict)


class EventList(Tolerant):
    """`GET events?after=0&endpoint=aloha`: oldest first."""

    events: tuple[PlatformEvent, ...]


class LogInfo(Tolerant):
    """One log of an endpoint.

    Attributes:
        id: what it is asked for by; for a replica's log, the replica.
        source: who wrote it, as in a line of it.
        version: what ran, or was prepared to run.
        alive: whether it may still grow.
        start, end: offsets of what is kept; they never change their meaning, whatever is left away in front.
        started_at: when its first line may have been written.
        written_at: when it last grew.
    """

    id: str
    source: str
    version: str | None = None
    alive: bool = False
    start: int = 0
    end: int = 0
    started_at: datetime | None = None
    written_at: datetime | None = None


class LogList(Tolerant):
    """`GET endpoints/{name}/logs`: everything that is kept, the oldest first."""

    logs: tuple[LogInfo, ...]


class ChunkLine(Tolerant):
    """One line; `end` is the offset behind it, where a reader that has it goes on."""

    at: datetime | None = None
    end: int
    text: str


class LogChunk(Tolerant):
    """`GET endpoints/{name}/logs/{log}?after=0&since=TIME&last=100&limit=1048576`: whole lines, oldest first.

    `after` is an offset, `since` a time, `last` a number of lines, `limit` bytes; the latest beginning of them counts.

    Attributes:
        next: where to go on, also where there is no line.
        more: whether there is more to be had at once.
    """

    lines: tuple[ChunkLine, ...]
    next: int
    more: bool


class ErrorBody(Tolerant):
    """What went wrong, in the body of every answer that is not 2xx."""

    code: str
    message: str
    hint: str = ""


class ErrorMessage(Tolerant):
    """The envelope of an error."""

    error: ErrorBody
