"""Deleting an endpoint of the real embedded platform: over HTTP, under load, with requests in flight, after a kill."""

import signal
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from examples.quickstart.load import LoadClient
from gitops.cli.wiring.shop import SystemClock
from gitops.engine.executor import execute
from gitops.errors import ExitCode, GitopsError, Rejected
from gitops.local import daemon
from gitops.model.live import Absent, Live, Phase
from gitops.model.log import LogQuery
from gitops.model.plan import Plan
from gitops.model.step import DeleteEndpoint
from tests.fakes.packager import FakePackager
from tests.fakes.sink import FakeSink
from tests.fakes.stop import FakeStop
from tests.integration.embedded import embedded, eventually
from tests.integration.test_invariants import mortal
from tests.promises import breaches

pytestmark = pytest.mark.slow


def gone(running, name: str = "aloha") -> None:
    eventually(lambda: running.platform.read([name])[name], lambda live: isinstance(live, Absent))


class Asking:
    """A request to each replica, under way on all of them, that takes so many seconds."""

    def __init__(self, running, live: Live, seconds: float) -> None:
        self._statuses: list[int] = []
        body = {"seconds": seconds}

        def ask() -> None:
            answer = httpx.post(running.url(), json=body, headers=running.headers, timeout=60)
            self._statuses.append(answer.status_code)

        self._threads = [threading.Thread(target=ask) for _ in live.members]
        for thread in self._threads:
            thread.start()
        for member in live.members:
            eventually(Path(member.log).read_text, lambda text: "asked" in text)

    def statuses(self) -> list[int]:
        for thread in self._threads:
            thread.join()
        return self._statuses


def test_a_deletion_under_load_lets_requests_in_flight_finish_and_touches_no_other_endpoint(running):
    version = running.push()
    running.create(version, 2)
    running.create(version, 1, name="other")
    live = running.until_serving()
    running.until_serving(name="other")
    load = LoadClient(running.url("other"), running.key, 100.0, {"x": 1})
    load.start()
    asking = Asking(running, live, 2.0)

    running.platform.delete("aloha")
    refused = httpx.post(running.url(), json={}, headers=running.headers)
    seen = eventually(running.live, lambda live: live.ready == 0)
    gone(running)
    answered = asking.statuses()
    result = load.stop()

    page = httpx.get(f"{running.record.url}/metrics", headers=running.headers).text
    left = {process.pid for process in running.processes()}
    print(f"\nbeside the deletion: {result.summary()}; in flight: {answered}")
    assert (seen.phase, seen.ready, refused.status_code, answered) == (Phase.DELETING, 0, 404, [200, 200])
    assert result.failed == 0
    assert left == {member.pid for member in running.live("other").members}
    assert ('endpoint="aloha"' in page, 'endpoint="other"' in page) == (False, True)
    assert {"other"} == set(running.platform.counters(["aloha", "other"]))
    assert breaches([event for event in running.platform.events() if event.endpoint == "aloha"]) == []


def test_a_request_longer_than_the_drain_time_is_cut_by_a_deletion(tmp_path, monkeypatch):
    monkeypatch.setenv("GITOPS_LOCAL_DRAIN", "0.5")
    with embedded(tmp_path) as running:
        running.create(running.push(), 1)
        asking = Asking(running, running.until_serving(), 20.0)
        running.platform.delete("aloha")
        gone(running)

        assert (asking.statuses(), running.processes()) == ([502], [])
        assert [{"cut": 1}] == [one.detail for one in running.platform.events() if one.kind == "replica_stopped"]


def test_what_a_deleted_endpoint_has_said_stays_in_its_files_and_is_read_again_under_its_name(running):
    version = running.push()
    running.create(version, 1)
    (member,) = running.until_serving().members
    running.platform.delete("aloha")
    gone(running)
    kept = Path(member.log).read_text()
    with pytest.raises(Rejected):
        running.platform.logs("aloha", LogQuery())
    running.create(version, 1)
    running.until_serving()

    assert "aloha 1" in kept
    assert member.id in {line.source for line in running.platform.logs("aloha", LogQuery()).lines}


def test_the_step_that_deletes_goes_over_http_and_ends_when_the_last_process_has(running):
    running.create(running.push(), 2)
    live = running.until_serving()
    step = DeleteEndpoint(wave=1, endpoint="aloha", model="aloha", progress_deadline_s=60)
    plan = Plan(project="p", environment="e", platform=running.platform.identity(), steps=(step,))

    def carried_out():
        return execute(plan, running.platform, FakePackager(), lambda *_: None, FakeSink(), SystemClock(), FakeStop())

    asking = Asking(running, live, 1.0)
    first, processes, second = carried_out(), running.processes(), carried_out()

    assert (asking.statuses(), processes) == ([200, 200], [])
    assert [(ExitCode.DONE, "gone"), (ExitCode.DONE, "gone already")] == [
        (one.exit_code, one.steps[0].result) for one in (first, second)
    ]


@pytest.mark.parametrize("moment", [("endpoint_deleting", 1), ("replica_draining", 1), ("replica_stopped", 1)])
def test_a_deletion_that_a_kill_interrupts_is_finished_by_the_next_life_without_being_asked_again(tmp_path, moment):
    with mortal(tmp_path, *moment) as (running, process):
        running.create(running.push(), 2)
        running.until_serving()
        with suppress(GitopsError):  # Its answer is lost with it.
            running.platform.delete("aloha")
        process.wait()
        assert daemon.running(running.folder) is None
        running.up()
        gone(running)

        kinds = [event.kind for event in running.platform.events()]
        assert (process.returncode, kinds[-1], kinds.count("replica_starting")) == (
            -signal.SIGKILL,
            "endpoint_deleted",
            2,
        )
        assert running.processes() == []


def test_many_endpoints_are_deleted_at_once_and_page_by_page_they_are_gone(running):
    version = running.push()
    names = [f"endpoint-{number}" for number in range(4)]
    for name in names:
        running.create(version, 1, name=name)
    for name in names:
        running.until_serving(name=name)
    for name in names[:3]:
        running.platform.delete(name)
    for name in names[:3]:
        gone(running, name)

    found = running.platform.read([*names, *(f"nobody-{number}" for number in range(60))])
    assert [names[3]] == [name for name, live in found.items() if isinstance(live, Live)]
