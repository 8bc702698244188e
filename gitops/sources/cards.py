"""Turns a declared model card into its content: configuration, workspace, entry point, files and digest."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gitops.diagnostics import Code, Place
from gitops.model.card import CardContent, CardSpec, card_digest
from gitops.model.desired import ModelCard
from gitops.sources.complaints import complaints
from gitops.sources.declarations import Declaration
from gitops.sources.findings import Findings
from gitops.sources.hashes import HashCache
from gitops.sources.sourcefile import SourceFile
from gitops.sources.steps import Steps
from gitops.sources.wording import shown
from gitops.sources.workspace import IGNORE_FILE, Walk, walk

Locate = Callable[[Steps], Place]


@dataclass(frozen=True, slots=True)
class Configured:
    """A card whose configuration could be read.

    Attributes:
        raw: the configuration as it is written.
        spec: the configuration; None if something is wrong with it.
        folder: what `workspace` is relative to.
        place: finds the keys of the configuration.
    """

    name: str
    raw: Mapping[str, Any]
    spec: CardSpec | None
    folder: Path
    place: Locate

    def places(self) -> "ConfigPlaces":
        """Where the keys of the configuration stand."""
        return ConfigPlaces(self)


class ConfigPlaces(Mapping[str, Place]):
    """Where the keys of a card's configuration stand; reads the file's marks only when it is asked."""

    __slots__ = ("_card",)

    def __init__(self, card: Configured) -> None:
        self._card = card

    def __getitem__(self, key: str) -> Place:
        if key and key not in self._card.raw:
            raise KeyError(key)
        return self._card.place((key,) if key else ())

    def __iter__(self) -> Iterator[str]:
        yield ""
        yield from self._card.raw

    def __len__(self) -> int:
        return len(self._card.raw) + 1


@dataclass(frozen=True, slots=True)
class Packable:
    """A card whose workspace can be packaged: an absolute folder, and the files in it."""

    card: Configured
    spec: CardSpec
    workspace: Path
    walk: Walk


@dataclass(slots=True)
class Cards:
    """Reads the cards of one load; a workspace that several cards share is walked once.

    Attributes:
        boundary: the folder that no workspace may leave: the git work tree around the project, or the project.
    """

    findings: Findings
    boundary: Path
    _walks: dict[Path, Walk] = field(default_factory=dict)

    def packable(self, declaration: Declaration, card: ModelCard | None) -> Packable | None:
        """The card with its files; None if something is wrong, which is then among the findings.

        Args:
            card: what the declaration says; None if it is not valid, which is then among the findings already.
        """
        configured = self._configured(declaration, card)
        if configured is None:
            return None
        workspace = self._workspace(configured)
        if workspace is None:
            return None
        found = self._walk(workspace)
        for obstacle in found.obstacles:
            summary = f"model card {configured.name}: {obstacle.summary}"
            self.findings.error(obstacle.code, summary, configured.place(("workspace",)), obstacle.hint)
        self._check_entry_point(configured, workspace, found)
        return Packable(configured, configured.spec, workspace, found) if configured.spec is not None else None

    def _configured(self, declaration: Declaration, card: ModelCard | None) -> Configured | None:
        name = shown(declaration.name)
        config, spec = declaration.content.get("config"), declaration.content.get("spec")
        if config is not None and spec is not None:
            summary = f"model card {name} has both config and spec"
            place = declaration.place(("spec",), at_key=True)
            self.findings.error(Code.CONFIG_AND_SPEC, summary, place, "keep one; in an overlay, null removes a key")
            return None
        if isinstance(spec, dict):
            folder = declaration.layer_of(("spec", "workspace")).file.path.parent
            raw = {key: value for key, value in spec.items() if ("spec", key) not in declaration.unfilled}
            valid = card.spec if card is not None else None
            return Configured(name, raw, valid, folder, lambda steps: declaration.place(("spec", *steps)))
        if isinstance(config, str) and ("config",) not in declaration.unfilled:
            return self._from_file(declaration, config)
        if config is None and spec is None:
            summary = f"model card {name} has neither config nor spec"
            hint = "name TensorOpera's configuration file with config, or write it here under spec"
            self.findings.error(Code.MISSING_KEY, summary, declaration.place(), hint)
        return None

    def _from_file(self, declaration: Declaration, config: str) -> Configured | None:
        place = declaration.place(("config",))
        path = _resolved(declaration.layer_of(("config",)).file.path.parent, config)
        if path is None or not path.is_relative_to(self.findings.root):
            summary = f"the configuration file {shown(config)} lies outside the project's folder"
            self.findings.error(Code.INVALID_VALUE, summary, place, "move it beside gitops.yaml or below")
            return None
        if not _is_file(path):
            summary = f"there is no configuration file {shown(config)}"
            hint = "check the path; it is relative to the file that names it"
            self.findings.error(Code.FILE_UNREADABLE, summary, place, hint)
            return None
        file = self.findings.open(path)
        content = self._single_document(file)
        if content is None:
            return None
        spec = self._validated(file, content)
        return Configured(shown(declaration.name), content, spec, path.parent, lambda steps: file.locate(0, steps)[0])

    def _single_document(self, file: SourceFile) -> dict[str, Any] | None:
        documents = file.reading.documents
        if len(documents) == 1 and isinstance(documents[0].content, dict):
            return documents[0].content
        if file.reading.complete:
            second = documents[1] if len(documents) > 1 else None
            place = Place(file=file.name, line=second.line if second else 1, column=second.column if second else 1)
            summary = "a card's configuration is one mapping" + (", but here begins another" if second else "")
            self.findings.error(Code.BAD_DOCUMENT, summary, place, "write keys like workspace and entry_point here")
        return None

    def _validated(self, file: SourceFile, content: dict[str, Any]) -> CardSpec | None:
        try:
            return CardSpec.model_validate(content)
        except ValidationError as invalid:
            for complaint in complaints(CardSpec, content, invalid):
                place = file.locate(0, complaint.steps, at_key=complaint.at_key)[0]
                self.findings.error(complaint.code, complaint.summary, place, complaint.hint)
            return None

    def _workspace(self, card: Configured) -> Path | None:
        written = card.raw.get("workspace")
        if not isinstance(written, str):
            return None
        place = card.place(("workspace",))
        path = _resolved(card.folder, written)
        if path is None or not path.is_relative_to(self.boundary):
            summary = f"the workspace {shown(written)} of model card {card.name} lies outside the repository"
            hint = "a card's files must be in the repository, so that a commit can rebuild them"
            self.findings.error(Code.WORKSPACE_OUTSIDE, summary, place, hint)
            return None
        if not path.is_dir():
            what = "is no folder" if path.exists() else "does not exist"
            summary = f"the workspace {shown(written)} of model card {card.name} {what}"
            hint = "check the path; it is relative to the file that names it"
            self.findings.error(Code.WORKSPACE_MISSING, summary, place, hint)
            return None
        return path

    def _walk(self, workspace: Path) -> Walk:
        if workspace not in self._walks:
            self._walks[workspace] = walk(workspace)
        return self._walks[workspace]

    def _check_entry_point(self, card: Configured, workspace: Path, found: Walk) -> None:
        written = card.raw.get("entry_point")
        if not isinstance(written, str) or not written:
            return
        place = card.place(("entry_point",))
        path = _resolved(workspace, written)
        name = f"the entry point {shown(written)} of model card {card.name}"
        if path is None or not path.is_relative_to(workspace):
            hint = "the entry point is a file in the workspace, named relative to it"
            self.findings.error(Code.ENTRY_POINT_OUTSIDE, f"{name} lies outside the workspace", place, hint)
        elif not path.is_file():
            hint = "check the path; it is relative to the workspace"
            self.findings.error(Code.ENTRY_POINT_MISSING, f"{name} does not exist in the workspace", place, hint)
        elif not found.obstacles and all(file.source != str(path) for file in found.files):
            hint = f"let {IGNORE_FILE} keep it: add the line !{shown(written)}"
            self.findings.error(Code.ENTRY_POINT_MISSING, f"{name} is left out of the package", place, hint)


def _is_file(path: Path) -> bool:
    """Whether there is such a file, as far as we may look."""
    try:
        return path.is_file()
    except OSError:
        return False


def _resolved(folder: Path, written: str) -> Path | None:
    """The path without links; None if it cannot be one."""
    try:
        return (folder / written).resolve()
    except (OSError, RuntimeError, ValueError):
        return None


def card_content(packable: Packable, cache: HashCache | None) -> CardContent:
    """A card's content with its digest; without a cache nothing is hashed, and files and digest are empty.

    Raises:
        OSError: a file cannot be read.
    """
    name, spec, root = packable.card.name, packable.spec, str(packable.workspace)
    if cache is None:
        return CardContent(name=name, spec=spec, files=(), digest="", root=root, places=packable.card.places())
    files, pointers = cache.entries(packable.walk.files)
    digest = card_digest(files, spec)
    return CardContent(
        name=name,
        spec=spec,
        files=files,
        digest=digest,
        root=root,
        pointers=pointers,
        places=packable.card.places(),
    )
