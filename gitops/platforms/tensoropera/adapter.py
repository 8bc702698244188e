"""TensorOpera through the Platform port. It remembers nothing: whatever it says, the platform has just said."""

import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from gitops.errors import GitopsError
from gitops.model.autoscale import Autoscale
from gitops.model.card import CardContent
from gitops.model.checkup import Check
from gitops.model.desired import TensorOperaPlatform
from gitops.model.live import Absent, Live, ModelVersion, PlatformIdentity
from gitops.model.log import LogPage, LogQuery
from gitops.model.quantity import Quantity
from gitops.model.resource import Resource
from gitops.model.secret import secret_digest
from gitops.model.snapshot import Counters
from gitops.model.sounding import ProbeResult
from gitops.platforms.crowd import ask_each
from gitops.platforms.probing import probe, unasked
from gitops.platforms.tensoropera import archive
from gitops.platforms.tensoropera.calls import Calls
from gitops.platforms.tensoropera.cards import Cards, newest
from gitops.platforms.tensoropera.changes import Changes, arguments_of
from gitops.platforms.tensoropera.doctor import examine
from gitops.platforms.tensoropera.endpoints import Endpoints
from gitops.platforms.tensoropera.keys import Keys
from gitops.platforms.tensoropera.logs import read_logs
from gitops.platforms.tensoropera.operations import table
from gitops.platforms.tensoropera.pushing import Pusher
from gitops.platforms.tensoropera.storing import OwnStorage, PlatformStorage
from gitops.platforms.tensoropera.wires import Sleep, Wires
from gitops.ports import PushedCard


class TensorOperaAdapter:
    """The Platform, Patient and CardArchive ports over TensorOpera's HTTP API.

    Args:
        settings: of the environment.
        root: the project's folder; files in the settings are relative to it.
        sleep: lets time pass between tries.
        transport: how bytes travel; tests hand in their own.

    Raises:
        UsageError: an operation or the CA bundle of the environment cannot be used; names it.
    """

    def __init__(
        self,
        settings: TensorOperaPlatform,
        root: Path,
        *,
        sleep: Sleep = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._wires = Wires(root / settings.ca_bundle if settings.ca_bundle else None, transport)
        keys = Keys(settings.api_key, settings.session_token)
        self._calls = Calls(settings.url, keys, table(settings.operations), self._wires, sleep)
        self._cards = Cards(self._calls)
        self._endpoints = Endpoints(self._calls, self._cards, settings.totals)
        self._changes = Changes(self._calls, self._cards, self._endpoints)
        storage = (
            OwnStorage(settings.packages, root, self._wires) if settings.packages else PlatformStorage(self._calls)
        )
        self._pusher = Pusher(self._calls, self._cards, storage)

    def close(self) -> None:
        """Close the connections."""
        self._wires.close()

    def identity(self) -> PlatformIdentity:
        """Kind and address; an installation has no id of its own."""
        return PlatformIdentity(kind="tensoropera", url=self._calls.url)

    def read(self, names: Collection[str]) -> Mapping[str, Live | Absent]:
        """Each of the names, asked one by one: there is no list of endpoints for an API key."""
        return self._endpoints.read(names)

    def versions(self, models: Collection[str]) -> Mapping[str, tuple[ModelVersion, ...]]:
        """Each model's newest version; older ones are not listed."""
        cards = ask_each(models, self._cards.find)
        return {model: (version,) if (version := newest(card)) else () for model, card in cards.items()}

    def secret_digest(self, name: str, value: str) -> str | None:
        """The keyed digest under the environment's API key."""
        key = self._settings.api_key
        return secret_digest(key.reveal(), name, value) if key else None

    def counters(self, names: Collection[str]) -> Mapping[str, Counters]:
        """None: the platform counts nothing that an API key may read."""
        del names
        return {}

    def logs(self, name: str, query: LogQuery, cursor: str | None = None) -> LogPage:
        """Lines of all replicas, as their agents uploaded them."""
        return read_logs(self._calls, self._endpoints.need(name).detail.id, name, query, cursor)

    def probe(self, name: str, body: Mapping[str, Any]) -> ProbeResult:
        """One request through the platform's gateway, with the API key; its id is looked up before."""
        try:
            endpoint = arguments_of(self._endpoints.need(name))
        except GitopsError as fault:
            return unasked(fault)

        def send(asked: Mapping[str, Any], timeout_s: float) -> tuple[int, bytes]:
            answer = self._calls.raw("infer", endpoint, asked, timeout_s)
            return answer.status_code, answer.content

        return probe(send, body)

    def push(self, card: CardContent, archive: Path) -> ModelVersion:
        """Push a packaged card, and read back what the platform named it."""
        secrets = {
            name: digest
            for name, secret in card.spec.environment_variables.items()
            if secret.reference and (digest := self.secret_digest(name, secret.reveal()))
        }
        return self._pusher.push(card, archive, secrets)

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
        """Ask for a new endpoint; the platform chooses its first number of replicas and its GPUs."""
        del replicas, gpus_per_replica, progress_deadline_s
        self._changes.create(name, model=model, version=version, resource=resource)

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
        """Ask for another version; the platform rolls by windows of its own."""
        del updated, max_surge, max_unavailable, progress_deadline_s
        self._changes.roll_out(name, version=version, gpus_per_replica=gpus_per_replica)

    def scale(self, name: str, *, replicas: int) -> None:
        """Ask for so many replicas."""
        self._changes.scale(name, replicas=replicas)

    def set_autoscale(self, name: str, *, policy: Autoscale | None) -> None:
        """Ask for a policy where the environment has an operation for it."""
        self._changes.set_autoscale(name, policy=policy)

    def set_resource(self, name: str, *, resource: Resource) -> None:
        """Ask for other devices."""
        self._changes.set_resource(name, resource=resource)

    def delete(self, name: str) -> None:
        """Ask for an endpoint to be deleted; one that is not there is deleted already."""
        self._changes.delete(name)

    def examine(self) -> Iterator[Check]:
        """Reachability, key, clock, operations and packages."""
        return examine(self._calls, self._cards, self._settings)

    def pushed_card(self, model: str) -> PushedCard | None:
        """The newest version of a card."""
        return archive.pushed_card(self._cards, model)

    def fetch_package(self, card: PushedCard, into: Path) -> None:
        """Unpack a card's package."""
        archive.fetch_package(self._wires, card, into)
