"""Packages that lie elsewhere: each is fetched once, when a replica of its version is first prepared, as agents do it.

A package that this platform keeps itself is read where it lies.
"""

import asyncio
import logging
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from gitops.errors import DataFolderError, ErrorCode, Unreachable
from gitops.local.bootstrap.unprepared import Unprepared
from gitops.local.state import Source, Version
from gitops.local.store.packages import Packages
from gitops.local.tensoropera.threads import in_thread
from gitops.local.tensoropera.unzip import Bounds, BrokenPackage, unzip

_CHUNK: Final = 1 << 20
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a package may take, in s.

    Attributes:
        connect: until somebody answers.
        silence: between two pieces.
        total: for all of it.
    """

    connect: float = 10.0
    silence: float = 30.0
    total: float = 600.0


@dataclass(slots=True, eq=False)
class _Run:
    """A fetch that is under way, and how many wait for it; when nobody does any more, it is ended."""

    task: "asyncio.Task[Path]"
    waiting: int = 0
    ending: bool = False


@dataclass(slots=True, eq=False)
class Fetching:
    """Where every version's files lie; used by one event loop.

    Attributes:
        packages: where they are put.
        drafts: a folder for what is not whole yet; what is in it at a start is removed.
        kept: the file of a package that this platform keeps itself, by its URL; None for any other one.
    """

    packages: Packages
    drafts: Path
    kept: Callable[[str], Path | None]
    bounds: Bounds = field(default_factory=Bounds)
    patience: Patience = field(default_factory=Patience)
    _runs: dict[Path, _Run] = field(default_factory=dict, init=False)
    _closed: bool = field(default=False, init=False)

    async def folder(self, version: Version) -> Path:
        """The version's files, fetched now if they are not here yet; whoever asks meanwhile waits for the one fetch.

        Raises:
            Unprepared: the package cannot be had, or cannot be used.
            DataFolderError: there is no space.
            Unreachable: the platform goes down.
        """
        folder = self.packages.of(version)
        while (run := self._runs.get(folder)) is not None and run.ending:
            await asyncio.wait({run.task})
        if version.source is None or folder.is_dir():
            return folder
        if self._closed:
            raise Unreachable("the platform goes down; no package is fetched any more")
        run = run or self._begin(version, version.source, folder)
        run.waiting += 1
        try:
            await asyncio.wait({run.task})
        finally:
            run.waiting -= 1
            if run.waiting == 0 and not run.task.done():
                run.ending = run.task.cancel()
        if run.task.cancelled():
            raise Unreachable("the platform goes down, and the fetch of a package was ended")
        return run.task.result()

    async def close(self) -> None:
        """End the fetches that are under way; none begins any more."""
        self._closed = True
        tasks = [run.task for run in self._runs.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _begin(self, version: Version, source: Source, folder: Path) -> _Run:
        name = f"package of {version.model} {version.name}"
        task = asyncio.create_task(self._fetch(version, source, folder), name=name)
        run = self._runs[folder] = _Run(task)
        task.add_done_callback(lambda _: self._forget(folder))
        return run

    def _forget(self, folder: Path) -> None:
        """It has ended; that it failed may be of interest to nobody, which is no reason for a word in the log."""
        task = self._runs.pop(folder).task
        if not task.cancelled():
            task.exception()

    async def _fetch(self, version: Version, source: Source, folder: Path) -> Path:
        draft, task = self.drafts / f".{uuid.uuid4().hex}", asyncio.current_task()
        try:
            draft.mkdir()
            archive = self.kept(source.url)
            if archive is None:
                archive = draft / "archive"
                await self._download(source.url, archive)
            files = draft / "files"
            files.mkdir()
            await in_thread(unzip, archive, files, self.bounds, lambda: task is None or not task.cancelling())
            _check_entry(version, files)
            files.rename(folder)
            _LOG.info("fetched the package of %s %s", version.model, version.name)
            return folder
        except BrokenPackage as fault:
            raise _unusable(version, str(fault)) from fault
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise _unusable(version, _words(fault)) from fault
        except OSError as fault:
            raise DataFolderError(
                f"the package of {version.model} {version.name} cannot be kept: {fault.strerror or fault}",
                hint="free some space, or choose another data folder",
                code=ErrorCode.DATA_FOLDER_FULL,
            ) from fault
        finally:
            await in_thread(shutil.rmtree, draft, ignore_errors=True)

    async def _download(self, url: str, into: Path) -> None:
        """Write what lies at a URL into a file.

        Raises:
            BrokenPackage: it is not there, or too large.
            ClientError, TimeoutError: nobody answers, or not in time.
        """
        patience = self.patience
        timeout = aiohttp.ClientTimeout(patience.total, sock_connect=patience.connect, sock_read=patience.silence)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            if answer.status != 200:
                raise BrokenPackage(f"it is not there: its server answers with status {answer.status}")
            left = self.bounds.archive
            with into.open("xb") as sink:
                async for chunk in answer.content.iter_chunked(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise BrokenPackage(f"it is larger than {self.bounds.archive} bytes")
                    await asyncio.to_thread(sink.write, chunk)


def _check_entry(version: Version, files: Path) -> None:
    entry = version.config.get("entry_point")
    if isinstance(entry, str) and entry and not (files / entry).is_file():
        raise BrokenPackage(f"it has no file {entry}, which is the card's entry_point")


def _unusable(version: Version, why: str) -> Unprepared:
    reason = f"the package of {version.model} {version.name} cannot be used: {why}"
    return Unprepared(reason, "give the card a new version with a modelUrl that can be read", reason=reason)


def _words(fault: Exception) -> str:
    """What went wrong on the way, without the URL: it may carry a permission."""
    match fault:
        case TimeoutError():
            return "its server did not send it in time"
        case aiohttp.ClientConnectorError():
            return f"its server cannot be reached ({fault.os_error.strerror or 'no connection'})"
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError() | aiohttp.TooManyRedirects():
            return "its URL leads nowhere"
        case _:
            return f"it broke off on its way ({type(fault).__name__})"
