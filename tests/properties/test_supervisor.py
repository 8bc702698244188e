"""The supervisor's promises under everything at once, in virtual time: killed after every event, and in random stories.

The same stories run on real processes in `tests/integration/test_invariants.py`.
"""

import asyncio
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from gitops.errors import Rejected
from gitops.model.autoscale import Autoscale
from gitops.model.live import Live, Phase, Verdict
from tests.fakes.system import Behaviour
from tests.fakes.virtual_time import VirtualLoop
from tests.promises import breaches
from tests.unit.local.town import Town, tell

POLICY = Autoscale(min_replicas=2, max_replicas=5, requests_per_replica=10, window=5.0, scale_down_delay=20.0)


def serving(version: str, replicas: int):
    return lambda live: (live.version, live.phase, live.ready) == (version, Phase.SERVING, replicas)


def whole(live: Live) -> bool:
    return live.phase is Phase.SERVING and live.ready == len(live.members) == live.replicas


def wishes(town: Town):
    """What a client asks for, and what it waits for: a creation, rollouts of which one is left, scales, a policy."""
    return [
        (lambda: town.create(3), serving("v0", 3)),
        (lambda: town.roll_out("v1", updated=1), lambda live: live.phase is Phase.PAUSED),
        (lambda: town.roll_out("v2", updated=2), lambda live: live.phase is Phase.PAUSED),
        (lambda: town.roll_out("v1"), serving("v1", 3)),
        (lambda: town.scale(5), serving("v1", 5)),
        (lambda: town.scale(2), serving("v1", 2)),
        (lambda: town.autoscale(POLICY), lambda live: live.autoscale is not None),
    ]


async def carried_out(town: Town) -> Live:
    """Ask for everything, one after the other, as a client does that outlives the platform."""
    for wish, done in wishes(town):

        async def attempt(wish=wish, done=done):
            wish()
            return await town.until(lambda live: done(live) and len(live.members) == live.ready)

        await town.persist(attempt)
    return town.live


async def deleted_and_created_again(town: Town) -> Live:
    """The same client deletes it in the middle of a rollout, with a request in flight, and creates it anew."""
    first, paused, _, _ = wishes(town)[:4]
    for wish, done in (first, paused):

        async def attempt(wish=wish, done=done):
            wish()
            return await town.until(lambda live: done(live) and len(live.members) == live.ready)

        await town.persist(attempt)

    async def delete():
        if town.supervisor.names() and town.site.routes.knows("aloha"):
            town.hold()
        town.delete()
        await town.gone()

    async def create():
        town.create(2, "v2")
        return await town.until(serving("v2", 2))

    await town.persist(delete)
    return await town.persist(create)


def end_state(town: Town, live: Live) -> tuple[object, ...]:
    """Everything that must not depend on whether somebody was killed on the way."""
    running = Counter((process.endpoint, process.version) for process in town.system.living)
    ranks = sorted(replica.rank for replica in town.supervisor.keeper("aloha").replicas)
    known = {replica.token for replica in town.store.living()} == {process.token for process in town.system.living}
    state = (live.version, live.replicas, live.ready, live.rollout.verdict, live.policy, live.trouble)
    return (*state, running, ranks, known)


@pytest.mark.parametrize(
    ("tell_all", "end"),
    [(carried_out, ("v1", 2, 2, Verdict.SUCCEEDED)), (deleted_and_created_again, ("v2", 2, 2, Verdict.SUCCEEDED))],
)
def test_killed_after_any_event_it_comes_back_to_the_same_end_state(tmp_path, tell_all, end):
    def run(dies_after: int | None):
        async def story(town):
            town.dies_after = dies_after
            live = await tell_all(town)
            return end_state(town, live), breaches(town.events), town.written, town.kinds

        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            return tell(Path(folder), story)

    wanted, broken, events, kinds = run(None)
    assert (wanted[:4], broken) == (end, [])
    other = {}
    for number in range(1, events + 1):
        state, broken, *_ = run(number)
        if (state, broken) != (wanted, []):
            other[number, kinds[number - 1]] = (state, broken)

    print(f"\nkilled after each of {events} events of {len(set(kinds))} kinds: {len(other)} other end states")
    assert other == {}


@pytest.mark.parametrize("tell_all", [carried_out, deleted_and_created_again])
def test_killed_at_any_call_to_the_system_it_comes_back_to_the_same_end_state(tmp_path, tell_all):
    """Between two events too: a process that runs and is not written down, one that was ended and still counts."""

    def run(dies_at: int):
        async def story(town):
            town.system.dies_at = dies_at
            live = await tell_all(town)
            return end_state(town, live), breaches(town.events), town.system.asked

        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            return tell(Path(folder), story)

    wanted, broken, calls = run(0)
    assert broken == []
    other = {number: found for number in range(1, calls + 1) if (found := run(number)[:2]) != (wanted, [])}

    print(f"\nkilled at each of {calls} calls: {len(other)} other end states")
    assert other == {}


class Stories(RuleBasedStateMachine):
    """Random wishes, deaths and restarts: the event log shows no broken promise, and in the end everything is well.

    v0, v1 and v2 work, v3 crashes, v4 never gets ready.
    """

    versions = st.sampled_from(["v0", "v1", "v2", "v3", "v4"])
    told = 0
    events = 0

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        self.folder = tempfile.TemporaryDirectory()
        self.last = None

    def do(self, coroutine) -> object:
        return self.runner.run(coroutine)

    async def ask(self, wish) -> None:
        self.last = wish
        with suppress(Rejected):
            wish()
        await asyncio.sleep(0)

    @initialize(replicas=st.integers(1, 5))
    def begin(self, replicas):
        async def story():
            self.town = Town(Path(self.folder.name), versions=5)
            self.town.system.behaviours |= {"v3": Behaviour(crash_s=0.1), "v4": Behaviour(start_s=None)}
            await self.town.rise()
            self.town.create(replicas)
            await self.town.serving()

        self.do(story())

    @rule(version=versions, updated=st.integers(1, 6), surge=st.integers(0, 2), share=st.sampled_from([0, 1, "50%"]))
    def roll_out(self, version, updated, surge, share):
        self.do(self.ask(lambda: self.town.roll_out(version, updated, surge, share, deadline_s=20)))

    @rule(replicas=st.integers(1, 6))
    def scale(self, replicas):
        self.do(self.ask(lambda: self.town.scale(replicas)))

    @rule(policy=st.sampled_from([POLICY, POLICY.model_copy(update={"max_replicas": 3}), None]))
    def autoscale(self, policy):
        self.do(self.ask(lambda: self.town.autoscale(policy)))

    @rule(requests=st.integers(0, 60))
    def traffic(self, requests):
        self.town.arrive(requests)

    @rule(which=st.integers(0, 9), status=st.sampled_from([-9, 1]))
    def end_a_replica(self, which, status):
        async def story():
            living = self.town.system.living
            if living:
                living[which % len(living)].die(status)
            await asyncio.sleep(0)

        self.do(story())

    @rule()
    def kill_the_supervisor(self):
        async def story():
            await self.town.kill()
            members = {replica.token for replica in self.town.supervisor.keeper("aloha").replicas}
            assert {process.token for process in self.town.system.living} <= members

        self.do(story())

    @rule(replicas=st.integers(1, 4), killed_after_s=st.floats(0, 8), held=st.booleans())
    def delete_and_create_again(self, replicas, killed_after_s, held):
        async def story():
            if held and self.town.live.ready:
                self.town.hold()
            self.town.delete()
            await asyncio.sleep(killed_after_s)
            await self.town.kill()
            await self.town.gone()
            assert (self.town.system.living, self.town.store.living()) == ([], [])
            self.last = None
            self.town.create(replicas)
            await self.town.serving()

        self.do(story())

    @rule(seconds=st.floats(0.01, 30))
    def let_time_pass(self, seconds):
        self.do(asyncio.sleep(seconds))

    @rule()
    def ask_the_same_again(self):
        async def story():
            if self.last is None or self.town.live.rollout.verdict not in {Verdict.RUNNING, Verdict.PAUSED}:
                return
            await self.ask(self.last)
            before = self.town.written
            with suppress(Rejected):
                self.last()
            assert self.town.written == before

        self.do(story())

    def teardown(self) -> None:
        try:
            if hasattr(self, "town"):
                self.do(self._end())
        finally:
            self.runner.close()
            self.folder.cleanup()

    async def _end(self) -> None:
        town = self.town
        broken, number = breaches(town.events), len(town.events)
        while not whole(live := await town.until(lambda live: whole(live) or live.phase is Phase.PAUSED)):
            town.roll_out(live.rollout.version, deadline_s=20)
            await asyncio.sleep(1)
        assert live.version in {"v0", "v1", "v2"}
        assert len(town.system.living) == live.replicas
        await town.close()
        assert town.system.living == []
        assert broken == []
        Stories.told, Stories.events = Stories.told + 1, Stories.events + number


def test_no_story_breaks_a_promise():
    run_state_machine_as_test(Stories, settings=settings(max_examples=50, stateful_step_count=30, deadline=None))

    print(f"\n{Stories.told} stories, {Stories.events} events, no promise broken")
