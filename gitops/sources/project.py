"""Reads a project's files into `Desired` and diagnostics: the one entry of this folder for those who plan."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gitops.diagnostics import Code, error
from gitops.model.card import DIGEST_PREFIX, CardContent
from gitops.model.desired import Desired, DesiredEndpoint, Endpoint, ModelCard
from gitops.ports import Loaded
from gitops.sources.cards import Cards, Packable, card_content
from gitops.sources.declarations import Places
from gitops.sources.documents import Documents, read_documents, valid
from gitops.sources.earlier import COMMIT, EarlierCards, FilesAt, Folders, Unusable
from gitops.sources.environments import check_protected
from gitops.sources.findings import Findings
from gitops.sources.hashes import HashCache
from gitops.sources.projectfile import (
    FILE_NAME,
    Outside,
    ProjectRead,
    environment_names,
    project_document,
    read_project,
)
from gitops.sources.references import check_references, judged
from gitops.sources.repository import enclosing_repository, untracked
from gitops.sources.wording import listing, shown

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_CURRENT: Final = "current"
_BY_CONTENT: Final = (_CURRENT, DIGEST_PREFIX)
"""Versions that may be the card as its files lie here."""


def find_project(start: Path) -> Path | None:
    """The nearest folder with a `gitops.yaml`: `start` or above, but not above the git work tree that it is in."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / FILE_NAME).is_file():
            return folder
        if (folder / ".git").exists():
            return None
    return None


class FileSource:
    """Desired from the files under a folder with a `gitops.yaml`.

    Args:
        root: that folder.
        variables: values for `${var:}`, before all others; texts that take the type of what they override.
        environ: environment variables, for `${env:}` and `GITOPS_VAR_*`; the process's own if not given.
        earlier: lays the project's folder out as it was at a commit, for `version: commit:`; None without git. What
            it lays out stays until `close`, because desired points into it.
    """

    def __init__(
        self,
        root: Path,
        variables: Mapping[str, str] = _NOTHING,
        environ: Mapping[str, str] | None = None,
        earlier: FilesAt | None = None,
    ) -> None:
        self._root = root.resolve()
        self._outside = Outside(os.environ if environ is None else environ, variables)
        self._folders = Folders(earlier)

    def close(self) -> None:
        """Remove the folders of other commits; what was loaded from them cannot be packaged any more."""
        self._folders.close()

    def environments(self) -> tuple[tuple[str, ...], str | None]:
        """The names of the environments as far as they can be read, and the default one (or the only one)."""
        if not (self._root / FILE_NAME).is_file():
            return (), None
        found = project_document(Findings(self._root).open(self._root / FILE_NAME))
        return environment_names(found[1]) if found is not None else ((), None)

    def outline(self, environment: str) -> Loaded:
        """What `gitops.yaml` alone says: the project and the environment; `desired` is None."""
        if not (self._root / FILE_NAME).is_file():
            return _no_project(self._root)
        findings = Findings(self._root)
        read = read_project(findings, environment, self._outside)
        return Loaded(read.project, read.environment, None, findings.diagnostics(), findings.with_excerpt)

    def load(self, environment: str) -> Loaded:
        """Everything that the files declare for one environment; never raises for a user's mistake."""
        if not (self._root / FILE_NAME).is_file():
            return _no_project(self._root)
        findings = Findings(self._root)
        read = read_project(findings, environment, self._outside)
        desired = _desired(findings, read, environment, self._outside, self._folders) if read.usable else None
        return Loaded(
            project=read.project,
            environment=read.environment,
            desired=None if findings.has_errors else desired,
            diagnostics=findings.diagnostics(),
            excerpt=findings.with_excerpt,
        )


def _no_project(root: Path) -> Loaded:
    hint = "run this in the folder of a project or below it, or write a gitops.yaml"
    missing = error(Code.PROJECT_NOT_FOUND, f"there is no {FILE_NAME} in {root}", None, hint)
    return Loaded(None, None, None, (missing,))


def _desired(
    findings: Findings, read: ProjectRead, environment: str, outside: Outside, folders: Folders
) -> Desired | None:
    documents = read_documents(findings, read, outside)
    endpoints = valid(findings, documents.of_kind("Endpoint"), Endpoint)
    cards = valid(findings, documents.of_kind("ModelCard"), ModelCard)
    check_references(findings, documents)
    if read.layer is not None and read.environment is not None and judged(findings, documents, "Endpoint"):
        known = set(documents.names("Endpoint"))
        check_protected(findings, read.layer, environment, read.environment, known)
    repository = enclosing_repository(findings.root)
    reader = Cards(findings, boundary=repository or findings.root)
    packable = {
        declaration.name: reader.packable(declaration, cards.get(declaration.name))
        for declaration in documents.of_kind("ModelCard")
    }
    earlier = _earlier(findings, documents, endpoints, EarlierCards(folders, environment, outside))
    if findings.has_errors or read.project is None:
        return None
    whole = {name: found for name, found in packable.items() if found is not None}
    used = {endpoint.model for endpoint in endpoints.values() if endpoint.version.startswith(_BY_CONTENT)}
    contents = _contents(findings, whole, used)
    if repository is not None:
        _warn_untracked(findings, repository, [whole[name] for name in sorted(used)])
    return Desired(
        read.project.name,
        environment,
        contents,
        _resolved(documents, endpoints, contents, earlier),
        {content.digest: content for content in earlier.values()},
    )


def _earlier(
    findings: Findings, documents: Documents, endpoints: Mapping[str, Endpoint], cards: EarlierCards
) -> dict[str, CardContent]:
    """Endpoint -> its card as it was at the commit that its version names, for those that name one."""
    found = {}
    for name, endpoint in endpoints.items():
        if not endpoint.version.startswith(COMMIT):
            continue
        commit = endpoint.version.removeprefix(COMMIT)
        card = cards.card(commit, endpoint.model)
        if isinstance(card, Unusable):
            summary = f"endpoint {name} asks for commit {commit}, which {card.reason}"
            place = documents.declared["Endpoint", name].place(("version",))
            findings.error(Code.COMMIT_UNUSABLE, summary, place, card.hint)
        else:
            found[name] = card
    return found


def _resolved(
    documents: Documents,
    endpoints: Mapping[str, Endpoint],
    contents: Mapping[str, CardContent],
    earlier: Mapping[str, CardContent],
) -> dict[str, DesiredEndpoint]:
    """Every endpoint with the digest that its version stands for."""
    digests = {name: content.digest for name, content in earlier.items()} | {
        name: contents[endpoint.model].digest for name, endpoint in endpoints.items() if endpoint.version == _CURRENT
    }
    return {
        name: DesiredEndpoint(endpoint, digests.get(name), Places(documents.declared["Endpoint", name]))
        for name, endpoint in endpoints.items()
    }


def _contents(findings: Findings, packable: Mapping[str, Packable], used: set[str]) -> dict[str, CardContent]:
    """Every card's content; only those that are served as they lie here are hashed."""
    cache = HashCache(findings.root)
    contents = {}
    for name, found in packable.items():
        try:
            contents[name] = card_content(found, cache if name in used else None)
        except OSError as problem:
            summary = f"a file of model card {name} cannot be read: {problem.strerror}: {problem.filename}"
            findings.error(Code.FILE_UNREADABLE, summary, found.card.place(("workspace",)), "check its rights")
            contents[name] = card_content(found, None)
    cache.save()
    return contents


def _warn_untracked(findings: Findings, repository: Path, cards: list[Packable]) -> None:
    missing = untracked(repository, {found.workspace for found in cards})
    for found in cards:
        files = [file.path for file in found.walk.files if file.source in missing]
        if files:
            what = "a file that is not in git" if len(files) == 1 else f"{len(files)} files that are not in git"
            summary = f"model card {found.card.name} holds {what}: {listing([shown(path) for path in files], 3)}"
            hint = "git add them, or leave them out with .gitopsignore; a commit alone cannot rebuild this version"
            findings.warning(Code.UNTRACKED_FILES, summary, found.card.place(("workspace",)), hint)
