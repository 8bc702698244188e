"""Replicas as processes: start one or find it again, ask it, stop it with everything that it started."""

import asyncio
import json
import os
import signal
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import aiohttp
import psutil

from gitops.local.bootstrap.venv import Environment
from gitops.local.gateway.upstream import NotReachedError, Question, Upstream
from gitops.local.runtime import Runtime
from gitops.local.state import Replica, Version
from gitops.local.system.environ import DATA, OWNER, inherited
from gitops.local.system.leader import Adopted, Child, Leader
from gitops.local.system.marks import Remains, end_marked, marked
from gitops.local.system.memory import over
from gitops.model.card import CardSpec

LAUNCHER: Final = Path(__file__).with_name("launch.py")
STANDIN: Final = Path(__file__).with_name("standin")

TERM_GRACE_S: Final = 5.0
"""Between SIGTERM and SIGKILL, for a replica that has no request any more."""

_ASK_TIMEOUT_S: Final = 2.0
_COUNTERS_TIMEOUT_S: Final = 0.3
_ANSWER_BYTES: Final = 1 << 16
_COUNTERS_PATH: Final = "/gitops/counters"


class ReplicaProcess(Protocol):
    """One running replica."""

    @property
    def pid(self) -> int:
        """Its process id, which is also its group's."""

    @property
    def started(self) -> float:
        """When it started, as `identity.started_of` tells it."""

    async def wait(self) -> int | None:
        """Its exit status, once it has ended; None where nobody knows."""

    async def ready_at(self) -> int | None:
        """The port on which it answers that it is ready; None if it does not yet."""

    async def answers(self) -> bool:
        """Whether it answers its liveness probe."""

    async def stop(self) -> None:
        """End it and everything in its group; returns when all of it is gone."""

    async def kill(self) -> None:
        """The same at once, without asking it first; also for what it left behind when it ended by itself."""

    async def reported(self) -> int | None:
        """Requests as the replica counts them; None if it does not count, or is too busy to say at once."""


class Processes(Protocol):
    """What starts and finds replicas; the supervisor knows no more of the system than this."""

    async def start(self, replica: Replica, version: Version, environment: Environment, log: Path) -> ReplicaProcess:
        """Start a replica's process."""

    async def adopt(self, replicas: Iterable[Replica], version: "VersionOf") -> Mapping[str, ReplicaProcess]:
        """Those of the replicas whose process still runs, by id; everything else that was ever started is ended."""

    async def end(self, token: str) -> None:
        """End what carries a replica's token: a start that failed may have left something."""

    async def end_all(self) -> None:
        """End everything that this installation ever started."""

    async def over_memory(self, limits: Mapping[int, int]) -> Mapping[int, int]:
        """Of these pids with their limits in bytes those that use more with their process groups, and how much."""


class VersionOf(Protocol):
    """Finds the version that a replica runs."""

    def __call__(self, model: str, name: str, /) -> Version:
        """A version by its model and name."""


class SystemProcesses:
    """Replicas as real processes of this machine.

    Args:
        data: the data folder; it stands in every replica's environment.
    """

    def __init__(self, data: Path) -> None:
        self._data = str(data)
        self._remains = Remains(self._data)

    async def start(self, replica: Replica, version: Version, environment: Environment, log: Path) -> "SystemProcess":
        """Start `entry_point` in its environment, in a process group of its own, its output in `log`."""
        spec = CardSpec.model_validate(version.config)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                environment.python,
                str(LAUNCHER),
                str(STANDIN),
                spec.entry_point,
                cwd=environment.folder,
                env=environment.applied(self._variables(replica, spec, environment.folder)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        return SystemProcess(Child(process), replica, spec, self._remains)

    def _variables(self, replica: Replica, spec: CardSpec, folder: Path) -> dict[str, str]:
        sees_gpus = replica.template.gpus_per_replica and Runtime.of(spec).sees_gpus
        gpus = {} if sees_gpus else {"CUDA_VISIBLE_DEVICES": ""}
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
            "DATA_CACHE_FOLDER": str(folder),
            **{name: secret.reveal() for name, secret in spec.environment_variables.items()},
            "HOST": "127.0.0.1",
            "PORT": str(replica.port),
            OWNER: replica.token,
            DATA: self._data,
        }

    async def adopt(self, replicas: Iterable[Replica], version: VersionOf) -> Mapping[str, ReplicaProcess]:
        """The replicas whose process is still the one that was written down: its pid, its start and its token.

        Nobody else owns a process with the mark of our data folder: the lock of the folder is ours. So what is not
        adopted is ended, a replica that was started and never written down too, and a child that outlived its replica.
        """
        running = {(process.pid, process.started, process.token) for process in marked(self._data)}
        kept: dict[str, ReplicaProcess] = {}
        tokens: set[str] = set()
        for replica in replicas:
            if replica.pid is None or replica.started is None:
                continue
            if (replica.pid, replica.started, replica.token) in running:
                spec = CardSpec.model_validate(version(replica.model, replica.template.version).config)
                leader = Adopted(replica.pid, replica.started)
                kept[replica.id] = SystemProcess(leader, replica, spec, self._remains)
                tokens.add(replica.token)
        await asyncio.to_thread(end_marked, self._data, lambda token: token not in tokens)
        return kept

    async def end(self, token: str) -> None:
        """End every process with this token."""
        await self._remains.end(token)

    async def end_all(self) -> None:
        """End every process whose environment names our data folder."""
        await asyncio.to_thread(end_marked, self._data, lambda _: True)

    async def over_memory(self, limits: Mapping[int, int]) -> Mapping[int, int]:
        """A replica leads a process group, so its memory is its group's."""
        return await asyncio.to_thread(over, limits)


class SystemProcess:
    """One replica's process group."""

    def __init__(self, leader: Leader, replica: Replica, spec: CardSpec, remains: Remains) -> None:
        self._leader = leader
        self._ports = tuple(dict.fromkeys((replica.port, spec.port)))
        self._runtime = Runtime.of(spec)
        self._token = replica.token
        self._remains = remains
        self._answers_on = Upstream(f"http://127.0.0.1:{replica.port}")
        self.pid = leader.pid
        self.started = leader.started

    async def wait(self) -> int | None:
        """The exit status; negative for a signal, as the system tells it."""
        return await self._leader.wait()

    async def ready_at(self) -> int | None:
        """The port that answers 200: the one it was given, else the card's own where this process listens there."""
        for port in self._ports:
            upstream = Upstream(f"http://127.0.0.1:{port}")
            status, _ = await _ask(upstream, self._runtime.ready_path, _ASK_TIMEOUT_S)
            # Another program may answer there; who it is costs a walk through all processes, so it is asked last.
            if status == 200 and await asyncio.to_thread(self._listens, port):
                self._answers_on = upstream
                return port
            upstream.close()
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

    async def answers(self) -> bool:
        """Whether the liveness probe is answered with 2xx or 3xx, as Kubernetes counts it."""
        status, _ = await _ask(self._answers_on, self._runtime.live_path, _ASK_TIMEOUT_S)
        return status is not None and 200 <= status < 400

    async def reported(self) -> int | None:
        """What the stand-in's own counter says; None for a model that brings a server of its own."""
        status, body = await _ask(self._answers_on, _COUNTERS_PATH, _COUNTERS_TIMEOUT_S)
        if status == 200:
            with suppress(ValueError, KeyError, TypeError, OverflowError):
                return int(json.loads(body)["requests"])
        return None

    async def stop(self) -> None:
        """SIGTERM to the group; when the leader is gone or the grace is over, SIGKILL to all that is left."""
        self._signal(signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(TERM_GRACE_S):
                await self._leader.wait()
        await self.kill()

    async def kill(self) -> None:
        """SIGKILL to the group, and to everything that carries the replica's token: it may have left the group."""
        self._answers_on.close()
        self._signal(signal.SIGKILL)
        await self._remains.end(self._token)
        await self._leader.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


async def _ask(upstream: Upstream, path: str, timeout_s: float) -> tuple[int | None, bytes]:
    """Status and body of an answer; None where there was none in time."""
    try:
        question = Question("GET", path, (), timeout_s, timeout_s)
        async with asyncio.timeout(timeout_s), upstream.ask(question, b"") as answer:
            return answer.status, await answer.content.read(_ANSWER_BYTES)
    except (NotReachedError, aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return None, b""
