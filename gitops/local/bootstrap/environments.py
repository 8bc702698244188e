"""What every version runs in: each bootstrap runs once, and whoever asks for it waits for that one run."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gitops.errors import GitopsError, Unreachable
from gitops.local.bootstrap.making import BootstrapFailed, Making, venv_program
from gitops.local.bootstrap.venv import Environment, Outcome, Place, without_bootstrap
from gitops.local.state import Version
from gitops.model.card import CardSpec
from gitops.model.trouble import BootstrapState, LiveBootstrap

Key = tuple[str, str]
"""A model and the name of its version."""


@dataclass(slots=True, eq=False)
class _Run:
    """A bootstrap that is under way.

    Attributes:
        began: by the monotonic clock.
        waiting: who waits for it; when nobody does any more, it is ended.
    """

    task: "asyncio.Task[Environment]"
    began: float
    waiting: int = 0
    ending: bool = False

    def end(self) -> None:
        """Stop it; asked again, the same stop goes on."""
        if not self.ending:
            self.ending = True
            self.task.cancel()


@dataclass(slots=True, eq=False)
class Environments:
    """What the replicas of every version run with; used by one event loop.

    Attributes:
        root: the folder of all virtual environments; made when the first is.
        data: the data folder; it stands in every process's environment.
        monotonic: the clock that times a bootstrap.
        venv_program: what makes a virtual environment in a folder.
    """

    root: Path
    data: Path
    monotonic: Callable[[], float]
    venv_program: Callable[[Path], Sequence[str]] = venv_program
    _runs: dict[Key, _Run] = field(default_factory=dict, init=False)
    _outcomes: dict[Key, Outcome] = field(default_factory=dict, init=False)
    _closed: bool = field(default=False, init=False)

    async def prepare(self, version: Version, package: Path) -> Environment:
        """What the version runs with, at once where that is there; else its bootstrap runs, or is waited for.

        A bootstrap that failed runs again. One that nobody waits for any more, because all who did were cancelled, is
        ended.

        Args:
            package: the version's files; they are copied, never changed.

        Raises:
            BootstrapFailed: it failed; the same for all who waited.
            DataFolderError: there is no space, or the folder cannot be written.
            Unreachable: the platform goes down.
        """
        spec = CardSpec.model_validate(version.config)
        if not _has_bootstrap(spec):
            return without_bootstrap(package)
        run = await self._current(version)
        if run is None:
            finished = self._place(version).finished(version)
            if finished is not None:
                return finished
            run = self._begin(version, spec, package)
        run.waiting += 1
        try:
            await asyncio.wait({run.task})
        finally:
            run.waiting -= 1
            if run.waiting == 0 and not run.task.done():
                run.end()
        if run.task.cancelled():
            raise Unreachable("the platform goes down, and the bootstrap was ended")
        return run.task.result()

    def standing(self, version: Version) -> LiveBootstrap | None:
        """How the version's bootstrap stands; None if it has none, or it was never run to an end."""
        if not version.config.get("bootstrap"):
            return None
        key, place = (version.model, version.name), self._place(version)
        run = self._runs.get(key)
        if run is not None:
            seconds = self.monotonic() - run.began
            return LiveBootstrap(
                version=version.name, state=BootstrapState.RUNNING, seconds=seconds, log=str(place.log)
            )
        outcome = self._outcomes.get(key) or place.outcome(version)
        if outcome is None:
            return None
        self._outcomes[key] = outcome
        return LiveBootstrap(
            version=version.name,
            state=outcome.state,
            seconds=outcome.seconds,
            log=str(place.log),
            reason=outcome.reason,
            last_lines=outcome.last_lines,
        )

    async def close(self) -> None:
        """End the bootstraps that run, with everything that they started; none begins any more."""
        self._closed = True
        for run in self._runs.values():
            run.end()
        if self._runs:
            await asyncio.wait([run.task for run in self._runs.values()])

    def _place(self, version: Version) -> Place:
        return Place(self.root / version.model / version.name)

    async def _current(self, version: Version) -> _Run | None:
        """The run that can be waited for; one that is being ended is first let end."""
        while (run := self._runs.get((version.model, version.name))) is not None and run.ending:
            await asyncio.wait({run.task})
        if self._closed:
            raise Unreachable("the platform goes down; no bootstrap begins any more")
        return run

    def _begin(self, version: Version, spec: CardSpec, package: Path) -> _Run:
        key = (version.model, version.name)
        self._outcomes.pop(key, None)
        making = Making(version, spec, self._place(version), self.data, self.monotonic, self.venv_program)
        task = asyncio.create_task(self._make(making, package), name=f"bootstrap of {version.model} {version.name}")
        run = self._runs[key] = _Run(task, self.monotonic())
        task.add_done_callback(lambda _: self._forget(key))
        return run

    def _forget(self, key: Key) -> None:
        """It has ended; that it failed may be of interest to nobody, which is no reason for a word in the log."""
        task = self._runs.pop(key).task
        if not task.cancelled():
            task.exception()

    async def _make(self, making: Making, package: Path) -> Environment:
        began = self.monotonic()
        try:
            return await making.make(package)
        except GitopsError as fault:
            self._note_failure(making, self.monotonic() - began, fault)
            raise

    def _note_failure(self, making: Making, seconds: float, fault: GitopsError) -> None:
        reason: str = fault.message
        lines: tuple[str, ...] = ()
        if isinstance(fault, BootstrapFailed):
            reason, lines = fault.reason, fault.last_lines
        outcome = Outcome(
            state=BootstrapState.FAILED,
            digest=making.version.digest,
            folder=str(making.place.folder),
            seconds=seconds,
            reason=reason,
            last_lines=lines,
        )
        self._outcomes[making.version.model, making.version.name] = outcome
        # Where it cannot be written, it is known for the life of this platform.
        with suppress(OSError):
            making.place.keep(outcome)


def _has_bootstrap(spec: CardSpec) -> bool:
    return bool(spec.bootstrap and spec.bootstrap.strip())
