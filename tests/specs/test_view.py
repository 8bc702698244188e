"""What people read: `view/<case>/<noun>.json -> <noun>.txt`, a plan in Markdown too; `events.jsonl -> progress.txt`."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from gitops.diagnostics import Diagnostic
from gitops.model.drift import Drift
from gitops.model.event import ApplyFinished, Event
from gitops.model.plan import Plan
from gitops.model.record import Record
from gitops.model.report import Report
from gitops.model.status import PlatformStatus, Status
from gitops.views.console import Console
from gitops.views.deployment import deployment_page
from gitops.views.diagnostics import diagnostics_page
from gitops.views.drift import drift_page
from gitops.views.history import history_page
from gitops.views.plan import plan_page
from gitops.views.plan_markdown import plan_markdown
from gitops.views.progress import apply_summary, progress
from gitops.views.status import platform_status_page, status_page
from tests.specs.golden import SPECS, assert_golden

DIAGNOSTICS = TypeAdapter(tuple[Diagnostic, ...])
EVENT: TypeAdapter[Event] = TypeAdapter(Event)


def diagnostics_text(text: str) -> str:
    return diagnostics_page(DIAGNOSTICS.validate_json(text)).plain()


def plan_text(text: str) -> str:
    return plan_page(Plan.model_validate_json(text)).plain()


def verbose_plan_text(text: str) -> str:
    return plan_page(Plan.model_validate_json(text), verbose=True).plain()


def plan_in_markdown(text: str) -> str:
    return plan_markdown(Plan.model_validate_json(text))


def history_text(text: str) -> str:
    deployments = json.loads(text)["deployments"]
    return history_page([(one["commit"], Record.model_validate(one["record"])) for one in deployments]).plain()


def deployment_text(text: str) -> str:
    told = json.loads(text)
    plan = told["plan"] and Plan.model_validate(told["plan"])
    report = told["report"] and Report.model_validate(told["report"])
    return deployment_page(told["commit"], Record.model_validate(told["record"]), plan, report).plain()


def drift_text(text: str) -> str:
    return drift_page(Drift.model_validate_json(text)).plain()


def status_text(text: str) -> str:
    return status_page(Status.model_validate_json(text)).plain()


def verbose_status_text(text: str) -> str:
    return status_page(Status.model_validate_json(text), verbose=True).plain()


def platform_text(text: str) -> str:
    return platform_status_page(PlatformStatus.model_validate_json(text)).plain()


def progress_text(text: str) -> str:
    """What an apply says on stderr where that is no terminal, and its last line."""
    stderr = StringIO()
    console = Console(StringIO(), stderr, environ={})
    with progress(console, json=False) as sink:
        for line in text.splitlines():
            event = EVENT.validate_json(line)
            sink.emit(event)
    assert isinstance(event, ApplyFinished)
    summary = apply_summary(event.outcome, event.succeeded, event.failed, event.not_tried, event.elapsed_s)
    return stderr.getvalue() + summary.plain()


VIEWS: list[tuple[str, str, Callable[[str], str]]] = [
    ("diagnostics.json", "diagnostics.txt", diagnostics_text),
    ("plan.json", "plan.txt", plan_text),
    ("plan.json", "plan-verbose.txt", verbose_plan_text),
    ("plan.json", "plan.md", plan_in_markdown),
    ("history.json", "history.txt", history_text),
    ("deployment.json", "deployment.txt", deployment_text),
    ("drift.json", "drift.txt", drift_text),
    ("status.json", "status.txt", status_text),
    ("status.json", "status-verbose.txt", verbose_status_text),
    ("platform.json", "platform.txt", platform_text),
    ("events.jsonl", "progress.txt", progress_text),
]
FOLDERS = sorted((SPECS / "view").iterdir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_view_shows_what_its_golden_file_says(folder: Path, request):
    shown = [(name, golden, view) for name, golden, view in VIEWS if (folder / name).is_file()]
    assert shown, f"{folder} has no input that a view reads"

    for name, golden, view in shown:
        assert_golden(request, folder / golden, view((folder / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted((SPECS / "view").glob("*/*.txt")), ids=lambda path: path.parent.name)
def test_no_golden_file_holds_a_character_that_a_terminal_obeys(path: Path):
    text = path.read_bytes().decode()

    assert [character for character in text if not character.isprintable() and character != "\n"] == []
