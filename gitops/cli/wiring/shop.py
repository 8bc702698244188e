"""Settings in, concrete adapters out."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from gitops import __version__
from gitops.cli.shelf import FolderShelf
from gitops.cli.stopping import Stopping
from gitops.errors import DataFolderError, ErrorCode, UsageError
from gitops.model.desired import Environment, LocalPlatform, TensorOperaPlatform
from gitops.model.field import Traits
from gitops.ports import Baselines, CardArchive, Editor, History, Patient, Platform, Repository
from gitops.sources.ownfolder import own_folder
from gitops.sources.project import FileSource, find_project
from gitops.views.console import ColorMode, Console
from gitops.workflows.edges import Edges

if TYPE_CHECKING:
    from gitops.platforms.local import LocalAdapter
    from gitops.platforms.tensoropera.adapter import TensorOperaAdapter
    from gitops.sources.drafts import FolderDrafts
    from gitops.sources.package import ZipPackager
    from gitops.workflows.recording import Scribe


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
        variables: what `--var` says.
        console: where news go.
        lock_wait_s: how long to wait for a lock that somebody else holds.
    """

    root: Path
    variables: Mapping[str, str]
    console: Console
    lock_wait_s: float = 0.0

    @classmethod
    def open(
        cls, folder: Path | None, variables: Sequence[str], console: Console, *, lock_wait_s: float = 0.0
    ) -> "Shop":
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
        return cls(root, _pairs(variables), console, lock_wait_s)

    @cached_property
    def source(self) -> FileSource:
        """The project's files as they lie here."""
        return self._source_in(self.root)

    def _source_in(self, folder: Path) -> FileSource:
        return FileSource(folder, self.variables, os.environ, earlier=lambda commit: self.repository.files_at(commit))

    @contextmanager
    def edges(self) -> Iterator[Edges]:
        """What planning and applying work with; what they lay out of other commits stays until the end."""
        with ExitStack() as stack:

            def source_at(folder: Path) -> FileSource:
                source = self._source_in(folder)
                stack.callback(source.close)
                return source

            stack.callback(self.source.close)
            yield Edges(self.source, source_at, self.connect, self.traits_of, self.history_of, self.repository)

    @cached_property
    def repository(self) -> Repository:
        """The git repository around the project."""
        from gitops.history.opening import open_repository

        return open_repository(self.root)

    def history_of(self, project: str, name: str, environment: Environment) -> History:
        """The deployment history of an environment.

        Raises:
            UsageError: it names a remote that there is not.
            HistoryError: git is missing, or refuses to work here.
        """
        from gitops.history.opening import open_history

        return open_history(
            self.root,
            project,
            name,
            environment,
            SystemClock(),
            who=self.repository.author(),
            local_folder=self.root / ".gitops" / "local",
            wait_s=self.lock_wait_s,
        )

    def scribe(self) -> "Scribe":
        """Who writes the records of this process's deployments."""
        from gitops.history.opening import run_url
        from gitops.views.words import PlainWords
        from gitops.workflows.recording import Scribe

        return Scribe(PlainWords(), self.repository.author(), __version__, run_url(os.environ))

    @property
    def baselines(self) -> Baselines:
        """Where the baseline of known drift lies."""
        from gitops.sources.baseline import FileBaseline

        return FileBaseline(self.root)

    @property
    def editor(self) -> Editor:
        """What writes live values into the files."""
        from gitops.sources.edits import FileEdits

        return FileEdits(self.root, self.variables, os.environ)

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
    def packager(self) -> "ZipPackager":
        """What packs cards."""
        from gitops.sources.package import ZipPackager

        return ZipPackager()

    def traits_of(self, environment: Environment) -> Traits:
        """What is known of an environment's platform without asking it."""
        from gitops.platforms.traits import traits_of

        return traits_of(environment)

    def connect(self, environment: Environment) -> Platform:
        """The platform of an environment; an embedded one that is not running is started.

        Raises:
            PlatformStartFailed: it did not come up.
            UsageError: its settings name something that cannot be used.
        """
        return self._adapter(environment)

    def patient(self, environment: Environment) -> Patient:
        """The platform of an environment, to be asked how it is."""
        return self._adapter(environment)

    def archive(self, environment: Environment) -> CardArchive | None:
        """Where the model cards of an environment's platform can be had again; None where they cannot."""
        if not isinstance(environment.platform, TensorOperaPlatform):
            return None
        from gitops.platforms.tensoropera.adapter import TensorOperaAdapter

        return TensorOperaAdapter(environment.platform, self.root)

    @property
    def drafts(self) -> "FolderDrafts":
        """Where adopted declarations are written."""
        from gitops.sources.drafts import FolderDrafts

        return FolderDrafts(self.root)

    def _adapter(self, environment: Environment) -> "LocalAdapter | TensorOperaAdapter":
        match environment.platform:
            case LocalPlatform() as settings:
                return self._local(settings)
            case TensorOperaPlatform() as settings:
                from gitops.platforms.tensoropera.adapter import TensorOperaAdapter

                return TensorOperaAdapter(settings, self.root)
            case _:
                assert_never(environment.platform)

    def _local(self, settings: LocalPlatform) -> "LocalAdapter":
        from gitops.platforms.local import LocalAdapter
        from gitops.platforms.transport import Transport

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
