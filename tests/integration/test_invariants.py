"""What must hold whatever happens, on real processes: one kill per kind of event, and three random stories.

`make soak` kills after every single event, and tells fifty stories. The same in virtual time, all of it in every run:
`tests/properties/test_supervisor.py`.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress

import psutil
import pytest

from gitops.errors import GitopsError, Rejected
from gitops.local import daemon
from gitops.local.folder import DataFolder
from gitops.model.autoscale import Autoscale
from gitops.model.live import Absent, Phase, ReplicaState, Verdict
from tests.conftest import ROOT
from tests.integration.embedded import CRASHING, GOOD, Embedded, end, eventually
from tests.promises import breaches

pytestmark = pytest.mark.slow

POLICY = Autoscale(min_replicas=1, max_replicas=3, requests_per_replica=1000, window=60.0, scale_down_delay=600.0)
KINDS = [
    "endpoint_created",
    "replica_starting",
    "replica_launched",
    "replica_ready",
    "rollout_succeeded",
    "rollout_started",
    "rollout_paused",
    "rollout_continued",
    "replica_draining",
    "replica_stopped",
    "scaled",
    "autoscale_set",
]
SEVERAL = {"replica_starting": 3, "replica_launched": 3, "replica_ready": 3, "replica_draining": 2}
"""Of these the first ones belong to the creation; what a kill in a rollout does is more interesting."""


def pytest_generate_tests(metafunc):
    soak = metafunc.config.getoption("--soak")
    if "moment" in metafunc.fixturenames:
        some = [(kind, SEVERAL.get(kind, 1)) for kind in KINDS]
        every = [("any", number) for number in range(1, 46)]
        metafunc.parametrize("moment", every if soak else some, ids=lambda moment: f"{moment[0]}-{moment[1]}")
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(50 if soak else 3))


@contextmanager
def mortal(folder, kind: str, number: int):
    """A platform that kills itself; ended with everything it started."""
    data = DataFolder((folder / "data").resolve())
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.mortal", "--data", str(data.root), kind, str(number)], cwd=ROOT
    )
    running = Embedded(data, None)
    try:
        running.record = eventually(lambda: daemon.running(data), lambda record: record is not None)
        yield running, process
    finally:
        with suppress(psutil.Error):
            process.kill()
        process.wait()
        end(running)


def serving(version: str, replicas: int):
    return lambda live: (
        (live.version, live.phase, live.ready) == (version, Phase.SERVING, replicas) and len(live.members) == live.ready
    )


def persist(running: Embedded, wish, done) -> None:
    """Ask and wait, as a client that outlives the platform: after its death it is started again, and asked again."""

    def attempt():
        with suppress(GitopsError):
            if daemon.running(running.folder) is None:
                running.up()
            wish()
            return running.live()
        return None

    eventually(attempt, lambda live: live is not None and done(live))


def test_killed_after_any_kind_of_event_it_comes_back_to_the_same_end_state(tmp_path, moment):
    with mortal(tmp_path, *moment) as (running, process):
        old, new = running.push(marker="old"), running.push(marker="new")
        for wish, done in [
            (lambda: running.create(old, 2), serving(old, 2)),
            (lambda: running.roll_out(new, updated=1), lambda live: live.phase is Phase.PAUSED),
            (lambda: running.roll_out(new), serving(new, 2)),
            (lambda: running.scale(3), serving(new, 3)),
            (lambda: running.scale(1), serving(new, 1)),
            (lambda: running.platform.set_autoscale("aloha", policy=POLICY), lambda live: live.policy == POLICY),
        ]:
            persist(running, wish, done)
        live = running.until_serving(new)

        state = (live.version, live.replicas, live.ready, live.rollout.verdict, live.policy, live.trouble)
        assert state == (new, 1, 1, Verdict.SUCCEEDED, POLICY, None)
        assert [one.pid for one in running.processes()] == [member.pid for member in live.members]
        assert breaches(running.platform.events()) == []
        killed = process.poll() == -signal.SIGKILL
        print(f"\n{moment}: killed {killed}; {len(running.platform.events())} events, the same end state")
        assert killed or moment[0] == "any"


class Story:
    """Random wishes, deaths, restarts and deletions of one endpoint. v0 and v1 work, v2 crashes at its start."""

    def __init__(self, running: Embedded, chance: random.Random) -> None:
        self.running = running
        self.chance = chance
        self.told: Counter[str] = Counter()

    def step(self) -> None:
        name = self.chance.choice(["roll_out", "roll_out", "scale", "autoscale", "kill", "kill", "restart", "renew"])
        self.told[name] += 1
        getattr(self, name)()
        # Time passes in a story as anything else happens in it.
        time.sleep(self.chance.random() / 2)

    def roll_out(self) -> None:
        surge, unavailable = self.chance.choice([(1, 0), (2, 1), (0, 1)])
        with suppress(Rejected):
            self.running.roll_out(
                self.chance.choice(["v0", "v1", "v2"]), self.chance.randint(1, 4), surge, unavailable, 10.0
            )

    def scale(self) -> None:
        self.running.scale(self.chance.randint(1, 4))

    def autoscale(self) -> None:
        self.running.platform.set_autoscale("aloha", policy=self.chance.choice([POLICY, None]))

    def kill(self) -> None:
        found = self.running.processes()
        if found:
            with suppress(psutil.Error):
                self.chance.choice(found).kill()

    def restart(self) -> None:
        self.running.kill()
        self.running.up()

    def renew(self) -> None:
        self.running.platform.delete("aloha")
        if self.chance.random() < 0.5:
            self.restart()
        eventually(lambda: self.running.platform.read(["aloha"])["aloha"], lambda live: isinstance(live, Absent))
        assert self.running.processes() == []
        self.running.create("v0", self.chance.randint(1, 3))
        self.running.until_serving()

    def settle(self):
        def whole():
            live = self.running.live()
            if live.phase is Phase.PAUSED:
                self.running.roll_out(live.rollout.version, deadline_s=10.0)
            return live

        return eventually(
            whole,
            lambda live: live.phase is Phase.SERVING and live.ready == len(live.members) == live.replicas,
        )


def test_no_random_story_breaks_a_promise(running, seed):
    for text, marker in [(GOOD, "0"), (GOOD, "1"), (CRASHING, "2")]:
        running.push(text, marker=marker)
    running.create("v0", 2)
    running.until_serving()
    story = Story(running, random.Random(seed))
    for _ in range(8):
        story.step()
    live = story.settle()

    events = running.platform.events()
    print(f"\nstory {seed}: {dict(story.told)}, {len(events)} events")
    assert breaches(events) == []
    assert live.version in {"v0", "v1"}
    assert sorted(one.pid for one in running.processes()) == sorted(member.pid for member in live.members)


def test_replicas_that_are_killed_again_and_again_cost_no_request_but_those_in_flight(running, request):
    """A random replica of four is killed every second at 100 requests a second."""
    from examples.quickstart.load import LoadClient

    kills = 20 if request.config.getoption("--soak") else 8
    running.create(running.push(), 4)
    running.until_serving()
    chance, moments, killed = random.Random(1), [], []
    client = LoadClient(running.url(), running.key, 100.0, {"seconds": 0.005})
    client.start()
    for _ in range(kills):
        time.sleep(1)
        ready = [member for member in running.live().members if member.state is ReplicaState.READY]
        victim = chance.choice(ready)
        before = time.monotonic()
        os.kill(victim.pid, signal.SIGKILL)
        moments.append((before, time.monotonic()))
        killed.append(victim.id)
    running.until(lambda live: live.ready == 4)
    result = client.stop()

    counters = running.platform.counters(["aloha"])["aloha"]
    failed = [sample for sample in result.samples if sample.is_failed]
    ended = [(sample.scheduled, sample.scheduled + sample.latency_ms / 1000) for sample in failed]
    alien = [span for span in ended if not any(span[0] - 0.1 <= after and span[1] >= at for at, after in moments)]
    errors = {one.replica: one.errors for one in counters.replicas if one.errors}
    print(f"\n{kills} kills, {result.sent} requests, {len(failed)} failed: {errors}")
    assert alien == []
    assert (counters.unrouted, set(errors) - set(killed)) == (0, set())
    assert len(failed) == sum(errors.values()) <= 2 * kills
