"""Replicas as processes: start one, ask whether it is ready, stop it with everything that it started."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import aiohttp
import psutil

from gitops.local.environ import DATA, TOKEN, inherited
from gitops.local.leftovers import end_owned
from gitops.local.state import Replica, Version
from gitops.model.card import CardSpec

LAUNCHER: Final = Path(__file__).with_name("launch.py")
STANDIN: Final = Path(__file__).with_name("standin")

TERM_GRACE_S: Final = 5.0
"""Between SIGTERM and SIGKILL, for a replica that has no request any more."""

READY_PATH: Final = "/ready"
_READY_TIMEOUT_S: Final = 2.0
_COUNTERS_TIMEOUT_S: Final = 0.3
_PORTS_REMEMBERED: Final = 500


class ReplicaProcess(Protocol):
    """One started replica."""

    @property
    def pid(self) -> int:
        """Its process id, which is also its group's."""

    @property
    def started(self) -> float:
        """Its start time in seconds since the epoch."""

    async def wait(self) -> int:
        """Its exit status, once it has ended."""

    async def ready_at(self) -> int | None:
        """The port on which it answers that it is ready; None if it does not yet."""

    async def stop(self) -> None:
        """End it and everything in its group; returns when all of it is gone."""

    async def bury(self) -> None:
        """End what it left behind when it ended by itself: its group, and whatever it started elsewhere."""

    async def reported(self) -> int | None:
        """Requests as the replica counts them; None if it does not count, or is too busy to say at once."""


class Processes(Protocol):
    """What starts replicas; the supervisor knows no more of the system than this."""

    async def start(self, replica: Replica, version: Version, package: Path, log: Path) -> ReplicaProcess:
        """Start a replica's process."""

    def end_leftovers(self, replicas: Iterable[Replica]) -> list[str]:
        """End everything that this installation ever started; returns the ids of those replicas that were alive."""


def free_port() -> int:
    """A port of the loopback interface that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Ports:
    """Gives free ports, none of them twice within a while: a replica takes some time until it listens on its own."""

    def __init__(self) -> None:
        self._given: deque[int] = deque(maxlen=_PORTS_REMEMBERED)

    def take(self) -> int:
        """A free port that was not given lately."""
        port = free_port()
        while port in self._given:
            port = free_port()
        self._given.append(port)
        return port


class SystemProcesses:
    """Replicas as real processes of this machine.

    Args:
        data: the data folder; it stands in every replica's environment.
        session: for asking replicas whether they are ready.
    """

    def __init__(self, data: Path, session: aiohttp.ClientSession) -> None:
        self._data = data
        self._session = session

    async def start(self, replica: Replica, version: Version, package: Path, log: Path) -> "SystemProcess":
        """Start `entry_point` in the package's folder, in a process group of its own, its output in `log`."""
        spec = CardSpec.model_validate(version.config)
        environment = self._environment(replica, spec, package)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(LAUNCHER),
                str(STANDIN),
                spec.entry_point,
                cwd=package,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        return SystemProcess(process, replica.port, spec.port, self._session, self._remains(replica.token))

    def _remains(self, token: str) -> "Callable[[], dict[psutil.Process, str]]":
        return lambda: end_owned({token: ""}, str(self._data))

    def _environment(self, replica: Replica, spec: CardSpec, package: Path) -> dict[str, str]:
        gpus = {} if replica.template.gpus_per_replica else {"CUDA_VISIBLE_DEVICES": ""}
        return {
            **inherited(),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **gpus,
            "FEDML_CURRENT_RUN_ID": replica.endpoint,
            "FEDML_CURRENT_EDGE_ID": "1",
            "FEDML_CURRENT_VERSION": replica.template.version,
            "FEDML_REPLICA_RANK": str(replica.rank),
            "FEDML_ENV_VERSION": "local",
            "MAIN_ENTRY": spec.entry_point,
            "DATA_CACHE_FOLDER": str(package),
            **{name: secret.reveal() for name, secret in spec.environment_variables.items()},
            "HOST": "127.0.0.1",
            "PORT": str(replica.port),
            TOKEN: replica.token,
            DATA: str(self._data),
        }

    def end_leftovers(self, replicas: Iterable[Replica]) -> list[str]:
        """End every process whose environment names our data folder, whichever replica it belonged to.

        Nobody else owns such a process: the lock of the data folder is ours. So a replica that was started but never
        written down, and a child that outlived its replica, are found too.
        """
        owners = {replica.token: replica.id for replica in replicas}
        return sorted(set(end_owned(owners, str(self._data), everything=True).values()) - {""})


class SystemProcess:
    """One replica's process group."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        port: int,
        card_port: int,
        session: aiohttp.ClientSession,
        end_remains: Callable[[], object],
    ) -> None:
        self._process = process
        self._port = port
        self._card_port = card_port
        self._session = session
        self._answers_on: int | None = None
        self._end_remains = end_remains
        self.pid = process.pid
        try:
            self.started = psutil.Process(process.pid).create_time()
        except psutil.Error:
            self.started = 0.0

    async def wait(self) -> int:
        """The exit status; negative for a signal, as the system tells it."""
        return await self._process.wait()

    async def ready_at(self) -> int | None:
        """The port that answers 200: the one it was given, else the card's own where this process listens there."""
        for port in dict.fromkeys((self._port, self._card_port)):
            if await self._ask(port, READY_PATH, _READY_TIMEOUT_S) is None:
                continue
            # Another program may answer there; who it is costs a walk through all processes, so it is asked last.
            if await asyncio.to_thread(self._listens, port):
                self._answers_on = port
                return port
        return None

    def _listens(self, port: int) -> bool:
        """Whether this very process, and no other, listens on a port."""
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            return any(
                connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
                for member in (process, *process.children(recursive=True))
                for connection in member.net_connections(kind="tcp")
            )
        return False

    async def _ask(self, port: int, path: str, timeout_s: float) -> bytes | None:
        try:
            async with self._session.get(
                f"http://127.0.0.1:{port}{path}", timeout=aiohttp.ClientTimeout(total=timeout_s)
            ) as answer:
                return await answer.read() if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return None

    async def reported(self) -> int | None:
        """What the stand-in's own counter says; None for a model that brings a server of its own."""
        if self._answers_on is None:
            return None
        body = await self._ask(self._answers_on, "/gitops/counters", _COUNTERS_TIMEOUT_S)
        if body is None:
            return None
        with suppress(ValueError, KeyError, TypeError):
            return int(json.loads(body)["requests"])
        return None

    async def stop(self) -> None:
        """SIGTERM to the group; when the leader is gone or the grace is over, SIGKILL to all that is left."""
        self._signal(signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), TERM_GRACE_S)
        await self.bury()
        await self._process.wait()

    async def bury(self) -> None:
        """SIGKILL to the group, and to everything that carries the replica's token: it may have left the group."""
        self._signal(signal.SIGKILL)
        await asyncio.to_thread(self._end_remains)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
