"""The native face: HTTP on one side, the supervisor's wishes and readings on the other. It decides nothing."""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from aiohttp import BodyPartReader, web
from pydantic import BaseModel, ValidationError

from gitops.errors import Conflict, DataFolderError, ErrorCode, GitopsError, Rejected, Unreachable
from gitops.local.face.prometheus import exposition
from gitops.local.gateway.body import invite
from gitops.local.gateway.gateway import Gateway
from gitops.local.gateway.tally import Tally
from gitops.local.logs.face import LogFace
from gitops.local.state import Version
from gitops.local.store.catalogue import Catalogue, public
from gitops.local.store.packages import Packages
from gitops.local.store.store import Store
from gitops.local.supervisor.supervisor import Supervisor
from gitops.model.card import CardSpec
from gitops.model.quantity import Name
from gitops.wire import paths
from gitops.wire.messages import (
    PAGE,
    CountersList,
    EndpointList,
    ErrorBody,
    ErrorMessage,
    EventList,
    PlatformInfo,
    PostVersion,
    PutAutoscale,
    PutEndpoint,
    PutRollout,
    PutScale,
    VersionList,
)

Message = TypeVar("Message", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Api:
    """The handlers of the native face.

    Attributes:
        info: what `GET platform` says.
        now: the wall clock.
    """

    supervisor: Supervisor
    catalogue: Catalogue
    packages: Packages
    store: Store
    tally: Tally
    gateway: Gateway
    logs: LogFace
    data: Path
    info: PlatformInfo
    now: Callable[[], datetime]

    def routes(self, **options: Any) -> list[web.RouteDef]:
        """Every path with its handler; who gets here has shown the key.

        Args:
            options: of each route, as aiohttp names them.
        """
        ours: list[tuple[str, str, Handler]] = [
            ("GET", paths.PLATFORM, self.platform),
            ("GET", paths.ENDPOINTS, self.endpoints),
            ("PUT", paths.ENDPOINT, self.create),
            ("DELETE", paths.ENDPOINT, self.delete),
            ("PUT", paths.ROLLOUT, self.roll_out),
            ("PUT", paths.SCALE, self.scale),
            ("PUT", paths.AUTOSCALE, self.set_autoscale),
            ("GET", paths.COUNTERS, self.counters),
            *self.logs.routes(),
            ("GET", paths.VERSIONS, self.versions),
            ("POST", paths.VERSIONS, self.push),
            ("GET", paths.EVENTS, self.events),
            ("GET", paths.PROMETHEUS, self.prometheus),
        ]
        return [
            *(web.route(method, path, self._explained(handler), **options) for method, path, handler in ours),
            *self.gateway.routes(**options),
        ]

    def _explained(self, handler: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                await invite(request)
                return await handler(request)
            except GitopsError as fault:
                return _failed(_status(fault), fault.code, fault.message, fault.hint)

        return answer

    async def platform(self, _request: web.Request) -> web.Response:
        """Who answers."""
        return _said(self.info)

    async def endpoints(self, request: web.Request) -> web.Response:
        """The endpoints of the names asked for, or a page of all."""
        names = request.query.getall("name", None)
        if names is not None:
            return _said(EndpointList(endpoints=tuple(self.supervisor.live(set(names)))))
        after = request.query.get("after", "")
        rest = [name for name in self.supervisor.names() if name > after]
        page = self.supervisor.live(set(rest[:PAGE]))
        return _said(EndpointList(endpoints=tuple(page), next=page[-1].name if len(rest) > PAGE else None))

    async def create(self, request: web.Request) -> web.Response:
        """A new endpoint."""
        name = _name(request.match_info["name"])
        self.supervisor.create(name, await _message(request, PutEndpoint))
        return web.Response(status=202)

    async def roll_out(self, request: web.Request) -> web.Response:
        """Another version."""
        self.supervisor.roll_out(request.match_info["name"], await _message(request, PutRollout))
        return web.Response(status=202)

    async def scale(self, request: web.Request) -> web.Response:
        """Another number of replicas."""
        self.supervisor.scale(request.match_info["name"], await _message(request, PutScale))
        return web.Response(status=202)

    async def set_autoscale(self, request: web.Request) -> web.Response:
        """Another autoscale policy, or none."""
        self.supervisor.set_autoscale(request.match_info["name"], await _message(request, PutAutoscale))
        return web.Response(status=202)

    async def delete(self, request: web.Request) -> web.Response:
        """No such endpoint any more, once its replicas have ended; one that is not there is gone already."""
        self.supervisor.delete(request.match_info["name"])
        return web.Response(status=202)

    async def counters(self, request: web.Request) -> web.Response:
        """What was answered, with what the replicas say themselves."""
        names = [name for name in self.supervisor.names() if name in request.query.getall("name", [])]
        keepers = [keeper for name in names if (keeper := self.supervisor.keeper(name)) is not None]
        members = [member for keeper in keepers for member in keeper.members.values()]
        await asyncio.gather(*(member.counted() for member in members))
        return _said(CountersList(counters=tuple(self.tally.counters(name, self.now()) for name in names)))

    async def versions(self, request: web.Request) -> web.Response:
        """A model's versions, oldest first."""
        found = self.catalogue.versions(request.match_info["model"])
        return _said(VersionList(versions=tuple(public(version) for version in found)))

    async def push(self, request: web.Request) -> web.Response:
        """A new version of a model card, or the one that there is of this content."""
        model = _name(request.match_info["model"])
        card, archive = await self._receive(request)
        try:
            return _said(public(await self._keep(model, card, archive)))
        finally:
            with suppress(OSError):
                archive.unlink()

    async def _keep(self, model: str, card: PostVersion, archive: Path) -> Version:
        try:
            CardSpec.model_validate(card.config)
        except ValidationError as fault:
            raise Rejected(f"the card's configuration is not valid: {_first(fault)}") from fault
        if not self.packages.has(card.digest):
            await asyncio.to_thread(self.packages.unpack, card.digest, card.files, archive)
        # Looked for after the unpacking, which lets other pushes in: nothing waits between here and the new name.
        there = self.catalogue.find(model, card.digest, card.secrets)
        return there or self.catalogue.add(model, card.digest, card.config, card.secrets, self.now())

    async def _receive(self, request: web.Request) -> tuple[PostVersion, Path]:
        """The two parts of a push; the archive is written to a file as it comes."""
        if not request.content_type.startswith("multipart/"):
            raise Rejected("a push has two parts, card and archive")
        descriptor, draft = tempfile.mkstemp(dir=self.data, prefix="push-")
        card: PostVersion | None = None
        complete = False
        try:
            with os.fdopen(descriptor, "wb") as sink:
                async for part in await request.multipart():
                    if not isinstance(part, BodyPartReader):
                        continue
                    if part.name == "card":
                        card = _parsed(await part.read(), PostVersion)
                    elif part.name == "archive":
                        while chunk := await part.read_chunk(_CHUNK):
                            await asyncio.to_thread(sink.write, chunk)
            if card is None:
                raise Rejected("a push needs its part card")
            complete = True
        except OSError as fault:
            raise DataFolderError(
                f"the package cannot be kept in {self.data}: {fault.strerror or fault}",
                hint="free some space, then apply again",
                code=ErrorCode.DATA_FOLDER_FULL,
            ) from fault
        finally:
            if not complete:
                _discard(draft)
        return card, Path(draft)

    async def events(self, request: web.Request) -> web.Response:
        """The event log from a point on."""
        try:
            after, limit = int(request.query.get("after", "0")), int(request.query.get("limit", "1000"))
        except ValueError as fault:
            raise Rejected("after and limit are whole numbers") from fault
        found = self.store.events(after, request.query.get("endpoint"), max(1, min(limit, 10_000)))
        return _said(EventList(events=tuple(found)))

    async def prometheus(self, _request: web.Request) -> web.Response:
        """For a Prometheus server."""
        counters = [self.tally.counters(name, self.now()) for name in self.supervisor.names()]
        return web.Response(body=exposition(self.supervisor.live(), counters), content_type="text/plain")


def _discard(draft: str) -> None:
    Path(draft).unlink(missing_ok=True)


def _said(message: BaseModel) -> web.Response:
    return web.Response(text=message.model_dump_json(), content_type="application/json")


def _failed(status: int, code: str, message: str, hint: str = "") -> web.Response:
    body = ErrorMessage(error=ErrorBody(code=code, message=message, hint=hint))
    return web.Response(status=status, text=body.model_dump_json(), content_type="application/json")


def _status(fault: GitopsError) -> int:
    match fault:
        case Conflict():
            return 409
        case Rejected():
            return 422
        case DataFolderError():
            return 507
        case Unreachable():
            return 503
        case _:
            return 500


async def _message(request: web.Request, kind: type[Message]) -> Message:
    return _parsed(await request.read(), kind)


def _parsed(body: bytes, kind: type[Message]) -> Message:
    try:
        return kind.model_validate_json(body)
    except ValidationError as fault:
        raise Rejected(f"the request is not a valid {kind.__name__}: {_first(fault)}") from fault


def _first(fault: ValidationError) -> str:
    first = fault.errors(include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}"


class _Named(BaseModel):
    name: Name


def _name(text: str) -> str:
    try:
        return _Named(name=text).name
    except ValidationError as fault:
        raise Rejected(f"{text!r} is not a name: lower-case letters, digits and hyphens, at most 63") from fault
