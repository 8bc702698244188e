"""The logs of endpoints over HTTP: which there are, and what one says from an offset on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web
from pydantic import BaseModel

from gitops.errors import Rejected
from gitops.local.logs.book import Logbook
from gitops.local.logs.chunk import Ask, chunk, time_of, unreadable
from gitops.local.masking import Secrets, secrets_of
from gitops.local.state import Replica
from gitops.local.store.catalogue import Catalogue
from gitops.local.store.store import Store
from gitops.local.supervisor.keeper import Keeper
from gitops.local.supervisor.supervisor import Supervisor
from gitops.model.log import BOOTSTRAP_SOURCE
from gitops.wire import paths
from gitops.wire.messages import LogInfo, LogList

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SEPARATOR: Final = "@"
"""Between `bootstrap` and its version in the id of a log; no replica's id has one."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A log that is there: what is known of it, its file, and the model whose version wrote it.

    Attributes:
        rank: of the replica that wrote it; None for a bootstrap's.
    """

    info: LogInfo
    path: str
    model: str
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class LogFace:
    """The handlers for logs.

    Attributes:
        folder: where the output of replicas lies.
        environments: where bootstraps leave theirs.
    """

    supervisor: Supervisor
    catalogue: Catalogue
    store: Store
    book: Logbook
    folder: Path
    environments: Path

    def routes(self) -> list[tuple[str, str, Handler]]:
        """The paths with their handlers; whoever adds them asks for the key."""
        return [("GET", paths.LOGS, self.logs), ("GET", paths.LOG, self.log)]

    def living(self) -> list[str]:
        """The paths of all logs that grow."""
        folder = str(self.folder)
        return [
            f"{folder}/{replica.log}"
            for name in self.supervisor.names()
            if (keeper := self.supervisor.keeper(name)) is not None
            for replica in keeper.replicas
        ]

    async def logs(self, request: web.Request) -> web.Response:
        """Every log of an endpoint, the oldest first."""
        kept = list(self.kept(self._keeper(request)))
        infos = await asyncio.to_thread(lambda: [self._measured(one) for one in kept])
        infos.sort(key=lambda info: (info.started_at is not None, info.started_at, info.id))
        return _said(LogList(logs=tuple(infos)))

    async def log(self, request: web.Request) -> web.Response:
        """Lines of one log."""
        keeper, wanted = self._keeper(request), request.match_info["log"]
        ask = Ask.of(request.query)
        kept = next(self.kept(keeper, wanted), None)
        if kept is None:
            raise Rejected(
                f"endpoint {keeper.endpoint.name} has no log {wanted}, or not any more",
                hint=f"the newest {self.book.kept} of replicas that have ended are kept",
            )
        file, secrets, alive = self.book.file(kept.path), self.secrets(kept), kept.info.alive
        return await asyncio.to_thread(lambda: _said(chunk(file, ask, secrets, alive=alive)))

    def _keeper(self, request: web.Request) -> Keeper:
        name = request.match_info["name"]
        keeper = self.supervisor.keeper(name)
        if keeper is None:
            raise Rejected(f"there is no endpoint {name}")
        return keeper

    def kept(self, keeper: Keeper, only: str | None = None) -> Iterator[Kept]:
        """The logs of an endpoint, or the one of that id: of its replicas, and of the versions that it runs or ran."""
        endpoint = keeper.endpoint
        living = {replica.id: replica for replica in keeper.replicas}
        dead: list[Replica] = []
        if only not in living:
            found = {Path(path).stem for path in self.book.logs_of(endpoint.name)} - set(living)
            dead = self.store.replicas(endpoint.name, found)
        replicas = [*living.values(), *dead]
        for replica in replicas:
            if only in {None, replica.id}:
                yield self._of_replica(replica, alive=replica.id in living)
        templates = (endpoint.stable, endpoint.rollout.to, *(replica.template for replica in replicas))
        for version in sorted({template.version for template in templates if template is not None}):
            path = self.environments / endpoint.model / version / "bootstrap.log"
            name = f"{BOOTSTRAP_SOURCE}{_SEPARATOR}{version}"
            if only in {None, name} and path.is_file():
                yield Kept(LogInfo(id=name, source=BOOTSTRAP_SOURCE, version=version), str(path), endpoint.model)

    def _of_replica(self, replica: Replica, *, alive: bool) -> Kept:
        info = LogInfo(
            id=replica.id,
            source=replica.id,
            version=replica.template.version,
            alive=alive,
            started_at=replica.started_at,
        )
        return Kept(info, f"{self.folder}/{replica.log}", replica.model, replica.rank)

    def _measured(self, kept: Kept) -> LogInfo:
        try:
            extent = self.book.file(kept.path).extent()
        except OSError as fault:
            raise unreadable(kept.path, fault) from fault
        measured = {"start": extent.start, "end": extent.end, "written_at": time_of(extent.written_at)}
        return kept.info.model_copy(update=measured)

    def secrets(self, kept: Kept) -> Secrets:
        """What must not be seen in a log."""
        return secrets_of(self.catalogue.version(kept.model, kept.info.version or ""))


def _said(message: BaseModel) -> web.Response:
    return web.Response(text=message.model_dump_json(), content_type="application/json")
