"""What the files at one moment declare, validated: the three kinds that people write, and all of them together."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from gitops.diagnostics import Place
from gitops.model.autoscale import Autoscale
from gitops.model.card import CardContent, CardSpec
from gitops.model.frozen import Strict
from gitops.model.guard import Limits
from gitops.model.operation import OperationRow
from gitops.model.quantity import Duration, Name, Quantity, Replicas, VersionSelector
from gitops.model.resource import Resource
from gitops.model.secret import Secret


class Rollout(Strict):
    """How an endpoint moves to another version; policy, so it is never diffed.

    Attributes:
        max_unavailable: how many replicas may be missing during a rollout (percents round down).
        max_surge: how many replicas may be there on top (percents round up).
        batches: checkpoints: updated replicas at which to stop and look (percents round up).
        progress_deadline: seconds since the last progress after which the rollout is put back.
    """

    max_unavailable: Quantity = 0
    max_surge: Quantity = 1
    batches: tuple[Quantity, ...] = Field(("100%",), min_length=1, max_length=100)
    progress_deadline: Duration = 600.0


Deletion = Literal["allow", "protect"]


class Endpoint(Strict):
    """One declared endpoint. All of it is state, but for `rollout`, `depends_on` and `deletion`, which are policy.

    Attributes:
        autoscale: where it is declared, the platform chooses the number of replicas within its bounds.
        replicas: how many it has; under `autoscale` only how many it begins with.
        resource: where its replicas run; None where the platform has no choice, or the one that it made is kept.
        depends_on: endpoints that are changed before it, and deleted after it.
        deletion: whether it may be deleted once it is no longer declared.
    """

    kind: Literal["Endpoint"] = "Endpoint"
    name: Name
    model: Name
    version: VersionSelector = "current"
    autoscale: Autoscale | None = None
    replicas: Replicas = 1
    gpus_per_replica: Annotated[int, Field(strict=True, ge=0, le=64)] = 0
    resource: Resource | None = None
    rollout: Rollout = Rollout()
    depends_on: tuple[Name, ...] = ()
    deletion: Deletion = "allow"

    @field_validator("replicas")
    @classmethod
    def _check_bounds(cls, replicas: int, info: ValidationInfo) -> int:
        policy = info.data.get("autoscale")
        if policy is not None and not policy.allows(replicas):
            raise ValueError(f"must be from {policy.min_replicas} to {policy.max_replicas} under autoscale")
        return replicas

    @property
    def first_replicas(self) -> int:
        """How many replicas it is created with: `replicas` where it is written, else the least under `autoscale`."""
        if self.autoscale is None or "replicas" in self.model_fields_set:
            return self.replicas
        return self.autoscale.min_replicas


class ModelCard(Strict):
    """One declared model card: TensorOpera's configuration file as it is (`config`), or written here (`spec`)."""

    kind: Literal["ModelCard"] = "ModelCard"
    name: Name
    config: str | None = None
    spec: CardSpec | None = None


_LOOPBACK: Final = re.compile(r"http://(localhost|127(\.\d{1,3}){3})(:\d+)?/?$")

Url = Annotated[str, Field(pattern=r"^https?://[^\s/@?#\[\]]+/?$")]
"""A scheme and a host, with a port where it is not the usual one; no path, no user, no query."""


class LocalPlatform(Strict):
    """The embedded platform: started by itself in `.gitops/local`, or a running one at `url`."""

    kind: Literal["local"]
    url: Url | None = None
    api_key: Secret | None = None


class Packages(Strict):
    """Where the packages of model cards lie for teams that host them themselves.

    Attributes:
        url: of one package; `{model}` and `{digest}` (its 64 digits) are filled in.
        folder: where a push leaves the package, `<model>/<digest>.zip`, for whatever publishes it; relative to the
            project. None where another tool has published it already.
    """

    url: Annotated[str, Field(pattern=r"^https?://[^\s@#]+$")]
    folder: str | None = None


class Totals(Strict):
    """Which keys of an endpoint's detail hold traffic totals, for tenants whose platform tells them."""

    requests: str | None = None
    average_latency_ms: str | None = None


class TensorOperaPlatform(Strict):
    """TensorOpera AI, or another deployment of the same back end.

    Attributes:
        url: without a path; `https://open.fedml.ai` is the public one.
        session_token: what the web console sends; only for operations that ask for it.
        ca_bundle: a PEM file of certificates to trust besides the usual ones, relative to the project.
        operations: rows to add or to put in the place of known ones, by name.
        packages: None uploads packages to the platform's own storage.
    """

    kind: Literal["tensoropera"]
    url: Url
    api_key: Secret | None = None
    session_token: Secret | None = None
    ca_bundle: str | None = None
    operations: dict[str, OperationRow] = Field(default_factory=dict)
    packages: Packages | None = None
    totals: Totals = Totals()

    @field_validator("url")
    @classmethod
    def _check_way(cls, url: str) -> str:
        if url.startswith("http://") and not _LOOPBACK.match(url):
            raise ValueError("must begin with https:// where it is not this machine, or the key would travel in clear")
        return url


PlatformSettings = Annotated[LocalPlatform | TensorOperaPlatform, Field(discriminator="kind")]
"""How an environment names its platform."""


class HistorySettings(Strict):
    """Where the history of an environment is kept besides this clone.

    Attributes:
        remote: the name of a remote of the repository; None for the default, which is its only remote, or `origin`.
    """

    remote: str | None = None


class Environment(Strict):
    """Where a project is applied: a platform, and the overlays that count there.

    Attributes:
        strict: whether policy that the platform cannot honour is refused instead of warned about.
        limits: how much one apply may do unacknowledged.
        protect: endpoints that are never deleted, whatever is acknowledged.
        previously: the environment whose history this one goes on with.
    """

    platform: PlatformSettings
    strict: bool = False
    limits: Limits = Limits()
    protect: tuple[Name, ...] = ()
    history: HistorySettings = HistorySettings()
    previously: Name | None = None
    overlays: tuple[str, ...] = ()
    variables: dict[str, str | int | float | bool] = Field(default_factory=dict)


class Project(Strict):
    """`gitops.yaml`: the files of a project and its environments."""

    kind: Literal["Project"] = "Project"
    name: Name
    include: tuple[str, ...] = Field(min_length=1)
    default_environment: Name | None = None
    variables: dict[str, str | int | float | bool] = Field(default_factory=dict)
    environments: dict[Name, Environment] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class DesiredEndpoint:
    """A declared endpoint, the digest that its `version` resolves to, and where each key stands.

    The digest is None for `vN` and for `sha256:`, which the platform's versions and the history tell.

    Attributes:
        places: field name -> place, for the fields that a file names; `""` is the document itself.
    """

    endpoint: Endpoint
    digest: str | None
    places: Mapping[str, Place] = field(default_factory=dict)

    def place(self, name: str) -> Place | None:
        """Where a field is written; the document itself where the field has its default."""
        return self.places.get(name) or self.places.get("")


@dataclass(frozen=True, slots=True)
class Desired:
    """Everything that the files declare for one environment.

    Attributes:
        earlier: digest -> a card as it was at another commit, for endpoints that name one.
    """

    project: str
    environment: str
    cards: Mapping[str, CardContent] = field(default_factory=dict)
    endpoints: Mapping[str, DesiredEndpoint] = field(default_factory=dict)
    earlier: Mapping[str, CardContent] = field(default_factory=dict)

    def content(self, model: str, digest: str) -> CardContent | None:
        """A card's content by its digest, as its files lie here or as they were at a commit that was named."""
        card = self.cards.get(model)
        return card if card is not None and card.digest == digest else self.earlier.get(digest)
