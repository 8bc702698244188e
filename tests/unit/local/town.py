"""A supervisor in a town of its own: real store, fake processes, virtual time, lives that may end at any event."""

import asyncio
import itertools
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from gitops.errors import GitopsError
from gitops.local.bootstrap.making import BootstrapFailed
from gitops.local.bootstrap.venv import Environment, without_bootstrap
from gitops.local.gateway.routes import Route, Routes
from gitops.local.gateway.tally import Tally
from gitops.local.store.catalogue import Catalogue
from gitops.local.store.journal import Journal
from gitops.local.store.store import Store
from gitops.local.supervisor.site import Site
from gitops.local.supervisor.supervisor import Supervisor
from gitops.model.autoscale import Autoscale
from gitops.model.live import Live, Phase
from gitops.wire.messages import PutAutoscale, PutEndpoint, PutRollout, PutScale
from tests.fakes.system import FakeSystem, KilledError, Life
from tests.fakes.virtual_time import run_virtually
from tests.unit.local.worlds import EPOCH

PATIENCE_S = 3600.0
"""Virtual: it costs nothing."""


class MortalJournal(Journal):
    """A journal whose writer dies right after the event of a given number."""

    def __init__(self, store: Store, town: "Town", life: Life) -> None:
        super().__init__(store, town.now)
        self._town = town
        self._life = life

    def write(self, *arguments, **more) -> None:
        self._life.check()
        super().write(*arguments, **more)
        self._count()

    def forget(self, *arguments) -> None:
        self._life.check()
        super().forget(*arguments)
        self._count()

    def _count(self) -> None:
        self._town.written += 1
        if self._town.written == self._town.dies_after:
            self._life.dead = True
            raise KilledError


class Town:
    """One installation.

    Attributes:
        dies_after: the number of the event after which the supervisor is killed; None is never.
        written: events so far, over all lives.
        jump: what was added to the wall clock.
        bootstraps: version -> seconds that its bootstrap takes; those of `spoiled` fail.
    """

    def __init__(self, folder: Path, versions: int = 3, **config: object) -> None:
        self.store = Store(folder / "platform.db")
        self.system = FakeSystem()
        self.dies_after: int | None = None
        self.written = 0
        self.jump = timedelta()
        self.bootstraps: dict[str, float] = {}
        self.spoiled: set[str] = set()
        self._folder = folder
        self._ports = itertools.count(1000)
        catalogue = Catalogue(self.store)
        for number in range(versions):
            card = {"workspace": ".", "entry_point": "m", **config}
            catalogue.add("aloha", f"sha256:{number:064}", card, {}, EPOCH)

    async def _prepare(self, version) -> Environment:
        takes = self.bootstraps.get(version.name, 0.0)
        if takes:
            await asyncio.sleep(takes)
        if version.name in self.spoiled:
            raise BootstrapFailed("the bootstrap exited with status 3", ("no such wheel",), Path("bootstrap.log"))
        return without_bootstrap(self._folder)

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=asyncio.get_running_loop().time()) + self.jump

    async def rise(self) -> None:
        """Begin a life of the supervisor; what an earlier one still had to do never happens."""
        await self._bury()
        asyncio.get_running_loop().set_exception_handler(_unless_killed)
        self.life = Life()
        self.tally = Tally(EPOCH)
        self.site = Site(
            journal=MortalJournal(self.store, self, self.life),
            processes=self.system.acting(self.life),
            routes=Routes(self.tally),
            version=Catalogue(self.store).version,
            prepare=self._prepare,
            standing=lambda _: None,
            logs=self._folder,
            drain_s=5.0,
            now=self.now,
            monotonic=asyncio.get_running_loop().time,
            port=lambda: next(self._ports),
        )
        self.supervisor = Supervisor(self.store, self.site, "http://test")
        await self.supervisor.restore()
        self.supervisor.begin_upkeep()

    async def _bury(self) -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def kill(self) -> None:
        """SIGKILL the supervisor, and start it again."""
        self.life.dead = True
        await self.rise()

    async def close(self) -> None:
        await self.supervisor.close()
        await self._bury()
        self.store.close()

    # Wishes.

    def create(self, replicas: int = 2, version: str = "v0", deadline_s: float = 60) -> None:
        wish = PutEndpoint(
            model="aloha", version=version, replicas=replicas, gpus_per_replica=0, progress_deadline_s=deadline_s
        )
        self.supervisor.create("aloha", wish)

    def roll_out(self, version: str, updated: int = 1000, surge=1, unavailable=0, deadline_s: float = 60) -> None:
        wish = PutRollout(
            version=version,
            gpus_per_replica=0,
            updated=updated,
            max_surge=surge,
            max_unavailable=unavailable,
            progress_deadline_s=deadline_s,
        )
        self.supervisor.roll_out("aloha", wish)

    def scale(self, replicas: int) -> None:
        self.supervisor.scale("aloha", PutScale(replicas=replicas))

    def autoscale(self, policy: Autoscale | None) -> None:
        self.supervisor.set_autoscale("aloha", PutAutoscale(policy=policy))

    def delete(self) -> None:
        self.supervisor.delete("aloha")

    def arrive(self, requests: int) -> None:
        """Let so many requests come in."""
        self.site.routes.tally("aloha").arrived += requests

    def hold(self) -> Route:
        """Let a replica have a request that nobody answers."""
        route = self.site.routes.pick("aloha")
        route.begin()
        return route

    # Readings.

    @property
    def live(self) -> Live:
        (live,) = self.supervisor.live()
        return live

    async def until(self, condition, patience_s: float = PATIENCE_S) -> Live:
        """The endpoint once it is so; a killed supervisor is started again meanwhile."""
        async with asyncio.timeout(patience_s):
            while True:
                self.life.check()
                if condition(self.live):
                    return self.live
                await asyncio.sleep(0.01)

    async def serving(self, version: str = "v0") -> Live:
        return await self.until(
            lambda live: live.phase is Phase.SERVING and live.version == version and live.ready == len(live.members)
        )

    async def gone(self) -> None:
        """No endpoint is there any more; a killed supervisor is started again meanwhile."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self.life.check()
                if not self.supervisor.names():
                    return
                await asyncio.sleep(0.01)

    @property
    def events(self):
        return self.store.events(0, None, 100_000)

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    async def persist(self, attempt) -> object:
        """Carry an attempt out, again after each death, as a client does that lives on."""
        while True:
            try:
                return await attempt()
            except KilledError:
                while True:
                    with suppress(KilledError):
                        await self.rise()
                        break


def _unless_killed(loop: asyncio.AbstractEventLoop, what: dict) -> None:
    """Tasks of a life that was killed end with its death, and nobody asks them how."""
    if not isinstance(what.get("exception"), KilledError):
        loop.default_exception_handler(what)


def tell(folder: Path, story, **config: object):
    """Run a story in a town in virtual time; afterwards nothing lives."""

    async def whole():
        town = Town(folder, **config)
        await town.rise()
        try:
            return await story(town)
        finally:
            town.dies_after = None
            with suppress(GitopsError):
                await town.close()
            assert town.system.living == []

    return run_virtually(whole())
