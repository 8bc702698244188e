"""What the embedded platform promises, on real processes under real load. The numbers are printed (pytest -s)."""

import os
import signal
import threading
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from examples.quickstart.load import LoadClient
from gitops.errors import Conflict, Rejected, ServerFault, Unauthorized, Unreachable
from gitops.local import daemon
from gitops.model.live import Absent, Phase, ReplicaState, Verdict
from gitops.model.log import LogQuery
from gitops.platforms.local import LocalAdapter
from gitops.platforms.transport import Transport
from tests.integration.embedded import (
    CRASHING,
    GOOD,
    NEVER_READY,
    STUBBORN_PORT,
    WITH_CHILDREN,
    eventually,
    make_card,
)

pytestmark = pytest.mark.slow


bad_versions = pytest.mark.parametrize(
    ("text", "words"), [(CRASHING, "there_is_no_such_module"), (NEVER_READY, "no progress for 2s")]
)


def bounds_broken(events, surge, unavailable, since):
    """Every event after `since` at which a promise about numbers did not hold."""
    return [
        event
        for event in events
        if event.seq > since and (event.total > event.wanted + surge or event.ready < event.wanted - unavailable)
    ]


def last_seq(running):
    return max((event.seq for event in running.platform.events()), default=0)


@pytest.mark.parametrize(("replicas", "surge", "unavailable"), [(3, 1, 0), (1, 1, 0), (3, 0, 1), (4, "50%", "25%")])
def test_a_rolling_update_under_load_fails_no_request_and_stays_within_its_bounds(
    running, replicas, surge, unavailable
):
    old, new = running.push(marker="old"), running.push(marker="new")
    running.create(old, replicas)
    running.until_serving(old)
    since = last_seq(running)
    client = LoadClient(running.url(), running.key, 200.0, {"x": 1})
    client.start()
    running.roll_out(new, updated=1, surge=surge, unavailable=unavailable)
    running.until(lambda live: live.rollout.verdict in {Verdict.PAUSED, Verdict.SUCCEEDED})
    running.roll_out(new, surge=surge, unavailable=unavailable)
    running.until_serving(new)
    result = client.stop()

    counters = running.platform.counters(["aloha"])["aloha"]
    gateway = sum(replica.requests for replica in counters.replicas)
    reported = sum(replica.reported or 0 for replica in counters.replicas)
    print(f"\n{replicas} replicas: {result.summary()}; gateway {gateway}, replicas {reported}")
    up, down = {"50%": 2}.get(surge, surge), {"25%": 1}.get(unavailable, unavailable)
    assert (result.failed, counters.unrouted) == (0, 0)
    assert result.sent == gateway == reported
    assert set(result.by_version) == {old, new}
    assert bounds_broken(running.platform.events(), up, down, since) == []


@pytest.mark.parametrize(
    ("text", "words"), [(CRASHING, "there_is_no_such_module"), (NEVER_READY, "no progress for 2s")]
)
def test_a_bad_version_is_stopped_inside_its_deadline_and_the_old_one_keeps_serving(running, text, words):
    old, bad = running.push(marker="old"), running.push(text, marker="bad")
    running.create(old, 2)
    running.until_serving(old)
    client = LoadClient(running.url(), running.key, 50.0, {"x": 1})
    client.start()

    running.roll_out(bad, deadline_s=2.0)
    running.until(lambda live: live.rollout.verdict is Verdict.ROLLED_BACK)
    live = running.until_serving()
    result = client.stop()

    assert words in live.rollout.reason
    assert (live.version, live.ready, result.failed) == (old, 2, 0)
    assert bad not in result.by_version


@pytest.mark.parametrize(
    ("text", "words"), [(CRASHING, "there_is_no_such_module"), (NEVER_READY, "no progress for 2s")]
)
def test_an_endpoint_whose_first_version_is_bad_fails_with_the_reason_and_leaves_no_process(running, text, words):
    running.create(running.push(text), 2, deadline_s=2.0)

    live = running.until(lambda live: live.phase is Phase.FAILED)

    assert words in live.message
    eventually(running.processes, lambda processes: processes == [])


def test_a_failed_endpoint_is_repaired_by_rolling_out_a_good_version(running):
    bad, good = running.push(CRASHING), running.push(marker="good")
    running.create(bad, 2)
    running.until(lambda live: live.phase is Phase.FAILED)

    running.roll_out(good)

    assert running.until_serving(good).ready == 2


def test_a_request_shorter_than_the_drain_time_survives_a_stop(running):
    running.create(running.push(), 2)
    live = running.until_serving()
    answers = []

    def ask():
        answers.append(httpx.post(running.url(), json={"seconds": 1.0}, headers=running.headers, timeout=30))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for member in live.members:
        eventually(Path(member.log).read_text, lambda text: "asked" in text)
    running.scale(1)
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.mark.parametrize("drain_s", ["0", "0.5"])
def test_a_request_longer_than_the_drain_time_is_cut_and_counted(tmp_path, monkeypatch, drain_s):
    from tests.integration.embedded import embedded

    monkeypatch.setenv("GITOPS_LOCAL_DRAIN", drain_s)
    with embedded(tmp_path) as running:
        old, new = running.push(marker="old"), running.push(marker="new")
        running.create(old, 1)
        (member,) = running.until_serving(old).members
        answers = []

        def ask():
            answers.append(httpx.post(running.url(), json={"seconds": 20}, headers=running.headers, timeout=60))

        thread = threading.Thread(target=ask)
        thread.start()
        eventually(Path(member.log).read_text, lambda text: "asked" in text)
        running.roll_out(new)
        running.until_serving(new)
        thread.join()

        (counted,) = [one for one in running.platform.counters(["aloha"])["aloha"].replicas if one.cut]
        assert (answers[0].status_code, counted.version, counted.cut, counted.errors) == (502, old, 1, 1)


def test_the_same_request_twice_makes_no_second_event(running):
    old, new = running.push(marker="old"), running.push(marker="new")
    running.create(old, 2)
    running.until_serving(old)
    running.roll_out(new)
    running.until_serving(new)
    running.scale(3)
    running.until_serving(new)
    before = last_seq(running)

    running.create(new, 3)
    running.roll_out(new)
    running.scale(3)
    assert running.push(marker="new") == new

    assert last_seq(running) == before


def test_a_newer_request_during_a_rollout_wins(running):
    versions = [running.push(marker=marker) for marker in ("a", "b", "c")]
    running.create(versions[0], 3)
    running.until_serving()
    running.roll_out(versions[1], updated=1)
    running.until(lambda live: live.rollout.updated_ready >= 1)

    running.roll_out(versions[2])
    live = running.until_serving(versions[2])

    assert {member.version for member in live.members} == {versions[2]}
    kinds = [event.kind for event in running.platform.events()]
    assert "rollout_superseded" in kinds


def test_versions_per_replica_are_visible_within_200_ms(running):
    old, new = running.push(marker="old"), running.push(marker="new")
    running.create(old, 2)
    running.until_serving(old)
    running.roll_out(new, updated=1)
    seen_at = None
    while seen_at is None:
        live = running.live()
        if live.ready_on(new):
            seen_at = time.time()
    (ready,) = [event for event in running.platform.events() if event.kind == "replica_ready" and event.version == new]

    assert seen_at - ready.at.timestamp() < 0.2


def test_down_leaves_no_process_behind(running):
    running.create(running.push(), 3)
    running.until_serving()
    before = running.processes()

    daemon.down(running.folder)

    assert len(before) == 3
    assert (running.processes(), daemon.running(running.folder)) == ([], None)


def test_a_platform_that_was_killed_goes_on_with_the_replicas_that_outlived_it(running):
    running.create(running.push(), 3)
    running.until_serving()
    left = {process.pid for process in running.processes()}

    running.kill()
    running.up()
    answered = httpx.post(running.url(), json={}, headers=running.headers).status_code
    live = running.until_serving()

    assert {process.pid for process in running.processes()} == left
    assert {member.pid for member in live.members} == left
    assert answered == 200


@pytest.mark.parametrize(("text", "ends_with"), [(GOOD, "new"), (CRASHING, "old")])
def test_a_rollout_that_a_kill_interrupted_goes_on_or_is_put_back(running, text, ends_with):
    versions = {"old": running.push(marker="old"), "new": running.push(text, marker="new")}
    running.create(versions["old"], 3)
    running.until_serving()
    running.roll_out(versions["new"])
    eventually(lambda: running.platform.events(), lambda events: any(one.version == versions["new"] for one in events))

    running.kill()
    running.up()

    live = running.until_serving(versions[ends_with])
    assert {member.version for member in live.members} == {versions[ends_with]}


def test_a_paused_rollout_is_still_paused_after_a_kill(running):
    old, new = running.push(marker="old"), running.push(marker="new")
    running.create(old, 3)
    running.until_serving()
    running.roll_out(new, updated=1)
    running.until(lambda live: live.phase is Phase.PAUSED)

    running.kill()
    running.up()

    live = running.until(lambda live: live.phase is Phase.PAUSED and live.ready == len(live.members) == 3)
    assert sorted(member.version for member in live.members) == [old, old, new]


def test_the_old_version_comes_back_at_once_when_a_kill_interrupts_a_rollout_that_cannot_succeed(running):
    old, never = running.push(marker="old"), running.push(NEVER_READY)
    running.create(old, 3)
    running.until_serving()
    running.roll_out(never, deadline_s=600)
    running.until(lambda live: any(member.version == never for member in live.members))

    running.kill()
    running.up()

    live = running.until(lambda live: live.ready_on(old) == 3)
    assert live.rollout.verdict is Verdict.RUNNING
    assert httpx.post(running.url(), json={}, headers=running.headers).status_code == 200


def test_what_a_replica_started_ends_with_it_also_in_a_session_of_its_own(running):
    version = running.push(WITH_CHILDREN, marker="lives")
    running.create(version, 1)
    running.until_serving(version)
    alive = len(running.processes())
    daemon.down(running.folder)

    assert (alive, running.processes()) == (3, [])


def test_what_a_replica_started_ends_when_it_dies_by_itself(running):
    running.create(running.push(WITH_CHILDREN, marker="dies"), 1)
    running.until(lambda live: live.phase is Phase.FAILED)

    eventually(running.processes, lambda processes: processes == [])


def test_a_platform_that_goes_down_takes_no_wish_any_more(running):
    version = running.push()
    running.create(version, 1)
    live = running.until_serving()
    asking = threading.Thread(
        target=lambda: httpx.post(running.url(), json={"seconds": 3}, headers=running.headers, timeout=30)
    )
    asking.start()
    log = Path(live.members[0].log)
    eventually(log.read_text, lambda text: "asked" in text)

    os.kill(running.record.pid, signal.SIGTERM)
    eventually(lambda: daemon.running(running.folder), lambda record: record is None)
    with pytest.raises((ServerFault, Unreachable)):
        running.create(version, 1, name="late")
    asking.join()
    running.up()

    assert isinstance(running.platform.read(["late"])["late"], Absent)


def test_a_replica_that_dies_is_started_anew_and_the_other_answers_meanwhile(running):
    running.create(running.push(), 2)
    live = running.until_serving()

    os.kill(live.members[0].pid, signal.SIGKILL)
    running.until(lambda live: live.phase is not Phase.SERVING or live.members[0].pid)
    answer = httpx.post(running.url(), json={}, headers=running.headers)
    again = running.until(lambda now: now.ready == 2 and live.members[0].id not in {one.id for one in now.members})

    assert answer.status_code == 200
    assert all(member.state is ReplicaState.READY for member in again.members)


def test_an_entry_point_that_ignores_its_port_serves_alone_and_a_second_replica_says_why_it_cannot(running):
    from gitops.local.system.ports import free_port

    port = free_port()
    version = running.push(STUBBORN_PORT, port=port)
    running.create(version, 1)
    running.until_serving(version)
    assert httpx.post(running.url(), json={}, headers=running.headers).json() == {}

    running.scale(2)
    live = running.until(lambda live: "ignores PORT" in live.message)

    assert f"listens on {port}, so only one replica" in live.message
    running.scale(1)
    running.until_serving(version)


def test_a_replica_sees_its_card_s_variables_and_nothing_of_our_user_s(running, monkeypatch):
    running.create(running.push(environment_variables={"TOKEN": "t0p"}), 1)
    live = running.until_serving()

    answer = httpx.post(running.url(), json={}, headers=running.headers).json()

    import psutil

    environment = psutil.Process(live.members[0].pid).environ()
    assert answer["token"] == "t0p"
    assert not {name for name in environment if name.startswith(("PYTEST", "GITOPS_VAR", "FEDML_API"))}


def test_a_streamed_answer_passes_item_by_item(running):
    running.create(running.push(), 1)
    running.until_serving()

    body = {"stream": True, "items": 3}
    with httpx.stream("POST", running.url(), json=body, headers=running.headers) as answer:
        lines = list(answer.iter_lines())

    assert lines == ["0", "1", "2"]


@pytest.mark.parametrize("key", ["wrong", None])
def test_a_wrong_or_missing_key_is_refused_everywhere(running, key):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with closing(LocalAdapter(Transport(running.record.url, key), key)) as stranger, pytest.raises(Unauthorized):
        stranger.identity()

    assert httpx.post(running.url(), json={}, headers=headers).status_code == 401
    assert httpx.get(f"{running.record.url}/metrics", headers=headers).status_code == 401


def test_what_is_impossible_is_rejected_with_the_reason(running):
    version = running.push()
    with pytest.raises(Rejected, match="has no version v7"):
        running.create("v7")
    with pytest.raises(Rejected, match="no endpoint"):
        running.scale(2)
    running.create(version, 2)
    running.until_serving()
    with pytest.raises(Conflict, match="exists already"):
        running.create(version, 5)
    with pytest.raises(Rejected, match="both come to 0"):
        running.roll_out(running.push(marker="2"), surge=0, unavailable="49%")


def test_a_package_that_is_not_what_was_announced_is_rejected_and_leaves_nothing(running, tmp_path):
    card, _ = make_card(tmp_path, GOOD, marker="said")
    _, other = make_card(tmp_path, GOOD, marker="sent")

    with pytest.raises(Rejected, match="is not what was announced"):
        running.platform.push(card, other)

    assert running.platform.versions(["aloha"]) == {"aloha": ()}
    assert list(running.folder.packages.iterdir()) == []


def test_requests_to_nobody_are_told_apart(running):
    running.create(running.push(CRASHING), 1)
    running.until(lambda live: live.phase is Phase.FAILED)

    nobody = httpx.post(running.url(), json={}, headers=running.headers)
    unknown = httpx.post(running.url("other"), json={}, headers=running.headers)

    assert (nobody.status_code, nobody.headers["Retry-After"], unknown.status_code) == (503, "1", 404)
    assert running.platform.counters(["aloha"])["aloha"].unrouted == 1


def test_prometheus_reads_what_the_counters_say(running):
    running.create(running.push(), 1)
    running.until_serving()
    httpx.post(running.url(), json={}, headers=running.headers)

    page = httpx.get(f"{running.record.url}/metrics", headers=running.headers).text

    assert 'gitops_requests_total{endpoint="aloha",replica="aloha-1",version="v0"} 1.0' in page
    assert 'gitops_replicas_ready{endpoint="aloha",version="v0"} 1.0' in page


def test_a_replica_s_output_is_kept_after_its_death(running):
    running.create(running.push(CRASHING), 1)
    running.until(lambda live: live.phase is Phase.FAILED)
    first = next(event.replica for event in running.platform.events() if event.replica)

    lines = running.platform.logs("aloha", LogQuery(replica=first)).lines

    assert any("there_is_no_such_module" in line.text for line in lines)
