"""A machine for the supervisor: processes that get ready, die and leak when told to, and outlive who started them."""

import asyncio
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


class KilledError(BaseException):
    """The supervisor was killed here. Nothing of it may go on, so nothing of it may catch this."""


@dataclass
class Life:
    """One life of a supervisor; what is asked of the world in its name after its end never happens."""

    dead: bool = False

    def check(self) -> None:
        if self.dead:
            raise KilledError


@dataclass(frozen=True)
class Behaviour:
    """What processes of a version do.

    Attributes:
        start_s: until one is ready; None is never.
        crash_s: until one ends with status 1; None is never.
        hangs: it does not answer any more once it was ready.
        bytes: that it uses.
    """

    start_s: float | None = 0.2
    crash_s: float | None = None
    hangs: bool = False
    bytes: int = 0


@dataclass
class FakeProcess:
    """A process of the machine."""

    pid: int
    token: str
    endpoint: str
    version: str
    port: int
    behaviour: Behaviour
    began: float
    ended: "asyncio.Future[int]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def alive(self) -> bool:
        return not self.ended.done()

    def die(self, status: int) -> None:
        if self.alive:
            self.ended.set_result(status)


class Handle:
    """A process as one life of a supervisor holds it."""

    def __init__(self, process: FakeProcess, life: Life, system: "FakeSystem", *, adopted: bool) -> None:
        self.process = process
        self._system = system
        self.pid = process.pid
        self.started = process.began
        self._life = life
        self._adopted = adopted

    async def wait(self) -> int | None:
        status = await asyncio.shield(self.process.ended)
        self._life.check()
        return None if self._adopted else status

    async def ready_at(self) -> int | None:
        self._system.check(self._life)
        takes, now = self.process.behaviour.start_s, asyncio.get_running_loop().time()
        ready = takes is not None and self.process.alive and now >= self.process.began + takes
        return self.process.port if ready else None

    async def answers(self) -> bool:
        self._system.check(self._life)
        return self.process.alive and not self.process.behaviour.hangs

    async def stop(self) -> None:
        self._system.check(self._life)
        await asyncio.sleep(0.05)
        self._life.check()
        self.process.die(-15)

    async def kill(self) -> None:
        self._system.check(self._life)
        self.process.die(-9)

    async def reported(self) -> int | None:
        self._system.check(self._life)
        return None


class FakeSystem:
    """A machine. `acting(life)` is what a supervisor gets to start and find processes.

    Attributes:
        fails_at: the number, from 1, of the request that the system fails to carry out, as one without memory would.
        dies_at: the number of the request at which the supervisor is killed.
    """

    def __init__(self) -> None:
        self.processes: list[FakeProcess] = []
        self.behaviours: dict[str, Behaviour] = {}
        self.refusing = False
        self.slow_start: asyncio.Event | None = None
        self.fails_at = 0
        self.dies_at = 0
        self.asked = 0
        self._pids = itertools.count(1)

    def check(self, life: Life) -> None:
        life.check()
        self.asked += 1
        if self.asked == self.dies_at:
            life.dead = True
            life.check()
        if self.asked == self.fails_at:
            raise RuntimeError("can't start new thread")

    @property
    def living(self) -> list[FakeProcess]:
        return [process for process in self.processes if process.alive]

    def launch(self, replica, version: str) -> FakeProcess:
        loop = asyncio.get_running_loop()
        behaviour = self.behaviours.get(version, Behaviour())
        process = FakeProcess(
            next(self._pids), replica.token, replica.endpoint, version, replica.port, behaviour, loop.time()
        )
        self.processes.append(process)
        if behaviour.crash_s is not None:
            loop.call_later(behaviour.crash_s, process.die, 1)
        return process

    def acting(self, life: Life) -> "FakeProcesses":
        return FakeProcesses(self, life)


class FakeProcesses:
    """The machine as one life of a supervisor uses it."""

    def __init__(self, system: FakeSystem, life: Life) -> None:
        self._system = system
        self._life = life

    async def start(self, replica, version, _environment, _log) -> Handle:
        self._system.check(self._life)
        if self._system.refusing:
            raise OSError(24, "Too many open files")
        process = self._system.launch(replica, version.name)
        self._system.check(self._life)
        if self._system.slow_start is not None:
            await self._system.slow_start.wait()
        return Handle(process, self._life, self._system, adopted=False)

    async def adopt(self, replicas: Iterable, _version) -> Mapping[str, Handle]:
        self._life.check()
        there = {(process.pid, process.began, process.token): process for process in self._system.living}
        kept = {
            replica.id: Handle(
                there[replica.pid, replica.started, replica.token], self._life, self._system, adopted=True
            )
            for replica in replicas
            if (replica.pid, replica.started, replica.token) in there
        }
        adopted = {handle.pid for handle in kept.values()}
        for process in self._system.living:
            if process.pid not in adopted:
                process.die(-9)
        return kept

    async def end(self, token: str) -> None:
        self._system.check(self._life)
        for process in self._system.living:
            if process.token == token:
                process.die(-9)

    async def end_all(self) -> None:
        self._life.check()
        for process in self._system.living:
            process.die(-9)

    async def over_memory(self, limits: Mapping[int, int]) -> Mapping[int, int]:
        self._system.check(self._life)
        return {
            process.pid: process.behaviour.bytes
            for process in self._system.living
            if process.pid in limits and process.behaviour.bytes > limits[process.pid]
        }
