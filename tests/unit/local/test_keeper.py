"""The supervisor on fake processes: what it does when the world, the disk or the timing is against it."""

import asyncio
import itertools
import time
from pathlib import Path

import pytest

from gitops.errors import DataFolderError
from gitops.local.catalogue import Catalogue
from gitops.local.journal import Journal
from gitops.local.member import Site
from gitops.local.routes import Routes
from gitops.local.server import now
from gitops.local.store import Store
from gitops.local.supervisor import Supervisor
from gitops.local.tally import Tally
from gitops.model.live import Phase
from gitops.wire.messages import PutEndpoint, PutRollout, PutScale


class FakeProcess:
    """A process that is ready at once, unless its world says otherwise."""

    started = 1.0

    def __init__(self, world, pid, port):
        self.world = world
        self.pid = pid
        self.port = port
        self.ended = asyncio.get_running_loop().create_future()
        world.living.add(pid)

    async def wait(self):
        return await asyncio.shield(self.ended)

    async def ready_at(self):
        return self.port if self.world.ready else None

    async def stop(self):
        self.die(-15)

    async def bury(self):
        self.world.living.discard(self.pid)

    async def reported(self):
        return None

    def die(self, status):
        self.world.living.discard(self.pid)
        if not self.ended.done():
            self.ended.set_result(status)


class FakeProcesses:
    def __init__(self):
        self.living = set()
        self.processes = []
        self.ready = True
        self.refusing = False
        self.slow_start = None
        self.pids = itertools.count(1)

    async def start(self, replica, version, package, log):
        if self.refusing:
            raise OSError(24, "Too many open files")
        process = FakeProcess(self, next(self.pids), replica.port)
        self.processes.append(process)
        if self.slow_start is not None:
            await self.slow_start.wait()
        return process

    def end_leftovers(self, replicas):
        return [replica.id for replica in replicas]


class Town:
    def __init__(self, tmp_path: Path):
        self.store = Store(tmp_path / "platform.db")
        self.processes = FakeProcesses()
        self.catalogue = Catalogue(self.store)
        for number in range(3):
            if len(self.catalogue.versions("aloha")) <= number:
                self.catalogue.add("aloha", f"sha256:{number:064}", {"workspace": ".", "entry_point": "m"}, {}, now())
        ports = itertools.count(1000)
        self.site = Site(
            journal=Journal(self.store, now),
            processes=self.processes,
            routes=Routes(Tally(now())),
            version=self.catalogue.version,
            package=lambda version: tmp_path,
            logs=tmp_path,
            drain_s=5.0,
            now=now,
            monotonic=time.monotonic,
            port=lambda: next(ports),
        )
        self.supervisor = Supervisor(self.store, self.site, "http://test")
        self.supervisor.restore()

    def create(self, replicas=2):
        wish = PutEndpoint(model="aloha", version="v0", replicas=replicas, gpus_per_replica=0, progress_deadline_s=60)
        self.supervisor.create("aloha", wish)

    def roll_out(self, version, updated=9):
        wish = PutRollout(
            version=version, gpus_per_replica=0, updated=updated, max_surge=1, max_unavailable=0, progress_deadline_s=60
        )
        self.supervisor.roll_out("aloha", wish)

    @property
    def live(self):
        (live,) = self.supervisor.live()
        return live

    async def until(self, condition):
        async with asyncio.timeout(30):
            while not condition(self.live):
                await asyncio.sleep(0.005)
        return self.live

    async def serving(self, version="v0"):
        return await self.until(
            lambda live: live.phase is Phase.SERVING and live.version == version and live.ready == len(live.members)
        )

    @property
    def kinds(self):
        return [event.kind for event in self.store.events(0, None, 1000)]


@pytest.fixture
def tell(tmp_path):
    """Run a story in a town; afterwards nothing lives."""

    def run(story):
        async def whole():
            town = Town(tmp_path)
            try:
                return await story(town)
            finally:
                await town.supervisor.close()
                town.store.close()
                assert town.processes.living == set()

        return asyncio.run(whole())

    return run


def test_a_full_disk_in_a_rollout_stops_it_and_space_lets_it_go_on(tell):
    async def story(town):
        town.create()
        await town.serving()
        (pages,) = town.store._db.execute("PRAGMA page_count").fetchone()
        town.roll_out("v1", updated=1)
        await town.until(lambda live: live.phase is Phase.PAUSED)
        town.store._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DataFolderError):
            for number in range(10_000):
                town.supervisor.scale("aloha", PutScale(replicas=2 + number % 2))
        town.store._db.execute("PRAGMA max_page_count = 1000000")
        town.supervisor.scale("aloha", PutScale(replicas=2))
        town.roll_out("v1")
        return await town.serving("v1")

    live = tell(story)

    assert (live.ready, live.replicas) == (2, 2)


def test_a_wish_that_cannot_be_kept_changes_nothing(tell):
    async def story(town):
        town.create()
        await town.serving()
        before = town.live

        def full(*_arguments, **_more):
            raise DataFolderError("no space")

        town.site.journal.write = full
        with pytest.raises(DataFolderError):
            town.supervisor.scale("aloha", PutScale(replicas=5))
        del town.site.journal.write
        return before == town.live

    assert tell(story)


def test_a_replica_that_is_stopped_while_it_is_being_started_leaves_no_process(tell):
    async def story(town):
        town.create()
        await town.serving()
        town.processes.slow_start = asyncio.Event()
        town.roll_out("v1")
        await town.until(lambda live: len(live.members) == 3)
        town.roll_out("v2")
        await asyncio.sleep(0)
        town.processes.slow_start.set()
        return await town.serving("v2")

    assert {member.version for member in tell(story).members} == {"v2"}


def test_a_system_that_cannot_start_a_process_is_a_crash_with_its_reason(tell):
    async def story(town):
        town.processes.refusing = True
        town.create()
        return await town.until(lambda live: live.phase is Phase.FAILED)

    assert "Too many open files" in tell(story).message


def test_a_replica_that_dies_is_replaced_after_a_moment(tell):
    async def story(town):
        town.create()
        await town.serving()
        town.processes.processes[0].die(-9)
        await town.until(lambda live: live.ready == 1)
        await town.serving()
        return town.kinds

    kinds = tell(story)

    assert kinds.count("replica_failed") == 1
    assert kinds.count("replica_starting") == 3


def test_an_endpoint_that_was_kept_is_kept_again_after_a_restart(tmp_path):
    async def first():
        town = Town(tmp_path)
        town.create(3)
        await town.serving()
        for keeper in (town.supervisor.keeper("aloha"),):
            keeper._task.cancel()  # as a SIGKILL would: nothing is written, nothing is ended
            for member in keeper.members.values():
                member._life.cancel()
        town.store.close()

    async def second():
        town = Town(tmp_path)
        try:
            live = await town.serving()
            return live.ready, town.kinds.count("replica_stopped"), len(town.processes.living)
        finally:
            await town.supervisor.close()
            town.store.close()

    asyncio.run(first())

    assert asyncio.run(second()) == (3, 3, 3)


def test_the_same_wishes_again_write_nothing(tell):
    async def story(town):
        town.create()
        await town.serving()
        before = town.kinds
        town.create()
        town.roll_out("v0")
        town.supervisor.scale("aloha", PutScale(replicas=2))
        return before == town.kinds

    assert tell(story)
