"""Reads a project's files into `Desired` and diagnostics: the one entry of this folder for those who plan."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from gitops.diagnostics import Code, error
from gitops.model.card import CardContent
from gitops.model.desired import Desired, DesiredEndpoint, Endpoint, ModelCard
from gitops.ports import Loaded
from gitops.sources.cards import Cards, Packable, card_content
from gitops.sources.complaints import complaints
from gitops.sources.declarations import Declaration, Places
from gitops.sources.documents import Documents
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
_Kind = TypeVar("_Kind", bound=BaseModel)


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
    """

    def __init__(
        self, root: Path, variables: Mapping[str, str] = _NOTHING, environ: Mapping[str, str] | None = None
    ) -> None:
        self._root = root.resolve()
        self._outside = Outside(os.environ if environ is None else environ, variables)

    def environments(self) -> tuple[tuple[str, ...], str | None]:
        """The names of the environments as far as they can be read, and the default one (or the only one)."""
        if not (self._root / FILE_NAME).is_file():
            return (), None
        found = project_document(Findings(self._root).open(self._root / FILE_NAME))
        return environment_names(found[1]) if found is not None else ((), None)

    def load(self, environment: str) -> Loaded:
        """Everything that the files declare for one environment; never raises for a user's mistake."""
        if not (self._root / FILE_NAME).is_file():
            hint = "run this in the folder of a project or below it, or write a gitops.yaml"
            missing = error(Code.PROJECT_NOT_FOUND, f"there is no {FILE_NAME} in {self._root}", None, hint)
            return Loaded(None, None, None, (missing,))
        findings = Findings(self._root)
        read = read_project(findings, environment, self._outside)
        desired = _desired(findings, read, environment, self._outside) if read.usable else None
        return Loaded(
            project=read.project,
            environment=read.environment,
            desired=None if findings.has_errors else desired,
            diagnostics=findings.diagnostics(),
            excerpt=findings.with_excerpt,
        )


def _desired(findings: Findings, read: ProjectRead, environment: str, outside: Outside) -> Desired | None:
    documents = Documents(findings, read.variables or {}, outside.environ)
    for path in (findings.root / FILE_NAME, *read.included):
        documents.declare(findings.open(path))
    for path in read.overlays:
        documents.lay_over(findings.open(path))
    endpoints = _valid(findings, documents.of_kind("Endpoint"), Endpoint)
    cards = _valid(findings, documents.of_kind("ModelCard"), ModelCard)
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
    if findings.has_errors or read.project is None:
        return None
    whole = {name: found for name, found in packable.items() if found is not None}
    used = {endpoint.model for endpoint in endpoints.values() if endpoint.version == _CURRENT}
    contents = _contents(findings, whole, used)
    if repository is not None:
        _warn_untracked(findings, repository, [whole[name] for name in sorted(used)])
    return Desired(read.project.name, environment, contents, _resolved(documents, endpoints, contents))


def _resolved(
    documents: Documents, endpoints: Mapping[str, Endpoint], contents: Mapping[str, CardContent]
) -> dict[str, DesiredEndpoint]:
    """Every endpoint with the digest that its version stands for."""
    return {
        name: DesiredEndpoint(
            endpoint,
            contents[endpoint.model].digest if endpoint.version == _CURRENT else None,
            Places(documents.declared["Endpoint", name]),
        )
        for name, endpoint in endpoints.items()
    }


def _valid(findings: Findings, declarations: Iterable[Declaration], model: type[_Kind]) -> dict[str, _Kind]:
    """Name -> what is declared, of those declarations that are valid."""
    valid = {}
    for declaration in declarations:
        try:
            valid[declaration.name] = model.model_validate(declaration.content)
        except ValidationError as invalid:
            for complaint in complaints(model, declaration.content, invalid, declaration.unfilled):
                place = declaration.place(complaint.steps, at_key=complaint.at_key)
                findings.error(complaint.code, complaint.summary, place, complaint.hint)
    return valid


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
