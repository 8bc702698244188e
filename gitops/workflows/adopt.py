"""`import`: what runs on a platform becomes files that declare it as it runs, and ours, so that the plan is empty."""

import posixpath
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from pydantic import TypeAdapter, ValidationError

from gitops.diagnostics import Code, Diagnostic, InputError
from gitops.errors import PlatformError, Rejected, UsageError
from gitops.model.desired import Environment
from gitops.model.live import Absent, Live
from gitops.model.quantity import Name
from gitops.planning.adoption import Document, card_document, endpoint_document
from gitops.ports import CardArchive, Loaded, PushedCard
from gitops.workflows.adoption import Clerk, Where, take_over
from gitops.workflows.choice import choose_environment
from gitops.workflows.edges import Edges

_NAMES: Final = TypeAdapter(Name)


class Drafts(Protocol):
    """Where new declarations are written, by names relative to the project."""

    def refuse_taken(self, names: Sequence[str]) -> None:
        """Refuse to write over what is there, or outside of the project."""

    def inside(self, folder: Path) -> str | None:
        """The name of a folder that is part of the project already; None if it is not."""

    def unmatched(self, names: Sequence[str], patterns: Sequence[str]) -> tuple[str, ...]:
        """Those of the files that none of the patterns finds."""

    def write(self, name: str, content: Mapping[str, Any], remarks: Sequence[str] = ()) -> None:
        """Write a document."""

    def adopt_folder(self, name: str, source: Path) -> None:
        """Let a folder of files be part of the project."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be imported.

    Attributes:
        endpoints: their names.
        workspace: a folder with the card's files, where the platform's package is not to be used; taken as it is where
            it lies in the project, else copied.
        folder: where files are written, relative to the project; empty for the project's own folder.
    """

    endpoints: Sequence[str]
    workspace: Path | None = None
    folder: str = ""

    def name(self, name: str) -> str:
        """A file's name, relative to the project."""
        return posixpath.join(self.folder, name)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import wrote.

    Attributes:
        adopted: the endpoints that are ours from now on.
        deployment: the number of the record that says so; None where all of them were ours before.
        files: relative to the project.
        variables: environment variables that must be set for the files to be read.
        unseen: files that the project's `include` does not find.
        remarks: what must be looked at; it stands in the files too.
        mistakes: what keeps the files from being used as they are.
    """

    adopted: tuple[str, ...]
    deployment: int | None
    files: tuple[str, ...]
    variables: tuple[str, ...]
    unseen: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    mistakes: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class _Card:
    """A model card to be declared.

    Attributes:
        folder: where its files lie, relative to the project.
        files: the folder to copy there; None if they lie there already.
    """

    pushed: PushedCard
    folder: str
    files: Path | None


def adopt(
    edges: Edges,
    archive: Callable[[Environment], CardArchive | None],
    drafts: Drafts,
    environment: str | None,
    wish: Wish,
    clerk: Clerk,
) -> Imported:
    """Make endpoints ours; write the declaration of each that has none, and of its card with its files.

    Raises:
        UsageError: there is no such endpoint, something is in the way, or the files of a card cannot be had.
        InputError: `gitops.yaml` does not say where the platform is.
        PlatformError: the platform cannot be read.
        HistoryError: it cannot be kept that they are ours; files are written first, and importing again goes on.
    """
    chosen = choose_environment(edges.source, environment)
    loaded = edges.source.load(chosen)
    if loaded.environment is None or loaded.project is None:
        raise InputError(loaded.diagnostics)
    for name in wish.endpoints:
        _refuse_name("endpoint", name)
    platform = edges.connect(loaded.environment)
    found = platform.read(wish.endpoints)
    there = [_there(name, found[name]) for name in wish.endpoints]
    history = edges.history_of(loaded.project.name, chosen, loaded.environment)
    history.past(strict=True)
    new = [live for live in there if loaded.desired is None or live.name not in loaded.desired.endpoints]
    written = _write(archive(loaded.environment), drafts, wish, loaded, new)
    again = edges.source.load(chosen)
    where = Where(
        loaded.project.name, chosen, platform.identity(), edges.repository.state(), loaded.environment.protect
    )
    adopted, number = take_over(history, where, there, again.desired, clerk)
    return replace(written, adopted=adopted, deployment=number, mistakes=_mistakes(again, written.files))


def _write(archive: CardArchive | None, drafts: Drafts, wish: Wish, loaded: Loaded, there: Sequence[Live]) -> Imported:
    """Write the documents of endpoints that are not declared yet."""
    assert loaded.project is not None
    known = set(loaded.desired.cards) if loaded.desired else set()
    models = sorted({live.model for live in there} - known)
    for model in models:
        _refuse_name("model card", model)
    files = _files_of(wish, there, models)
    taken = drafts.inside(wish.workspace) if wish.workspace else None
    drafts.refuse_taken([*files, *(wish.name(model) for model in models if taken is None)])
    with tempfile.TemporaryDirectory(prefix="gitops-import-") as scratch:
        cards = _Cards(archive, wish, taken, Path(scratch)).of(models)
        documents = _documents(wish, there, cards)
        for card in cards:
            if card.files is not None:
                drafts.adopt_folder(card.folder, card.files)
        for name, document in documents.items():
            drafts.write(name, document.content, document.remarks)
    return Imported(
        adopted=(),
        deployment=None,
        files=(*files, *(card.folder for card in cards if card.files is not None)),
        variables=tuple(dict.fromkeys(name for document in documents.values() for name in document.variables)),
        unseen=drafts.unmatched(files, loaded.project.include),
        remarks=tuple(f"{name}: {remark}" for name, document in documents.items() for remark in document.remarks),
    )


def _refuse_name(kind: str, name: str) -> None:
    try:
        _NAMES.validate_python(name)
    except ValidationError:
        raise UsageError(
            f"{kind} {name} cannot be declared: names in files are lower-case letters, digits and hyphens, at most 63",
            hint="create it anew under such a name, and move its users there",
        ) from None


def _there(name: str, live: Live | Absent) -> Live:
    if isinstance(live, Absent):
        raise UsageError(f"there is no endpoint {name} on the platform", hint="the console lists them: Endpoints")
    if live.busy:
        raise UsageError(
            f"endpoint {name} is changing right now ({live.raw_status or live.phase})",
            hint="import it when it has come to rest",
        )
    if live.version is None:
        raise UsageError(f"endpoint {name} has never served a version, so there is nothing to declare")
    if live.replicas < 1:
        raise UsageError(
            f"endpoint {name} has no replica, so there is nothing to declare", hint="let it have one in the console"
        )
    return live


def _files_of(wish: Wish, there: Sequence[Live], models: Sequence[str]) -> tuple[str, ...]:
    """The documents that are written."""
    endpoints = (f"endpoints/{live.name}.yaml" for live in there)
    return tuple(map(wish.name, (*endpoints, *(f"models/{model}.yaml" for model in models))))


@dataclass(frozen=True, slots=True)
class _Cards:
    """Gets the configuration and the files of model cards.

    Attributes:
        taken: the name of the wished workspace, where it is part of the project already.
        scratch: an empty folder.
    """

    archive: CardArchive | None
    wish: Wish
    taken: str | None
    scratch: Path

    def of(self, models: Sequence[str]) -> list[_Card]:
        """Every card, with everything that is needed to write it.

        Raises:
            UsageError, PlatformError: it cannot be had.
        """
        if self.wish.workspace is not None and len(models) > 1:
            hint = "import endpoints of one card at a time"
            raise UsageError("--workspace is the folder of one model card", hint=hint)
        return [self._card(model) for model in models]

    def _card(self, model: str) -> _Card:
        pushed = self._pushed(model)
        if self.wish.workspace is None:
            return _Card(pushed, self.wish.name(model), self._fetched(pushed))
        if not self.wish.workspace.is_dir():
            raise UsageError(f"--workspace {self.wish.workspace} is no folder")
        if self.taken is not None:
            return _Card(pushed, self.taken, None)
        return _Card(pushed, self.wish.name(model), self.wish.workspace)

    def _pushed(self, model: str) -> PushedCard:
        if self.archive is None:
            problem = f"this platform hands out neither configuration nor files of model card {model}"
        elif pushed := self.archive.pushed_card(model):
            return pushed
        else:
            problem = f"the platform does not list model card {model}"
        raise UsageError(problem, hint="declare the model card first: kind: ModelCard; then import its endpoints")

    def _fetched(self, pushed: PushedCard) -> Path:
        assert self.archive is not None, "the card came from there"
        folder = self.scratch / pushed.model
        folder.mkdir()
        try:
            self.archive.fetch_package(pushed, folder)
        except PlatformError as fault:
            raise Rejected(fault.message, hint="name the folder with its files: --workspace DIR") from fault
        return folder


def _documents(wish: Wish, there: Sequence[Live], cards: Sequence[_Card]) -> dict[str, Document]:
    """File -> what stands in it."""
    documents = {wish.name(f"endpoints/{live.name}.yaml"): endpoint_document(live) for live in there}
    for card in cards:
        name = wish.name(f"models/{card.pushed.model}.yaml")
        workspace = posixpath.relpath(card.folder, posixpath.dirname(name))
        served = {live.version for live in there if live.model == card.pushed.model and live.version}
        documents[name] = card_document(card.pushed, workspace, served)
    return documents


def _mistakes(loaded: Loaded, files: Sequence[str]) -> tuple[Diagnostic, ...]:
    """What is wrong with the files that were written; a variable that is not set yet is not."""
    return tuple(
        found
        for found in loaded.diagnostics
        if found.is_error and found.place and found.place.file in files and found.code is not Code.ENV_NOT_SET
    )
