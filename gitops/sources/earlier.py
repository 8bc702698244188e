"""Reads model cards as they were at another commit: the same reading on another folder, only what one card needs."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from gitops.diagnostics import Diagnostic
from gitops.errors import GitopsError
from gitops.model.card import CardContent
from gitops.model.desired import ModelCard
from gitops.sources.cards import Cards, card_content
from gitops.sources.documents import Documents, read_documents, valid
from gitops.sources.findings import Findings
from gitops.sources.hashes import HashCache
from gitops.sources.projectfile import FILE_NAME, Outside, read_project
from gitops.sources.repository import enclosing_repository

FilesAt = Callable[[str], AbstractContextManager[Path]]
"""A commit -> the project's folder as it was then, there while the context lasts; raises `GitopsError`."""

COMMIT: Final = "commit:"


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a commit gives no card, as the end of a sentence about it, and what to do."""

    reason: str
    hint: str


@dataclass(slots=True)
class Folders:
    """The project's folder at commits that were asked for: each is laid out once, and stays until `close`.

    Attributes:
        at: None where there is no git to ask.
    """

    at: FilesAt | None
    _stack: ExitStack = field(default_factory=ExitStack)
    _known: dict[str, Path | Unusable] = field(default_factory=dict)

    def folder(self, commit: str) -> Path | Unusable:
        """The project's folder at a commit; or why there is none."""
        if commit not in self._known:
            self._known[commit] = self._laid_out(commit)
        return self._known[commit]

    def close(self) -> None:
        """Let the folders go; what is asked for later is laid out again."""
        self._known.clear()
        self._stack.close()

    def _laid_out(self, commit: str) -> Path | Unusable:
        if self.at is None:
            return Unusable("cannot be read: the project is in no git repository", "git init, or name another version")
        try:
            return self._stack.enter_context(self.at(commit)).resolve()
        except GitopsError as fault:
            return Unusable(
                f"cannot be used: {fault.message}", fault.hint or "name another commit, or version: current"
            )


@dataclass(slots=True)
class EarlierCards:
    """The model cards of one load that are named by a commit; each is read once, however many endpoints name it.

    Attributes:
        environment: the one of the load. A commit that does not have it yet gives what counts in all environments.
    """

    folders: Folders
    environment: str
    outside: Outside
    _documents: dict[str, Documents] = field(default_factory=dict)
    _cards: dict[tuple[str, str], CardContent | Unusable] = field(default_factory=dict)

    def card(self, commit: str, model: str) -> CardContent | Unusable:
        """A card with its files as they were; its places are none of this project's files."""
        if (commit, model) not in self._cards:
            self._cards[commit, model] = self._read(commit, model)
        return self._cards[commit, model]

    def _read(self, commit: str, model: str) -> CardContent | Unusable:
        folder = self.folders.folder(commit)
        if isinstance(folder, Unusable):
            return folder
        documents = self._documents.get(commit)
        if documents is None:
            if not (folder / FILE_NAME).is_file():
                return Unusable(f"cannot be used: there was no {FILE_NAME} then", "name another commit")
            documents = self._documents[commit] = _documents(folder, self.environment, self.outside)
        return _card(documents, model)


def _documents(folder: Path, environment: str, outside: Outside) -> Documents:
    findings = Findings(folder)
    return read_documents(findings, read_project(findings, environment, outside, needed=False), outside)


def _card(documents: Documents, model: str) -> CardContent | Unusable:
    """One card of another commit's documents. What is wrong with anything else there is nothing to us."""
    findings = documents.findings
    declaration = documents.declared.get(("ModelCard", model))
    if declaration is None:
        first = None if findings.complete else _first(findings.diagnostics(), ())
        return first or Unusable(f"cannot be used: model card {model} was not there", "name a commit that has it")
    files = {layer.file.name for layer in declaration.layers}
    before = findings.diagnostics()
    if declaration.unfilled and (first := _first(before, (), files)):
        return first
    card = valid(findings, [declaration], ModelCard).get(model)
    reader = Cards(findings, boundary=enclosing_repository(findings.root) or findings.root)
    packable = reader.packable(declaration, card)
    wrong = _first(findings.diagnostics(), before)
    if packable is None or wrong is not None:
        return wrong or Unusable(f"cannot be used: model card {model} had mistakes then", "name another commit")
    try:
        return replace(card_content(packable, HashCache(findings.root)), places={})
    except OSError as problem:
        return Unusable(
            f"cannot be read: {problem.strerror}: {problem.filename}", "check the folder for temporary files"
        )


def _first(
    found: tuple[Diagnostic, ...], before: tuple[Diagnostic, ...], files: "set[str] | None" = None
) -> Unusable | None:
    """The first error that was not there before, in these files where they are given."""
    for diagnostic in found:
        inside = files is None or (diagnostic.place is not None and diagnostic.place.file in files)
        if diagnostic.is_error and inside and diagnostic not in before:
            where = f" ({diagnostic.place})" if diagnostic.place is not None else ""
            return Unusable(f"cannot be used: {diagnostic.summary}{where}", f"there: {diagnostic.hint}")
    return None
