"""Replicas as processes: start one, ask whether it is ready, stop it with everything that it started."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import aiohttp
import psutil

from gitops.local.state import Replica, Version
from gitops.model.card import CardSpec

LAUNCHER: Final = Path(__file__).with_name("launch.py")
STANDIN: Final = Path(__file__).with_name("standin")
TOKEN: Final = "GITOPS_REPLICA_TOKEN"  # noqa: S105 - the name of a variable
DATA: Final = "GITOPS_LOCAL_DATA"
_INHERITED: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE")
"""All that a replica sees of our environment: like a container, it must not see our user's keys."""

TERM_GRACE_S: Final = 5.0
"""Between SIGTERM and SIGKILL, for a replica that has no request any more."""

READY_PATH: Final = "/ready"


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

    async def reported(self) -> int | None:
        """Requests as the replica counts them; None if it does not count."""


class Processes(Protocol):
    """What starts replicas; the supervisor knows no more of the system than this."""

    async def start(self, replica: Replica, version: Version, package: Path, log: Path) -> ReplicaProcess:
        """Start a replica's process."""

    def end_leftovers(self, replicas: Iterable[Replica]) -> list[str]:
        """End what an earlier life of this platform left behind; returns the ids of replicas that were found alive."""


def free_port() -> int:
    """A port of the loopback interface that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
        return SystemProcess(process, replica.port, spec.port, self._session)

    def _environment(self, replica: Replica, spec: CardSpec, package: Path) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        gpus = {} if replica.template.gpus_per_replica else {"CUDA_VISIBLE_DEVICES": ""}
        return {
            **inherited,
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
        """End every process that carries the token of one of these replicas and the name of our data folder.

        The recorded pid and start time find it at once; a replica whose pid was never recorded, because we were
        killed in between, is found by its environment.
        """
        tokens = {replica.token: replica.id for replica in replicas}
        if not tokens:
            return []
        ours: dict[psutil.Process, str] = {}
        for process in psutil.process_iter():
            environment = _environment_of(process)
            owner = tokens.get(environment.get(TOKEN, ""))
            if owner and environment.get(DATA) == str(self._data):
                ours[process] = owner
                with suppress(psutil.Error):
                    process.kill()
        for process in ours:
            _await_end(process)
        return sorted(set(ours.values()))


def _environment_of(process: psutil.Process) -> Mapping[str, str]:
    with suppress(psutil.Error, OSError):
        return process.environ()
    return {}


def _await_end(process: psutil.Process) -> None:
    """Wait until a killed process is gone; one that only its parent has not buried yet (a zombie) is gone for us."""
    deadline = time.monotonic() + TERM_GRACE_S
    with suppress(psutil.Error):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.01)


class SystemProcess:
    """One replica's process group."""

    def __init__(
        self, process: asyncio.subprocess.Process, port: int, card_port: int, session: aiohttp.ClientSession
    ) -> None:
        self._process = process
        self._port = port
        self._card_port = card_port
        self._session = session
        self._answers_on: int | None = None
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
            if await self._ask(port, READY_PATH) is None:
                continue
            # On the card's own port another program may answer; who it is costs a walk through all processes.
            if port == self._port or await asyncio.to_thread(self._listens, port):
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

    async def _ask(self, port: int, path: str) -> bytes | None:
        try:
            async with self._session.get(
                f"http://127.0.0.1:{port}{path}", timeout=aiohttp.ClientTimeout(total=2)
            ) as answer:
                return await answer.read() if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return None

    async def reported(self) -> int | None:
        """What the stand-in's own counter says; None for a model that brings a server of its own."""
        if self._answers_on is None:
            return None
        body = await self._ask(self._answers_on, "/gitops/counters")
        if body is None:
            return None
        with suppress(ValueError, KeyError, TypeError):
            return int(json.loads(body)["requests"])
        return None

    async def stop(self) -> None:
        """SIGTERM to the group, SIGKILL when the grace is over or the leader is gone."""
        self._signal(signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), TERM_GRACE_S)
        self._signal(signal.SIGKILL)
        await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
