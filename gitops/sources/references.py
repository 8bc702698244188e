"""Checks that the names which declarations give each other are declared, and that nothing waits for itself.

Looks at what is written, valid or not; asks for a place only where something is wrong.
"""

from collections.abc import Iterator
from typing import Final

from gitops.diagnostics import Code
from gitops.sources.cycles import cycles
from gitops.sources.declarations import Declaration
from gitops.sources.documents import Documents
from gitops.sources.findings import Findings
from gitops.sources.steps import Steps
from gitops.sources.wording import did_you_mean, listing, shown

_MOST_OF_A_CYCLE: Final = 12


def check_references(findings: Findings, documents: Documents) -> None:
    """Every endpoint's model card, and every endpoint that one depends on."""
    _check_models(findings, documents)
    _check_dependencies(findings, documents)


def judged(findings: Findings, documents: Documents, kind: str) -> bool:
    """Whether what is not there is missing; not where a part of the files could not be read."""
    return findings.complete and all(unnamed.kind != kind for unnamed in documents.unnamed)


def _whose(declaration: Declaration) -> str:
    return f"endpoint {shown(declaration.name)}" if declaration.name else "the endpoint"


def _check_models(findings: Findings, documents: Documents) -> None:
    known = set(documents.names("ModelCard"))
    if not judged(findings, documents, "ModelCard"):
        return
    for declaration in documents.of_kind("Endpoint"):
        model = declaration.content.get("model")
        if isinstance(model, str) and model not in known and ("model",) not in declaration.unfilled:
            summary = f"{_whose(declaration)} serves the model card {shown(model)}, which nothing declares"
            otherwise = f"declared are {listing(sorted(known))}" if known else "declare it: kind: ModelCard"
            hint = did_you_mean(model, known, otherwise)
            findings.error(Code.UNKNOWN_CARD, summary, declaration.place(("model",)), hint)


def _check_dependencies(findings: Findings, documents: Documents) -> None:
    known = set(documents.names("Endpoint"))
    complete = judged(findings, documents, "Endpoint")
    graph: dict[str, list[str]] = {}
    for declaration in documents.of_kind("Endpoint"):
        own: dict[str, None] = {}
        for steps, name in _named(declaration):
            if name == declaration.name:
                summary = f"{_whose(declaration)} depends on itself"
                findings.error(Code.DEPENDENCY_CYCLE, summary, declaration.place(steps), "remove it from depends_on")
            elif name in own:
                summary = f"{_whose(declaration)} depends on {shown(name)} twice"
                findings.error(Code.INVALID_VALUE, summary, declaration.place(steps), "name it once")
            elif name in known:
                own[name] = None
            elif complete:
                own[name] = None
                summary = f"{_whose(declaration)} depends on the endpoint {shown(name)}, which nothing declares"
                otherwise = "declare it, or remove it from depends_on"
                hint = did_you_mean(name, known - {declaration.name}, otherwise)
                findings.error(Code.UNKNOWN_ENDPOINT, summary, declaration.place(steps), hint)
        if declaration.name and own:
            graph[declaration.name] = list(own)
    for cycle in cycles(graph):
        _tell(findings, documents, cycle)


def _named(declaration: Declaration) -> Iterator[tuple[Steps, str]]:
    """What an endpoint depends on, with the way to each name."""
    written = declaration.content.get("depends_on")
    for index, name in enumerate(written if isinstance(written, list) else ()):
        steps = ("depends_on", index)
        if isinstance(name, str) and steps not in declaration.unfilled:
            yield steps, name


def _tell(findings: Findings, documents: Documents, cycle: tuple[str, ...]) -> None:
    """One circle, told from its first name on, at the place where that depends on the second."""
    begin = cycle.index(min(cycle))
    names = cycle[begin:] + cycle[:begin]
    declaration = documents.declared["Endpoint", names[0]]
    steps = next(steps for steps, name in _named(declaration) if name == names[1])
    told = [shown(name) for name in names[:_MOST_OF_A_CYCLE]]
    if len(names) > _MOST_OF_A_CYCLE:
        told.append(f"{len(names) - _MOST_OF_A_CYCLE} more")
    summary = f"these endpoints depend on each other in a circle: {' -> '.join([*told, shown(names[0])])}"
    hint = "one of them has to come first: remove one of these from its depends_on"
    findings.error(Code.DEPENDENCY_CYCLE, summary, declaration.place(steps), hint)
