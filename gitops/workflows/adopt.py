"""`import`: what runs on a platform becomes files that declare it as it runs, so that the plan after it is empty."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gitops.diagnostics import InputError
from gitops.errors import PlatformError, Rejected, UsageError
from gitops.model.desired import Environment
from gitops.model.live import Absent, Live
from gitops.model.quantity import is_name
from gitops.planning.adoption import Document, card_document, endpoint_document
from gitops.ports import CardArchive, Connect, PushedCard, Source
from gitops.workflows.choice import choose_environment


class Drafts(Protocol):
    """Where new declarations are written, by names relative to the project."""

    def refuse_taken(self, names: Sequence[str]) -> None:
        """Refuse to write over what is there."""

    def write(self, name: str, content: Mapping[str, Any], remarks: Sequence[str] = ()) -> None:
        """Write a document."""

    def adopt_folder(self, name: str, source: Path) -> None:
        """Let a folder of files be part of the project."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be imported.

    Attributes:
        endpoints: their names.
        workspace: a folder with the card's files, where the platform's package is not to be used.
        folder: where files are written, relative to the project; empty for the project's own folder.
    """

    endpoints: Sequence[str]
    workspace: Path | None = None
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import wrote.

    Attributes:
        files: relative to the project.
        variables: environment variables that must be set for the files to be read.
        unseen: endpoints that the project's `include` does not find.
    """

    files: tuple[str, ...]
    variables: tuple[str, ...]
    unseen: tuple[str, ...]


def adopt(
    source: Source,
    connect: Connect,
    archive: Callable[[Environment], CardArchive | None],
    drafts: Drafts,
    environment: str | None,
    wish: Wish,
) -> Imported:
    """Write an endpoint's declaration, and that of its card with its files, for each that is wished.

    Raises:
        UsageError: there is no such endpoint, something is in the way, or the files of a card cannot be had.
        InputError: `gitops.yaml` does not say where the platform is.
        PlatformError: the platform cannot be read.
    """
    chosen = choose_environment(source, environment)
    loaded = source.load(chosen)
    if loaded.environment is None:
        raise InputError(loaded.diagnostics)
    found = connect(loaded.environment).read(wish.endpoints)
    there = [_there(name, found[name]) for name in wish.endpoints]
    known = set(loaded.desired.cards) if loaded.desired else set()
    models = sorted({live.model for live in there} - known)
    if wish.workspace is not None and len(models) > 1:
        raise UsageError("--workspace is the folder of one model card", hint="import endpoints of one card at a time")
    drafts.refuse_taken(_names(wish, there, models))
    cards = archive(loaded.environment)
    with tempfile.TemporaryDirectory(prefix="gitops-import-") as scratch:
        folders = {model: _files(cards, model, wish, Path(scratch)) for model in models}
        documents = _write(drafts, wish, there, folders)
    variables = tuple(dict.fromkeys(name for document in documents for name in document.variables))
    again = source.load(chosen).desired
    # Where a variable is not set yet the files cannot be read, and nothing can be said of them.
    unseen = [live.name for live in there if again is not None and live.name not in again.endpoints]
    return Imported(_names(wish, there, models), variables, tuple(unseen))


def _there(name: str, live: Live | Absent) -> Live:
    """An endpoint that can be declared; its names become names of files, so they must be names of ours."""
    if isinstance(live, Absent):
        raise UsageError(f"there is no endpoint {name} on the platform", hint="the console lists them: Endpoints")
    if live.version is None or live.doubtful:
        raise UsageError(
            f"it is not known which version endpoint {name} serves ({live.raw_status or live.phase})",
            hint="wait until nothing is at work on it, or put a version on it in the console",
        )
    for noun, text in (("endpoint", live.name), ("model card", live.model)):
        if not is_name(text):
            raise UsageError(
                f"{noun} {text!r} cannot be declared: a name is lower-case letters, digits and hyphens, at most 63",
                hint="push the card under another name, and let the endpoint be a new one that serves it",
            )
    return live


def _names(wish: Wish, there: Sequence[Live], models: Sequence[str]) -> tuple[str, ...]:
    """Everything that is written."""
    names = [f"endpoints/{live.name}.yaml" for live in there]
    names += [name for model in models for name in (f"models/{model}.yaml", model)]
    return tuple(f"{wish.folder}/{name}" if wish.folder else name for name in names)


@dataclass(frozen=True, slots=True)
class _Card:
    pushed: PushedCard | None
    files: Path


def _files(cards: CardArchive | None, model: str, wish: Wish, scratch: Path) -> _Card:
    """A card's configuration and the folder with its files."""
    pushed = cards.pushed_card(model) if cards else None
    if wish.workspace is not None:
        if not wish.workspace.is_dir():
            raise UsageError(f"--workspace {wish.workspace} is no folder")
        return _Card(pushed, wish.workspace)
    hint = "name the folder with its files: --workspace DIR"
    if cards is None:
        raise UsageError(f"this platform does not hand out the files of model card {model}", hint=hint)
    if pushed is None:
        raise UsageError(f"the platform does not list model card {model}", hint=hint)
    folder = scratch / model
    folder.mkdir()
    try:
        cards.fetch_package(pushed, folder)
    except PlatformError as fault:
        raise Rejected(fault.message, hint=hint) from fault
    return _Card(pushed, folder)


def _write(drafts: Drafts, wish: Wish, there: Sequence[Live], cards: Mapping[str, _Card]) -> list[Document]:
    base = f"{wish.folder}/" if wish.folder else ""
    written: list[Document] = []
    for model, card in cards.items():
        config = card.pushed.config if card.pushed else {}
        hidden = card.pushed.from_environment if card.pushed else ()
        document = card_document(model, config, hidden, f"../{model}")
        drafts.adopt_folder(f"{base}{model}", card.files)
        drafts.write(f"{base}models/{model}.yaml", document.content, document.remarks)
        written.append(document)
    for live in there:
        document = endpoint_document(live)
        drafts.write(f"{base}endpoints/{live.name}.yaml", document.content, document.remarks)
        written.append(document)
    return written
