"""What people and programs are shown: views in, console out."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

from gitops.diagnostics import Diagnostic
from gitops.engine.result import GOOD
from gitops.errors import GitopsError
from gitops.model.checkup import Checkup
from gitops.model.drift import Drift
from gitops.model.event import ApplyFinished, Outcome
from gitops.model.log import LogLine
from gitops.model.plan import Plan
from gitops.model.record import Record
from gitops.model.report import Report
from gitops.model.snapshot import Snapshot
from gitops.model.status import PlatformStatus, Status
from gitops.ports import DeploymentDetail, EventSink
from gitops.views.checkup import checkup_json, checkup_page
from gitops.views.console import Console
from gitops.views.deployment import deployment_json, deployment_page
from gitops.views.diagnostics import diagnostics_json, diagnostics_page
from gitops.views.drift import drift_json, drift_page
from gitops.views.encode import as_json_line
from gitops.views.errors import error_json, error_page
from gitops.views.history import history_json, history_page
from gitops.views.logs import LogColumns, logs_json
from gitops.views.plan import plan_json, plan_page
from gitops.views.plan_markdown import plan_markdown
from gitops.views.progress import apply_summary, progress
from gitops.views.report import report_json, report_markdown, snapshot_json
from gitops.views.status import platform_status_json, platform_status_page, status_json, status_page

if TYPE_CHECKING:
    from gitops.workflows.carrying import Applied


class Screen:
    """What people and programs are shown: each thing as a page, or as JSON where that was asked for.

    Args:
        console: the streams.
        json: whether results and errors are JSON.
    """

    def __init__(self, console: Console, *, json: bool) -> None:
        self.console = console
        self.json = json

    def diagnostics(self, diagnostics: Sequence[Diagnostic]) -> None:
        """The result of `validate`."""
        if self.json:
            self.console.data(diagnostics_json(diagnostics))
        elif any(diagnostic.is_error for diagnostic in diagnostics):
            self.console.error(diagnostics_page(diagnostics))
        elif diagnostics:
            self.console.news(diagnostics_page(diagnostics))
        else:
            self.console.result("The files are valid.")

    def error(self, error: GitopsError) -> None:
        """An error that ends the command; all diagnostics where the files are to blame."""
        if self.json:
            self.console.data(error_json(error))
        else:
            self.console.error(error_page(error))

    def plan(self, plan: Plan, *, markdown: bool = False) -> None:
        """A plan, the same for `plan` and for the question of `apply`."""
        self.notes(plan.notes)
        if self.json:
            self.console.data(plan_json(plan))
        elif markdown:
            self.console.data(plan_markdown(plan))
        else:
            self.console.result(plan_page(plan, verbose=self.console.verbose))

    def notes(self, notes: Sequence[str]) -> None:
        """What must be known of the history that something relies on."""
        for note in notes:
            self.console.news(note)

    def history(self, found: Sequence[tuple[str, Record]], endpoint: str | None, *, running: bool) -> None:
        """The deployments, newest first."""
        if self.json:
            self.console.data(history_json(found, endpoint=endpoint))
        else:
            self.console.result(history_page(found, endpoint=endpoint, running=running))

    def deployment(self, detail: DeploymentDetail, *, running: bool) -> None:
        """Everything about one deployment."""
        commit, record = detail.deployment.commit, detail.deployment.record
        if self.json:
            self.console.data(deployment_json(commit, record, detail.plan, detail.report))
        else:
            self.console.result(deployment_page(commit, record, detail.plan, detail.report, running=running))

    def drift(self, drift: Drift) -> None:
        """What moved away from what was applied."""
        self.notes(drift.notes)
        if self.json:
            self.console.data(drift_json(drift))
        else:
            self.console.result(drift_page(drift))

    def status(self, status: Status) -> None:
        """What runs."""
        if self.json:
            self.console.data(status_json(status))
        else:
            self.console.result(status_page(status, verbose=self.console.verbose))

    def platform(self, status: PlatformStatus) -> None:
        """Whether the embedded platform runs."""
        if self.json:
            self.console.data(platform_status_json(status))
        else:
            self.console.result(platform_status_page(status))

    def snapshot(self, snapshot: Snapshot) -> None:
        """An observation; always JSON."""
        self.console.data(snapshot_json(snapshot))

    def report(self, report: Report) -> None:
        """What two snapshots say."""
        self.console.data(report_json(report) if self.json else report_markdown(report))

    def logs(self) -> Callable[[Sequence[LogLine]], None]:
        """Where lines of output go, one portion after the other."""
        columns = LogColumns()

        def show(lines: Sequence[LogLine]) -> None:
            if lines and self.json:
                self.console.data(logs_json(lines))
            elif lines:
                self.console.result(columns.page(lines))

        return show

    def progress(self) -> AbstractContextManager[EventSink]:
        """A sink for the events of an apply."""
        return progress(self.console, json=self.json)

    def unchanged(self, now: datetime) -> None:
        """An apply that had nothing to do; people have seen the plan, programs get the one event."""
        if self.json:
            self.console.data(
                as_json_line(
                    ApplyFinished(at=now, outcome=Outcome.UNCHANGED, elapsed_s=0.0, succeeded=0, failed=0, not_tried=0)
                )
            )

    def applied(self, applied: "Applied") -> None:
        """The last words of an apply; with JSON its last event has said them."""
        result = applied.result
        assert result is not None
        if not self.json:
            outcomes = [step.outcome for step in result.steps]
            good = sum(outcome in GOOD for outcome in outcomes)
            not_tried = outcomes.count(Outcome.NOT_TRIED) + outcomes.count(Outcome.INTERRUPTED)
            failed = len(outcomes) - good - not_tried
            self.console.result(apply_summary(result.outcome, good, failed, not_tried, applied.elapsed_s))
        if applied.record is not None and applied.unkept is None:
            number = applied.record.number
            self.console.news(f"This is deployment {number}; gitops show {number} tells all of it.")
        if applied.lost is not None:
            self.console.news(f"There is no snapshot from after this apply: {applied.lost.message}")
        if applied.unkept is not None:
            self.error(applied.unkept)

    def checkup(self, checkup: Checkup) -> None:
        """What `doctor` has found."""
        if self.json:
            self.console.data(checkup_json(checkup))
        else:
            self.console.result(checkup_page(checkup))
