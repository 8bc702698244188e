"""The composition root: settings in, concrete adapters out. The only module that names adapters."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from gitops.cli.shelf import FolderShelf
from gitops.cli.stopping import Stopping
from gitops.diagnostics import Diagnostic
from gitops.engine.result import GOOD, Result
from gitops.errors import DataFolderError, ErrorCode, GitopsError, UsageError
from gitops.model.desired import Environment
from gitops.model.event import ApplyFinished, Outcome
from gitops.model.field import Traits
from gitops.model.log import LogLine
from gitops.model.plan import Plan
from gitops.model.report import Report
from gitops.model.snapshot import Snapshot
from gitops.model.status import PlatformStatus, Status
from gitops.ports import EventSink, Platform
from gitops.sources.ownfolder import own_folder
from gitops.sources.package import ZipPackager
from gitops.sources.project import FileSource, find_project
from gitops.views.console import ColorMode, Console
from gitops.views.diagnostics import diagnostics_json, diagnostics_page
from gitops.views.encode import as_json_line
from gitops.views.errors import error_json, error_page
from gitops.views.logs import LogColumns, logs_json
from gitops.views.plan import plan_json, plan_page
from gitops.views.progress import apply_summary, progress
from gitops.views.report import report_json, report_markdown, snapshot_json
from gitops.views.status import platform_status_json, platform_status_page, status_json, status_page


class SystemClock:
    """The real clock; a sleep ends early when a stop is asked for."""

    def __init__(self, wait: Callable[[float], None] = time.sleep) -> None:
        self._wait = wait

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._wait(seconds)


def open_console(*, color: str, quiet: bool, verbose: bool) -> Console:
    """The console of this process.

    Raises:
        UsageError: there is no such colour mode.
    """
    try:
        mode = ColorMode(color)
    except ValueError as fault:
        raise UsageError(f"--color is auto, always or never, not {color!r}") from fault
    return Console(sys.stdout, sys.stderr, color=mode, environ=os.environ, quiet=quiet, verbose=verbose)


@dataclass(frozen=True)
class Shop:
    """The adapters of one project.

    Attributes:
        root: the folder of `gitops.yaml`.
        console: where news go.
    """

    root: Path
    source: FileSource
    console: Console

    @classmethod
    def open(cls, folder: Path | None, variables: Sequence[str], console: Console) -> "Shop":
        """The project in or above a folder.

        Raises:
            UsageError: there is none, or a `--var` is not NAME=VALUE.
        """
        start = (folder or Path.cwd()).resolve()
        root = find_project(start)
        if root is None:
            raise UsageError(
                f"there is no gitops.yaml in {start} or above it",
                hint="go to the project's folder, or name it: --project DIR",
            )
        return cls(root, FileSource(root, _pairs(variables), os.environ), console)

    @cached_property
    def own_folder(self) -> Path:
        """`.gitops`, made with a .gitignore of its own.

        Raises:
            DataFolderError: it cannot be made or written.
        """
        try:
            return own_folder(self.root)
        except OSError as fault:
            raise DataFolderError(
                f"the project's own folder {self.root / '.gitops'} cannot be made: {fault.strerror}",
                hint="gitops keeps its platform and its snapshots there: let it be a folder that can be written",
            ) from fault

    @property
    def shelf(self) -> FolderShelf:
        """Where snapshots of applies lie."""
        return FolderShelf(self.own_folder)

    @property
    def packager(self) -> ZipPackager:
        """What packs cards."""
        return ZipPackager()

    def traits_of(self, environment: Environment) -> Traits:
        """What is known of an environment's platform without asking it."""
        from gitops.platforms.traits import traits_of

        return traits_of(environment)

    def connect(self, environment: Environment) -> Platform:
        """The platform of an environment; an embedded one that is not running is started.

        Raises:
            PlatformStartFailed: it did not come up.
        """
        from gitops.platforms.local import LocalAdapter
        from gitops.platforms.transport import Transport

        settings = environment.platform
        if settings.url is not None:
            key = settings.api_key.reveal() if settings.api_key else None
            return LocalAdapter(Transport(settings.url, key, advice="is the platform running there?"), key)
        url, key = self._embedded()
        return LocalAdapter(Transport(url, key, advice="gitops platform status tells whether it runs"), key)

    def reach(self, environment: Environment) -> Platform | None:
        """The embedded platform at the address that it has now; None if it does not run, or never moves."""
        if environment.platform.url is not None:
            return None
        refuse_unsupported_system()
        from gitops.local.daemon import running
        from gitops.local.folder import DataFolder

        return self.connect(environment) if running(DataFolder(self.own_folder / "local")) else None

    def _embedded(self) -> tuple[str, str]:
        refuse_unsupported_system()
        from gitops.local.daemon import up
        from gitops.local.folder import DataFolder

        folder = DataFolder(self.own_folder / "local")
        record, started = up(folder)
        if started:
            self.console.news(f"started the embedded platform at {record.url}; gitops platform down ends it")
        return record.url, folder.api_key()


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

    def plan(self, plan: Plan) -> None:
        """A plan, the same for `plan` and for the question of `apply`."""
        if self.json:
            self.console.data(plan_json(plan))
        else:
            self.console.result(plan_page(plan))

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

    def applied(self, result: Result, elapsed_s: float) -> None:
        """The last words of an apply; with JSON its last event has said them."""
        if self.json:
            return
        outcomes = [step.outcome for step in result.steps]
        good = sum(outcome in GOOD for outcome in outcomes)
        not_tried = outcomes.count(Outcome.NOT_TRIED) + outcomes.count(Outcome.INTERRUPTED)
        failed = len(outcomes) - good - not_tried
        self.console.result(apply_summary(result.outcome, good, failed, not_tried, elapsed_s))


def refuse_unsupported_system() -> None:
    """Refuse kind `local` where it cannot run.

    Raises:
        UsageError: `unsupported-system`.
    """
    if sys.platform == "win32":
        raise UsageError(
            "the embedded platform runs on Linux and macOS, not on Windows",
            hint="name a running platform instead: platform: {kind: local, url: ...}",
            code=ErrorCode.UNSUPPORTED_SYSTEM,
        )


def new_clock(stopping: Stopping | None = None) -> SystemClock:
    """The clock of this process."""
    return SystemClock(stopping.wait if stopping else time.sleep)


def _pairs(variables: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in variables:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--var takes NAME=VALUE, not {text!r}")
        pairs[name] = value
    return pairs
