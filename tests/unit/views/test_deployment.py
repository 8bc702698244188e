import json
from datetime import timedelta

from gitops.model.event import Outcome
from gitops.model.live import Phase
from gitops.model.plan import Plan
from gitops.model.record import Record, RecordKind
from gitops.model.report import EndpointReport, Observation, Report
from gitops.model.source import SourceState
from gitops.views.deployment import deployment_json, deployment_page
from tests.unit.views.plans import change, field, plan, removal, scale
from tests.unit.views.records import COMMIT, PLATFORM, START, record, step


def lines(shown: Record, *more, **options) -> list[str]:
    return deployment_page(COMMIT, shown, *more, **options).plain().splitlines()


def facts(shown: Record, **options) -> dict[str, str]:
    """The facts above the first heading, by their names."""
    told = lines(shown, **options)[2:]
    head = told[: told.index("")] if "" in told else told
    return {line[2:].partition("  ")[0]: line[2:].partition("  ")[2].strip() for line in head}


def seen(**changes) -> Observation:
    fields = {"at": START, "version": "v1", "phase": Phase.SERVING, "replicas": 2, "ready": 2}
    return Observation(**fields | changes)


def report(*endpoints: EndpointReport) -> Report:
    times = {"before_at": START, "after_at": START + timedelta(seconds=90)}
    return Report(project="aloha", environment="production", platform=PLATFORM, endpoints=endpoints, **times)


def test_the_head_says_which_it_is_and_the_facts_who_when_and_from_what():
    assert lines(record())[0] == (
        "Deployment 12 of project aloha in environment production (embedded platform, http://127.0.0.1:1)"
    )
    assert facts(record()) == {
        "outcome": "succeeded",
        "what": "1 to update",
        "by": "Ada Lovelace <ada@example.com>",
        "started": "2026-11-24 08:00:00 UTC",
        "finished": "2026-11-24 08:01:15 UTC, after 1m 15s",
        "source": "1a2b3c4d5e6f on main",
        "fingerprint": "sha256:" + "3f" * 32,
        "commit": COMMIT,
        "tool": "gitops 1.2.3",
    }


def test_what_is_not_usual_has_its_line():
    shown = record(
        kind=RecordKind.REVERT,
        back_to="deployment 3",
        source=SourceState(commit="1a2b3c4", folder="models", dirty="sha256:77"),
        run_url="https://ci.example.com/1",
        allowed="deletes=2",
        took_over="the lock of Eve, whose process is dead",
    )

    assert facts(shown) | {
        "what": "revert to deployment 3: 1 to update",
        "source": "1a2b3c4, folder models, and files that were not committed",
        "uncommitted": "sha256:77",
        "run": "https://ci.example.com/1",
        "acknowledged": "deletes=2",
        "lock": "taken over: the lock of Eve, whose process is dead",
    } == facts(shown)


def test_one_that_did_not_end_has_no_end():
    killed = record(outcome=None, finished_at=None)

    assert "finished" not in facts(killed)
    assert [facts(killed, running=running)["outcome"] for running in (None, True, False)] == [
        "running?",
        "running",
        "killed",
    ]


def test_without_its_plan_the_record_says_what_changed():
    shown = lines(record(changes={"b": ("deleted",), "aloha": ("version v1 -> v2", "replicas 2 -> 4")}))
    at = shown.index("Changes")

    assert shown[at + 1 : at + 6] == [
        "  endpoint aloha",
        "      version v1 -> v2",
        "      replicas 2 -> 4",
        "  endpoint b",
        "      deleted",
    ]


def test_with_its_plan_the_changes_are_those_of_the_plan():
    shown = lines(record(), plan(change(field("replicas", 2, 4)), removal()))

    assert "  - endpoint old" in shown
    assert "      replicas  2 -> 4   in place" in shown
    assert "      version v1 -> v2" not in shown


def test_each_step_says_how_it_ended_and_why_not():
    steps = (
        step(),
        step(number=2, outcome=Outcome.ROLLED_BACK, words="roll out", message="never got ready\nlast words"),
        step(number=10, outcome=Outcome.NOT_TRIED, words="delete endpoint old"),
    )
    shown = lines(record(steps=steps))

    assert shown[shown.index("Steps") + 1 :] == [
        "   1. succeeded    scale endpoint aloha from 2 to 4 replicas",
        "   2. rolled back  roll out",
        "      never got ready",
        "        last words",
        "  10. not tried    delete endpoint old",
    ]


def test_one_that_was_killed_shows_the_steps_as_they_were_planned():
    shown = lines(record(outcome=None, finished_at=None), plan(steps=(scale(),)))

    assert shown[-2:] == [
        "Steps as planned; how they ended was not recorded",
        "  1. scale endpoint aloha from 2 to 4 replicas",
    ]


def test_before_and_after_stand_in_one_row_per_endpoint():
    endpoint = EndpointReport(name="aloha", model="aloha", before=seen(), after=seen(version="v2", replicas=4))
    shown = lines(record(), None, report(endpoint))

    assert shown[-3] == "Before and after, 1m 30s apart"
    assert shown[-2].split()[:3] == ["ENDPOINT", "VERSION", "REPLICAS"]
    assert shown[-1].split()[:7] == ["aloha", "v1", "->", "v2", "2", "->", "4"]
    assert "not available" in shown[-1]


def test_a_report_of_nothing_is_not_shown():
    assert not any("Before and after" in line for line in lines(record(), None, report()))


def test_hostile_words_cannot_forge_a_line():
    hostile = "x\n  outcome  succeeded\x1b[2J"
    shown = lines(
        record(
            outcome=Outcome.FAILED,
            summary=hostile,
            took_over=hostile,
            changes={hostile: (hostile,)},
            steps=(step(words=hostile, message=hostile),),
        )
    )

    assert [line for line in shown if line.startswith("  outcome")] == ["  outcome      failed"]
    assert "\x1b" not in "".join(shown)


def test_the_json_reads_back_as_what_it_was_made_from():
    endpoint = EndpointReport(name="aloha", model="aloha", before=seen(), after=None)
    planned = plan(change(field("replicas", 2, 4)), steps=(scale(),))
    shown = json.loads(deployment_json(COMMIT, record(), planned, report(endpoint)))

    assert shown["commit"] == COMMIT
    assert Record.model_validate(shown["record"]) == record()
    assert Plan.model_validate(shown["plan"]) == planned
    assert Report.model_validate(shown["report"]) == report(endpoint)


def test_what_was_not_kept_is_null_in_json():
    shown = json.loads(deployment_json(COMMIT, record()))

    assert (shown["plan"], shown["report"]) == (None, None)
