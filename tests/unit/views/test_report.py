from datetime import UTC, datetime, timedelta

from gitops.model.live import Phase, PlatformIdentity
from gitops.model.report import EndpointReport, Observation, Report, Traffic
from gitops.model.snapshot import Snapshot
from gitops.model.sounding import PlatformTotals, ProbeResult
from gitops.views.report import report_json, report_markdown, snapshot_json

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PLATFORM = PlatformIdentity(kind="local", url="http://127.0.0.1:1")


def traffic(**changes) -> Traffic:
    fields = {"window_s": 60, "requests": 600, "errors": 0, "error_rate": 0.0, "throughput_rps": 10.0}
    return Traffic(**fields | {"average_ms": 5.0, "p50_ms": 4.0, "p95_ms": 9.0, "p99_ms": 12.0} | changes)


def seen(**changes) -> Observation:
    fields = {"at": START, "version": "v1", "phase": Phase.SERVING, "replicas": 2, "ready": 2, "versions": {"v1": 2}}
    return Observation(**fields | {"gpus": 0, "traffic": traffic()} | changes)


def report(*endpoints: EndpointReport) -> Report:
    return Report(
        project="aloha",
        environment="local",
        platform=PLATFORM,
        before_at=START,
        after_at=START + timedelta(seconds=90),
        endpoints=endpoints,
    )


def cells(shown: Report, name: str) -> list[str]:
    """The cells of the row that begins with this name, in the last table that has one."""
    rows = [line for line in report_markdown(shown).splitlines() if line.startswith(f"| {name} ")]
    return [cell.strip() for cell in rows[-1].strip("|").split("|")]


def test_before_and_after_stand_side_by_side():
    shown = report(EndpointReport(name="a", model="a", before=seen(), after=seen(traffic=traffic(p95_ms=11.0))))

    assert cells(shown, "Latency, p95") == ["Latency, p95", "9.0 ms", "11.0 ms"]


def test_what_is_not_known_is_not_available_and_never_zero():
    shown = report(EndpointReport(name="a", model="a", before=seen(traffic=None, gpus=None), after=seen()))

    assert cells(shown, "Requests")[1] == "not available"
    assert cells(shown, "GPUs")[1] == "not available"


def test_an_endpoint_that_was_not_there_has_no_numbers():
    shown = report(EndpointReport(name="a", model="a", after=seen()))

    assert cells(shown, "State") == ["State", "not there", "serving"]
    assert cells(shown, "Requests") == ["Requests", "-", "600"]


def test_ready_replicas_of_unknown_version_are_not_called_none():
    shown = report(EndpointReport(name="a", model="a", before=seen(versions={}), after=seen(versions={}, ready=0)))

    assert cells(shown, "Replicas by version")[1:] == ["not available", "none"]


def test_each_window_is_named():
    shown = report(EndpointReport(name="a", model="a", before=seen(), after=seen(traffic=traffic(window_s=90))))

    assert cells(shown, "Window") == ["Window", "1m 0s", "1m 30s"]


def test_the_overview_shows_what_moved():
    shown = report(EndpointReport(name="a", model="a", before=seen(), after=seen(version="v2", replicas=4)))

    assert cells(shown, "a")[1:3] == ["v1 → v2", "2 → 4"]


def test_requests_that_reached_no_version_are_told():
    split = EndpointReport(name="a", model="a", after=seen(), by_version={"v1": traffic(requests=598)})

    assert "\n2 requests found no replica ready and reached no version.\n" in report_markdown(report(split))


def test_a_report_of_nothing_says_so():
    assert report_markdown(report()).endswith("\nNo endpoint was there.\n")


def test_a_hostile_name_cannot_add_a_cell_a_row_or_a_tag():
    name = "a|b\n| x | y |\n</script><img src=x>`"
    hostile = EndpointReport(name=name, model=name, after=seen(version=name), by_version={name: traffic()})
    lines = report_markdown(report(hostile)).splitlines()

    assert not any("<" in line for line in lines)
    assert not any(line.startswith("| x") for line in lines)
    assert {line.replace("\\|", "").count("|") for line in lines if line.startswith("|")} == {7, 4, 10}


def test_every_row_of_a_table_is_as_wide_as_its_header():
    lines = report_markdown(report(EndpointReport(name="a", model="a", before=seen(), after=seen()))).splitlines()
    table = [line for line in lines if line.startswith("|")][3:]

    assert len({len(line) for line in table}) == 1


def test_the_json_of_a_report_reads_back_as_the_report():
    shown = report(EndpointReport(name="a", model="a", before=seen(), after=seen(traffic=None)))

    assert Report.model_validate_json(report_json(shown)) == shown


def test_the_json_of_a_snapshot_reads_back_as_the_snapshot():
    shown = Snapshot(project="a", environment="e", platform=PLATFORM, taken_at=START)

    assert Snapshot.model_validate_json(snapshot_json(shown)) == shown


def test_a_platform_that_does_not_count_is_said_to_be_one():
    shown = report_markdown(report(EndpointReport(name="a", model="a", before=seen(traffic=None), after=None)))

    assert "This platform gives no counters of traffic." in shown
    assert "Latency is measured at the gateway" not in shown


def test_a_version_in_doubt_is_not_called_none():
    doubtful = seen(version=None, phase=Phase.ROLLED_BACK)
    shown = report(EndpointReport(name="a", model="a", before=seen(version=None, phase=Phase.CREATING), after=doubtful))

    assert cells(shown, "Version") == ["Version", "none", "not available"]


def test_a_request_of_our_own_and_the_platforms_totals_have_rows_of_their_own():
    asked = seen(
        traffic=None,
        probe=ProbeResult(at=START, ok=True, latency_ms=12.0, status=200),
        totals=PlatformTotals(requests=1_234),
    )
    failed = seen(traffic=None, probe=ProbeResult(at=START, ok=False, message="HTTP 502 <b>"))
    shown = report(EndpointReport(name="a", model="a", before=asked, after=failed))

    assert cells(shown, "A request of our own")[1] == "12.0 ms"
    assert cells(shown, "A request of our own")[2].startswith("no answer: HTTP 502")
    assert "<b>" not in report_markdown(shown)
    assert cells(shown, "As the platform says")[1] == "1,234 requests, not available on average"
