import json
from datetime import UTC, datetime

from gitops.model.autoscale import Bounds
from gitops.model.live import LiveReplica, PlatformIdentity, ReplicaState
from gitops.model.resource import Resource
from gitops.model.sounding import PlatformTotals, ProbeResult
from gitops.model.status import PlatformStatus, Status, StatusRow
from gitops.views.console import colored
from gitops.views.status import platform_status_json, platform_status_page, status_json, status_page

NOW = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)


def row(**changes) -> StatusRow:
    fields = {"name": "aloha", "model": "aloha", "version": "v1", "replicas": 2, "ready": 2, "health": "healthy"}
    return StatusRow(**fields | changes)


def status(*rows: StatusRow) -> Status:
    platform = PlatformIdentity(kind="local", url="http://127.0.0.1:1")
    return Status(at=NOW, project="aloha", environment="local", platform=platform, endpoints=rows)


def test_ready_stands_beside_what_the_platform_holds():
    assert status_page(status(row(ready=1))).plain().splitlines()[3].split()[4] == "1/2"


def test_ready_replicas_that_are_not_known_are_no_zero():
    assert "?/2" in status_page(status(row(ready=None))).plain()


def test_an_endpoint_that_is_not_there_has_no_numbers():
    missing = row(version=None, replicas=None, ready=None, health="missing")

    assert status_page(status(missing)).plain().splitlines()[3].split() == ["aloha", "missing", "aloha", "-", "-", "-"]


def test_reasons_stand_below_the_table():
    shown = status_page(status(row(updated="1 of 2 on v2", message="last words:\nTraceback"))).plain()

    assert shown.endswith("\n\naloha: 1 of 2 on v2; last words:\n  Traceback\n")


def test_what_is_ours_and_not_declared_says_so_before_anything_else():
    shown = status_page(status(row(declared=False, message="1 of 2 ready"))).plain()

    assert "\naloha: ours, and not declared any more: the next apply would delete it\n  1 of 2 ready\n" in shown


def test_replicas_are_listed_only_when_asked_for():
    shown = status(row(members=(LiveReplica(id="aloha-1", version="v1", state=ReplicaState.READY, pid=7),)))

    assert "aloha-1" not in status_page(shown).plain()
    assert "  aloha-1  v1  ready  pid 7  -\n" in status_page(shown, verbose=True).plain()


def test_a_hostile_message_cannot_break_the_table():
    shown = status_page(status(row(version="\x1b[2J[red]|", message="</script>\x07"))).plain()

    assert "\\x1b[2J[red]|" in shown
    assert "</script>\\x07" in shown


def test_health_is_coloured_on_a_terminal():
    assert "\x1b[1;31mdegraded" in colored(status_page(status(row(health="degraded"))))


def test_the_json_of_a_status_reads_back_as_the_status():
    shown = status(row(url="http://127.0.0.1:1/inference/aloha"))

    assert Status.model_validate_json(status_json(shown)) == shown


def test_the_platforms_json_names_the_file_of_the_key_and_nothing_more():
    shown = PlatformStatus(running=True, url="http://127.0.0.1:1", pid=7, data_folder="/d", api_key_file="/d/api-key")

    assert json.loads(platform_status_json(shown)) == {
        "format_version": 1,
        "running": True,
        "url": "http://127.0.0.1:1",
        "pid": 7,
        "data_folder": "/d",
        "behaves_like": None,
        "api_key_file": "/d/api-key",
    }


def test_a_platform_that_does_not_run_has_no_url_and_no_pid():
    shown = platform_status_page(PlatformStatus(running=False, data_folder="/d")).plain()

    assert shown == "The embedded platform is not running.\n  data folder  /d\n"


def test_what_a_platform_that_counts_nothing_tells_stands_below_the_table():
    probe = ProbeResult(at=NOW, ok=True, latency_ms=3.0, status=200)
    totals = PlatformTotals(requests=7, keys=("requests from requests",))
    shown = status_page(status(row(probe=probe, totals=totals, bounds=Bounds(min_replicas=1, max_replicas=8)))).plain()

    assert shown.endswith(
        "\n\naloha: autoscale 1..8; the platform tells no more of it\n"
        "  a request of our own was answered in 3.0 ms\n"
        "  as the platform says: 7 requests (requests from requests)\n"
    )


def test_the_platforms_own_word_and_its_devices_are_told_when_asked_for():
    shown = status(row(raw_status="DEPLOYED", resource=Resource(type="on_premise", master="101", workers=("102",))))

    assert "DEPLOYED" not in status_page(shown).plain()
    assert (
        status_page(shown, verbose=True)
        .plain()
        .endswith("aloha serves v1\n  the platform calls it DEPLOYED\n  runs on on_premise, master 101, worker 102\n")
    )


def test_replicas_stand_by_the_device_that_they_run_on():
    members = tuple(LiveReplica(id=name, version="v1", state=ReplicaState.READY) for name in ("102_1", "103_1"))

    assert (
        "\n  102_1  v1  ready  -  -\n  103_1  v1  ready  -  -\n"
        in status_page(status(row(members=members)), verbose=True).plain()
    )
