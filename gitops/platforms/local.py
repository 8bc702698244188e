"""The embedded platform through its native face: the Platform port on one side, `wire` messages on the other."""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from gitops.errors import Rejected
from gitops.model.autoscale import Autoscale
from gitops.model.card import CardContent
from gitops.model.checkup import Check
from gitops.model.live import ABSENT, Absent, Live, ModelVersion, PlatformIdentity
from gitops.model.log import LogPage, LogQuery
from gitops.model.quantity import Quantity
from gitops.model.resource import Resource, resource_text
from gitops.model.secret import Secret, secret_digest
from gitops.model.snapshot import Counters
from gitops.model.sounding import ProbeResult
from gitops.platforms.checkup import examine
from gitops.platforms.crowd import ask_each
from gitops.platforms.listing import listed
from gitops.platforms.logs import read_logs
from gitops.platforms.probing import probe
from gitops.platforms.transport import Transport
from gitops.wire import paths
from gitops.wire.messages import (
    CountersList,
    EndpointList,
    EventList,
    PlatformEvent,
    PlatformInfo,
    PostVersion,
    PutAutoscale,
    PutEndpoint,
    PutRollout,
    PutScale,
    VersionList,
)

_NAMES_AT_ONCE: Final = 50
"""Names that are asked for one by one in a query; more, and listing everything is cheaper."""


class LocalAdapter:
    """The Platform port over the native face.

    Args:
        transport: the way there.
        api_key: the key that secrets are digested under; None where there is none.
    """

    def __init__(self, transport: Transport, api_key: str | None) -> None:
        self._transport = transport
        self._api_key = api_key

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @cached_property
    def _info(self) -> PlatformInfo:
        return self._transport.get(paths.PLATFORM, PlatformInfo)

    def identity(self) -> PlatformIdentity:
        """Kind `local`, the address, and the data folder's own id."""
        return PlatformIdentity(kind="local", url=self._transport.url, installation=self._info.installation)

    def read(self, names: Collection[str]) -> Mapping[str, Live | Absent]:
        """Each of the names: a few by name, many by listing."""
        if not names:
            return {}
        if len(names) <= _NAMES_AT_ONCE:
            found = self._transport.get(paths.ENDPOINTS, EndpointList, name=sorted(names)).endpoints
            there: Mapping[str, Live] = {live.name: live for live in found}
        else:
            there = listed(names, lambda after: self._transport.get(paths.ENDPOINTS, EndpointList, after=after))
        return {name: there.get(name, ABSENT) for name in names}

    def versions(self, models: Collection[str]) -> Mapping[str, tuple[ModelVersion, ...]]:
        """Each model's versions, oldest first."""
        return {
            model: self._transport.get(paths.fill(paths.VERSIONS, model=model), VersionList).versions
            for model in sorted(models)
        }

    def secret_digest(self, name: str, value: str) -> str | None:
        """The keyed digest under this platform's API key."""
        return secret_digest(self._api_key, name, value) if self._api_key else None

    def counters(self, names: Collection[str]) -> Mapping[str, Counters]:
        """Counters of those endpoints that exist."""
        ordered = sorted(names)
        some = {
            ordered[start]: ordered[start : start + _NAMES_AT_ONCE] for start in range(0, len(ordered), _NAMES_AT_ONCE)
        }
        pages = ask_each(some, lambda first: self._transport.get(paths.COUNTERS, CountersList, name=some[first]))
        return {counters.endpoint: counters for page in pages.values() for counters in page.counters}

    def logs(self, name: str, query: LogQuery, cursor: str | None = None) -> LogPage:
        """Lines of replicas, bootstraps and events, in the order of their times."""
        return read_logs(self._transport, name, query, cursor)

    def push(self, card: CardContent, archive: Path) -> ModelVersion:
        """Push card and archive as the two parts of one request, the archive streamed."""
        message = PostVersion(
            digest=card.digest,
            config={key: _revealed(getattr(card.spec, key)) for key in sorted(card.spec.model_fields_set)},
            files=card.files,
            secrets=self._secrets(card),
        )
        with archive.open("rb") as stream:
            return self._transport.post_files(
                paths.fill(paths.VERSIONS, model=card.name),
                {
                    "card": (None, message.model_dump_json(), "application/json"),
                    "archive": ("package.zip", stream, "application/zip"),
                },
                ModelVersion,
            )

    def _secrets(self, card: CardContent) -> dict[str, str]:
        return {
            name: digest
            for name, secret in card.spec.environment_variables.items()
            if secret.reference and (digest := self.secret_digest(name, secret.reveal()))
        }

    def create(
        self,
        name: str,
        *,
        model: str,
        version: str,
        replicas: int | None,
        gpus_per_replica: int,
        resource: Resource | None,
        progress_deadline_s: float,
    ) -> None:
        """Wish for a new endpoint."""
        if resource is not None:
            raise _no_devices(name, resource)
        self._transport.put(
            paths.fill(paths.ENDPOINT, name=name),
            PutEndpoint(
                model=model,
                version=version,
                replicas=1 if replicas is None else replicas,
                gpus_per_replica=gpus_per_replica,
                progress_deadline_s=progress_deadline_s,
            ),
        )

    def roll_out(
        self,
        name: str,
        *,
        version: str,
        gpus_per_replica: int,
        updated: int,
        max_surge: Quantity,
        max_unavailable: Quantity,
        progress_deadline_s: float,
    ) -> None:
        """Wish for so many replicas of another version."""
        self._transport.put(
            paths.fill(paths.ROLLOUT, name=name),
            PutRollout(
                version=version,
                gpus_per_replica=gpus_per_replica,
                updated=updated,
                max_surge=max_surge,
                max_unavailable=max_unavailable,
                progress_deadline_s=progress_deadline_s,
            ),
        )

    def scale(self, name: str, *, replicas: int) -> None:
        """Wish for so many replicas."""
        self._transport.put(paths.fill(paths.SCALE, name=name), PutScale(replicas=replicas))

    def set_autoscale(self, name: str, *, policy: Autoscale | None) -> None:
        """Wish for this policy, or for a fixed number."""
        self._transport.put(paths.fill(paths.AUTOSCALE, name=name), PutAutoscale(policy=policy))

    def set_resource(self, name: str, *, resource: Resource) -> None:
        """There is none but this machine.

        Raises:
            Rejected: always.
        """
        raise _no_devices(name, resource)

    def delete(self, name: str) -> None:
        """Wish for it to be gone; it reads as `deleting` until the last of its replicas has ended."""
        self._transport.delete(paths.fill(paths.ENDPOINT, name=name))

    def probe(self, name: str, body: Mapping[str, Any]) -> ProbeResult:
        """One request through the gateway."""

        def send(asked: Mapping[str, Any], timeout_s: float) -> tuple[int, bytes]:
            answer = self._transport.post(paths.fill(paths.INFERENCE, name=name), asked, timeout_s)
            return answer.status_code, answer.content

        return probe(send, body)

    def examine(self) -> Iterator[Check]:
        """One check after the other."""
        return examine(self._transport.url, lambda: self._transport.get(paths.PLATFORM, PlatformInfo))

    def events(self, after: int = 0, endpoint: str | None = None) -> tuple[PlatformEvent, ...]:
        """The platform's event log from a point on."""
        query: dict[str, Any] = {"after": after, **({"endpoint": endpoint} if endpoint else {})}
        return self._transport.get(paths.EVENTS, EventList, **query).events


def _no_devices(name: str, resource: Resource) -> Rejected:
    return Rejected(
        f"endpoint {name} cannot run on {resource_text(resource)}: the embedded platform has this machine only",
        hint="remove resource, or declare it in an overlay of the environment that has devices",
    )


def _revealed(value: Any) -> Any:
    """A configuration with its secrets in clear: only for the request that carries it."""
    match value:
        case Secret():
            return value.reveal()
        case dict():
            return {key: _revealed(item) for key, item in value.items()}
        case list() | tuple():
            return [_revealed(item) for item in value]
        case _:
            return value
