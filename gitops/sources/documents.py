"""Reads the documents of the project's files into declarations by kind and name, and lays overlays over them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from gitops.diagnostics import Code, Place
from gitops.model.desired import Endpoint, ModelCard
from gitops.sources.complaints import complaints
from gitops.sources.declarations import Declaration, Layer
from gitops.sources.findings import Findings
from gitops.sources.projectfile import FILE_NAME, Outside, ProjectRead
from gitops.sources.shape import is_secret
from gitops.sources.sourcefile import SourceFile
from gitops.sources.steps import Steps
from gitops.sources.variables import Filling, Scope, Variable
from gitops.sources.wording import described, did_you_mean, shown

KINDS: Final[Mapping[str, type[BaseModel]]] = {"ModelCard": ModelCard, "Endpoint": Endpoint}
TITLES: Final = {"ModelCard": "model card", "Endpoint": "endpoint"}
BASELINE_KIND: Final = "DriftBaseline"
BASELINE_FILE: Final = "drift.yaml"
"""Where the baseline of known drift is, beside gitops.yaml; it declares nothing, so `include` may match it."""

_ALL_KINDS: Final = ("Endpoint", "ModelCard", "Project")
_Kind = TypeVar("_Kind", bound=BaseModel)


@dataclass(slots=True)
class Documents:
    """Everything that the files of one load declare.

    Attributes:
        variables: what `${var:}` means in them.
        environ: what `${env:}` means in them.
        declared: (kind, name) -> declaration, in the order of reading.
        unnamed: documents without a usable name; they are wrong, and are looked at for their other mistakes.
    """

    findings: Findings
    variables: Mapping[str, Variable]
    environ: Mapping[str, str]
    declared: dict[tuple[str, str], Declaration] = field(default_factory=dict)
    unnamed: list[Declaration] = field(default_factory=list)

    def declare(self, file: SourceFile) -> None:
        """Take what a file declares."""
        for kind, layer in self._layers(file):
            name = layer.content.get("name")
            if not isinstance(name, str) or ("name",) in layer.unfilled:
                self.unnamed.append(Declaration(kind, "", [layer]))
                continue
            first = self.declared.setdefault((kind, name), Declaration(kind, name, [layer]))
            if first.layers[0] is not layer:
                where = first.layers[0].place(("name",))
                summary = f"{TITLES[kind]} {shown(name)} is declared twice; the first is at {where}"
                self.findings.error(
                    Code.DUPLICATE_NAME, summary, layer.place(("name",)), "rename or remove one of them"
                )

    def lay_over(self, file: SourceFile) -> None:
        """Lay a file's documents over what is declared."""
        for kind, layer in self._layers(file):
            name = layer.content.get("name")
            if not isinstance(name, str):
                summary = f"the overlay of kind {kind} does not say which {TITLES[kind]} it is for"
                hint = f"add name: and the name of a declared {TITLES[kind]}"
                self.findings.error(Code.MISSING_KEY, summary, layer.place(), hint)
            elif (kind, name) in self.declared:
                self.declared[kind, name].lay_over(layer)
            elif ("name",) not in layer.unfilled and self.findings.complete:
                summary = f"the overlay is for the {TITLES[kind]} {shown(name)}, which nothing declares"
                hint = did_you_mean(name, self.names(kind), f"declare the {TITLES[kind]} in a file of include")
                self.findings.error(Code.OVERLAY_WITHOUT_TARGET, summary, layer.place(("name",)), hint)

    def names(self, kind: str) -> list[str]:
        """The declared names of a kind."""
        return [name for of_kind, name in self.declared if of_kind == kind]

    def of_kind(self, kind: str) -> Iterator[Declaration]:
        """Every declaration of a kind, those without a name last."""
        yield from (declaration for (of_kind, _), declaration in self.declared.items() if of_kind == kind)
        yield from (declaration for declaration in self.unnamed if declaration.kind == kind)

    def _layers(self, file: SourceFile) -> Iterator[tuple[str, Layer]]:
        has_references = "${" in file.text
        documents = file.reading.documents
        if not any(document.content is not None for document in documents) and file.reading.complete:
            self.findings.warning(
                Code.BAD_DOCUMENT, "the file declares nothing", Place(file=file.name), "remove it, or write a document"
            )
        for index, document in enumerate(documents):
            place = Place(file=file.name, line=document.line, column=document.column)
            if document.content is None:
                continue
            if not isinstance(document.content, dict):
                hint = "write keys: kind, name and what belongs to the kind"
                summary = f"this document is {described(document.content)}, but a declaration is a mapping"
                self.findings.error(Code.BAD_DOCUMENT, summary, place, hint)
                continue
            kind = self._kind(file, index, document.content)
            if kind is not None:
                yield kind, self._layer(file, index, kind, document.content, fill=has_references)

    def _kind(self, file: SourceFile, index: int, content: Mapping[str, Any]) -> str | None:
        kind = content.get("kind")
        if isinstance(kind, str) and kind in KINDS:
            return kind
        if kind == "Project" and file.name == FILE_NAME:
            first = next(i for i, document in enumerate(file.reading.documents) if _is_project(document.content))
            if index != first:
                place = file.locate(index, ("kind",))[0]
                summary = "there is a second document of kind Project"
                self.findings.error(Code.DUPLICATE_NAME, summary, place, "one folder holds one project; keep one")
            return None
        if kind == BASELINE_KIND and file.name == BASELINE_FILE:
            return None
        if "kind" not in content:
            place, summary = file.locate(index, ())[0], "the key kind is missing"
            hint = "begin the document with kind: Endpoint or kind: ModelCard"
            self.findings.error(Code.MISSING_KEY, summary, place, hint)
            return None
        place = file.locate(index, ("kind",))[0]
        if kind == "Project":
            summary, hint = f"kind Project belongs in {FILE_NAME}", "move it, or leave this file out of include"
        elif kind == BASELINE_KIND:
            summary = f"kind {BASELINE_KIND} belongs in a file of its own, usually {BASELINE_FILE}"
            hint = "leave this file out of include, or move the document"
        else:
            summary = f"the kind {shown(str(kind))} is not known"
            hint = did_you_mean(str(kind), _ALL_KINDS, "possible are Endpoint and ModelCard")
        self.findings.error(Code.BAD_DOCUMENT, summary, place, hint)
        return None

    def _layer(self, file: SourceFile, index: int, kind: str, content: Mapping[str, Any], *, fill: bool) -> Layer:
        if not fill:
            return Layer(file, index, content)
        model = KINDS[kind]

        def secret(steps: Steps) -> bool:
            return is_secret(model, steps)

        filling = Filling(Scope(self.variables, self.environ, secret))
        filled = filling.fill(content)
        layer = Layer(file, index, filled, tuple(problem.steps for problem in filling.problems))
        for problem in filling.problems:
            self.findings.error(problem.code, problem.summary, layer.place(problem.steps), problem.hint)
        return layer


def read_documents(findings: Findings, read: ProjectRead, outside: Outside) -> Documents:
    """Everything that the files of a project declare for the environment that it was read for."""
    documents = Documents(findings, read.variables or {}, outside.environ)
    for path in (findings.root / FILE_NAME, *read.included):
        documents.declare(findings.open(path))
    for path in read.overlays:
        documents.lay_over(findings.open(path))
    return documents


def valid(findings: Findings, declarations: Iterable[Declaration], model: type[_Kind]) -> dict[str, _Kind]:
    """Name -> what is declared, of those declarations that are valid; what is wrong with the others is found."""
    accepted = {}
    for declaration in declarations:
        try:
            accepted[declaration.name] = model.model_validate(declaration.content)
        except ValidationError as invalid:
            for complaint in complaints(model, declaration.content, invalid, declaration.unfilled):
                place = declaration.place(complaint.steps, at_key=complaint.at_key)
                findings.error(complaint.code, complaint.summary, place, complaint.hint)
    return accepted


def _is_project(content: Any) -> bool:
    return isinstance(content, dict) and content.get("kind") == "Project"
