"""The embedded platform put together: one process, one event loop, one port for both gateway and native face."""

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from aiohttp import web

from gitops import __version__
from gitops.errors import ErrorCode, PlatformStartFailed
from gitops.local.bootstrap.environments import Environments
from gitops.local.bootstrap.venv import Environment
from gitops.local.face.api import Api
from gitops.local.face.front import front
from gitops.local.folder import DataFolder, ServerRecord
from gitops.local.gateway.gateway import Gateway
from gitops.local.gateway.limits import Limits
from gitops.local.gateway.routes import Routes
from gitops.local.gateway.tally import Tally
from gitops.local.logs.book import LIMIT, Logbook
from gitops.local.logs.face import LogFace
from gitops.local.replicas.process import SystemProcesses
from gitops.local.state import Version
from gitops.local.store.catalogue import Catalogue
from gitops.local.store.journal import Journal
from gitops.local.store.packages import Packages
from gitops.local.store.store import Opener, Store, open_database
from gitops.local.supervisor.site import Site
from gitops.local.supervisor.supervisor import Supervisor
from gitops.local.system.identity import started_of
from gitops.local.system.ports import Ports
from gitops.local.tensoropera.agent import TICK_S, Agent
from gitops.local.tensoropera.assembly import ground
from gitops.local.tensoropera.behaviour import OURS, Behaviour
from gitops.local.tensoropera.deployments import Deployments
from gitops.local.tensoropera.endpoints import EndpointFace
from gitops.local.tensoropera.face import TensorOperaFace
from gitops.local.tensoropera.fetching import Fetching
from gitops.local.upkeep import again
from gitops.wire.messages import PlatformInfo

_LOG: Final = logging.getLogger(__name__)
_GUARD_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How to run.

    Attributes:
        port: 0 takes the one that this installation had last if it is free, so that URLs stay, else any free one.
        drain_s: how long a replica that was taken out of rotation may finish its requests.
        opener: how the database is opened.
        upkeep: whether replicas are looked after and endpoints autoscaled; without it, only for measuring its cost.
        log_limit: bytes of a replica's output from which on it is rotated.
        behaviour: how requests over TensorOpera's contract are carried out.
    """

    folder: DataFolder
    host: str = "127.0.0.1"
    port: int = 0
    drain_s: float = 30.0
    opener: Opener = open_database
    upkeep: bool = True
    log_limit: int = LIMIT
    behaviour: Behaviour = OURS


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.fromtimestamp(time.time(), UTC)


def listen_again(settings: Settings) -> socket.socket:
    """A listening socket on the port that was asked for, else on the last one, else on any.

    Raises:
        PlatformStartFailed: as `listen`.
    """
    last = settings.folder.last_port()
    if settings.port == 0 and last is not None:
        with suppress(PlatformStartFailed):
            return listen(settings.host, last)
    return listen(settings.host, settings.port)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        PlatformStartFailed: `port-in-use`, or the address is not ours.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as fault:
        listener.close()
        raise PlatformStartFailed(
            f"the embedded platform cannot listen on {host}:{port}: {fault.strerror}",
            hint="choose another port: gitops platform up --port N (0 takes a free one)",
            code=ErrorCode.PORT_IN_USE,
        ) from fault
    listener.listen(1024)
    return listener


async def serve(settings: Settings, stop: asyncio.Event, ready: Callable[[str], None]) -> None:
    """Serve until `stop` is set, then end every replica.

    Args:
        settings: how.
        stop: set it to end.
        ready: told the URL once requests are answered.

    Raises:
        GitopsError: it could not begin: port, data folder.
    """
    async with AsyncExitStack() as stack:
        listener = listen_again(settings)
        stack.callback(listener.close)
        port = listener.getsockname()[1]
        settings.folder.keep_port(port)
        settings.folder.remove_drafts()
        url = f"http://{settings.host}:{port}"
        store = Store(settings.folder.database, settings.opener)
        stack.callback(store.close)
        environments = Environments(settings.folder.environments, settings.folder.root, asyncio.get_running_loop().time)
        stack.push_async_callback(environments.close)
        api, second, fetching, agent = assemble(settings, store, environments, url)
        stack.push_async_callback(fetching.close)
        runner = await stack.enter_async_context(front(api.routes, settings.folder.api_key(), guarded=second.routes))
        if settings.upkeep:
            sweeps = asyncio.create_task(api.logs.book.run(api.logs.living), name="sweeps of the logs")
            stack.callback(sweeps.cancel)
        # The last one in is the first one out: while replicas drain, the site still answers, with 503 at the end.
        stack.push_async_callback(api.supervisor.close)
        await api.supervisor.restore()
        if settings.upkeep:
            api.supervisor.begin_upkeep()
            working = asyncio.create_task(again("the agent", TICK_S, agent.look), name="the agent")
            stack.callback(working.cancel)
        await web.SockSite(runner, listener).start()
        ready(url)
        await stop.wait()
        # From here on nobody finds this platform, and who starts one waits until this one has let the lock go.
        settings.folder.remove_record()


class Parts(NamedTuple):
    """The two faces, and what must be closed after them."""

    native: Api
    second: TensorOperaFace
    fetching: Fetching
    agent: Agent


def assemble(settings: Settings, store: Store, environments: Environments, url: str) -> Parts:
    """All parts, wired."""
    folder = settings.folder
    tally = Tally(now())
    routes = Routes(tally)
    catalogue = Catalogue(store)
    packages = Packages(folder.packages)
    base = ground(folder, catalogue, packages, url, now)

    async def prepare(version: Version) -> Environment:
        return await environments.prepare(version, await base.fetching.folder(version))

    site = Site(
        journal=Journal(store, now),
        processes=SystemProcesses(folder.root),
        routes=routes,
        version=catalogue.version,
        prepare=prepare,
        standing=environments.standing,
        logs=folder.logs,
        drain_s=settings.drain_s,
        now=now,
        monotonic=asyncio.get_running_loop().time,
        port=Ports().take,
    )
    supervisor = Supervisor(store, site, url, stepwise=settings.behaviour.in_place)
    deployments = Deployments(store, base.ids, supervisor.endpoint, supervisor.names, now)
    agent = Agent(supervisor, deployments, settings.behaviour, now)
    endpoints = EndpointFace(supervisor, agent, deployments, base.shelf, lambda one: f"{url}/inference/{one}", now)
    book = Logbook(folder.logs, limit=settings.log_limit)
    logs = LogFace(supervisor, catalogue, store, book, folder.logs, folder.environments)
    native = Api(
        supervisor=supervisor,
        catalogue=catalogue,
        packages=packages,
        store=store,
        tally=tally,
        gateway=Gateway(routes, Limits(), deployments.name_of),
        logs=logs,
        data=folder.root,
        info=PlatformInfo(
            installation=folder.installation(), pid=os.getpid(), version=__version__, started_at=tally.since
        ),
        now=now,
    )
    return Parts(native, base.face(logs, deployments, endpoints), base.fetching, agent)


async def run(settings: Settings, lock: int) -> None:
    """Serve until SIGTERM or SIGINT, with a record in the data folder of where.

    Args:
        settings: how.
        lock: the data folder's lock, as `take` gave it.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def ready(url: str) -> None:
        _LOG.info("serving on %s", url)
        started = started_of(os.getpid()) or 0.0
        record = ServerRecord(url=url, pid=os.getpid(), started=started, version=__version__, started_at=now())
        # The guard writes it down, and tries again on a full disk: that is no reason to end replicas that serve.
        guards.append(asyncio.create_task(_guard(settings.folder, record, lock, stop)))

    guards: list[asyncio.Task[None]] = []
    await serve(settings, stop, ready)
    for guard in guards:
        guard.cancel()
    _LOG.info("stopped")


async def _guard(folder: DataFolder, record: ServerRecord, lock: int, stop: asyncio.Event) -> None:
    """See to it that this platform can be found as long as it runs, and that it ends when its folder was taken away."""
    while not stop.is_set():
        if not folder.is_ours(lock):
            _LOG.error("the data folder %s is gone: ending", folder.root)
            stop.set()
        elif folder.record() != record:
            # A full disk is no reason to end: the next round tries again.
            with suppress(OSError):
                folder.write_record(record)
        await asyncio.sleep(_GUARD_S)
