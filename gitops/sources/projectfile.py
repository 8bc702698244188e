"""Reads `gitops.yaml`: the project, its environments, and what references mean in one of them.

What is wrong with it is found, and what is right is used all the same, so that the other files can be looked at too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from gitops.diagnostics import Code, Place
from gitops.model.desired import Environment, Project
from gitops.sources.complaints import complaints
from gitops.sources.declarations import Layer
from gitops.sources.environments import check_environments
from gitops.sources.findings import Findings
from gitops.sources.patterns import matches
from gitops.sources.platforms import check_platforms
from gitops.sources.shape import is_secret
from gitops.sources.sourcefile import SourceFile
from gitops.sources.steps import Steps
from gitops.sources.variables import Filling, Problem, Scope, Variable, from_environ, layered
from gitops.sources.wording import did_you_mean, listing, shown

FILE_NAME: Final = "gitops.yaml"


@dataclass(frozen=True, slots=True)
class Outside:
    """What comes from outside of the files: the process's environment, and variables from the command line."""

    environ: Mapping[str, str]
    variables: Mapping[str, str]

    def over(self, declared: Mapping[str, Variable]) -> dict[str, Variable]:
        """Variables of the files with those from outside laid over them."""
        return layered(declared, from_environ(self.environ), self.variables)


@dataclass(frozen=True, slots=True)
class ProjectRead:
    """What `gitops.yaml` says for one environment.

    Attributes:
        project: None if something is wrong with it.
        environment: the one that was asked for; None if it is not there or not valid.
        included: the files that declare cards and endpoints, `gitops.yaml` not among them.
        overlays: the files that are laid over them, in the order of their patterns.
        variables: what `${var:}` means.
        layer: the document itself; None if there is none.
        usable: False if looking at the other files makes no sense.
    """

    project: Project | None = None
    environment: Environment | None = None
    included: tuple[Path, ...] = ()
    overlays: tuple[Path, ...] = ()
    variables: Mapping[str, Variable] | None = None
    layer: Layer | None = None
    usable: bool = False


def project_document(file: SourceFile) -> tuple[int, dict[str, Any]] | None:
    """The document of kind Project, with its number in the file."""
    for index, document in enumerate(file.reading.documents):
        if isinstance(document.content, dict) and document.content.get("kind") == "Project":
            return index, document.content
    return None


def environment_names(raw: Mapping[str, Any]) -> tuple[tuple[str, ...], str | None]:
    """The names of the environments as far as they can be read, and the default one, or the only one."""
    environments = raw.get("environments")
    names = tuple(environments) if isinstance(environments, dict) else ()
    default = raw.get("default_environment")
    if isinstance(default, str):
        return names, default
    return names, names[0] if len(names) == 1 else None


def read_project(findings: Findings, environment: str, outside: Outside, *, needed: bool = True) -> ProjectRead:
    """Everything that `gitops.yaml` says for an environment.

    Args:
        needed: whether the environment must be there; else what counts in all of them is read.
    """
    file = findings.open(findings.root / FILE_NAME)
    found = project_document(file)
    if found is None:
        if file.reading.complete:
            summary = f"{FILE_NAME} has no document of kind Project"
            hint = "begin it with kind: Project, name, include and environments"
            findings.error(Code.BAD_DOCUMENT, summary, Place(file=file.name), hint)
        return ProjectRead()
    index, raw = found
    variables = outside.over(_declared(raw, environment))
    layer = _filled(findings, file, index, _Filler(raw, environment, outside))
    project = _validated(findings, layer)
    _check_default(findings, layer)
    if project is not None:
        check_platforms(findings, layer, project, environment)
        check_environments(findings, layer, project)
    if needed and not _has_environment(findings, layer, environment):
        return ProjectRead(project=project)
    overlays = _files(findings, layer, ("environments", environment, "overlays"))
    return ProjectRead(
        project=project,
        environment=project.environments.get(environment) if project is not None else None,
        included=_included(findings, layer, environment, overlays),
        overlays=overlays,
        variables=variables,
        layer=layer,
        usable=True,
    )


def _declared(raw: Mapping[str, Any], environment: str) -> dict[str, Variable]:
    environments = raw.get("environments")
    block = environments.get(environment) if isinstance(environments, dict) else None
    declared: dict[str, Variable] = {}
    for owner in (raw, block):
        variables = owner.get("variables") if isinstance(owner, dict) else None
        if isinstance(variables, dict):
            declared |= {key: value for key, value in variables.items() if isinstance(value, str | int | float)}
    return declared


@dataclass(slots=True)
class _Filler:
    """Fills the references of the project's document, each environment's block with that environment's variables."""

    raw: Mapping[str, Any]
    chosen: str
    outside: Outside
    problems: list[Problem] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        environments = self.raw.get("environments")
        content = self._mapping(self.raw, (), self.chosen)
        if isinstance(environments, dict):
            content["environments"] = {
                name: self._mapping(block, ("environments", name), name) if isinstance(block, dict) else block
                for name, block in environments.items()
            }
        return content

    def _mapping(self, mapping: Mapping[str, Any], steps: Steps, environment: str) -> dict[str, Any]:
        filled = {}
        for key, value in mapping.items():
            if key == "variables":
                filled[key] = self._variables((*steps, key), value)
            elif key == "environments" and not steps:
                filled[key] = value
            else:
                filled[key] = self._part((*steps, key), value, environment)
        return filled

    def _variables(self, steps: Steps, variables: Any) -> Any:
        for name, value in variables.items() if isinstance(variables, dict) else ():
            if isinstance(value, str) and ("${var:" in value or "${env:" in value):
                summary = f"the variable {shown(name)} refers to another value"
                hint = "write its value out; variables are not filled in themselves"
                self.problems.append(Problem(Code.INVALID_VALUE, summary, (*steps, name), hint))
        return variables

    def _part(self, steps: Steps, value: Any, environment: str) -> Any:
        environ = self.outside.environ if environment == self.chosen else None
        variables = self.outside.over(_declared(self.raw, environment))
        filling = Filling(Scope(variables, environ, lambda way: is_secret(Project, way)))
        filled = filling.fill(value, steps)
        self.problems.extend(filling.problems)
        return filled


def _filled(findings: Findings, file: SourceFile, index: int, filler: _Filler) -> Layer:
    content = filler.document()
    unfilled = tuple(problem.steps for problem in filler.problems)
    layer = Layer(file, index, content, unfilled)
    for problem in filler.problems:
        findings.error(problem.code, problem.summary, layer.place(problem.steps), problem.hint)
    return layer


def _validated(findings: Findings, layer: Layer) -> Project | None:
    try:
        project = Project.model_validate(layer.content)
    except ValidationError as invalid:
        for complaint in complaints(Project, layer.content, invalid, layer.unfilled):
            place = layer.place(complaint.steps, at_key=complaint.at_key)
            findings.error(complaint.code, complaint.summary, place, complaint.hint)
        return None
    return None if layer.unfilled else project


def _check_default(findings: Findings, layer: Layer) -> None:
    names, default = environment_names(layer.content)
    if default is not None and default not in names and names:
        summary = f"default_environment names {shown(default)}, which is not among the environments"
        hint = did_you_mean(default, names, f"possible are {listing(names)}")
        findings.error(Code.UNKNOWN_ENVIRONMENT, summary, layer.place(("default_environment",)), hint)


def _has_environment(findings: Findings, layer: Layer, environment: str) -> bool:
    names, _ = environment_names(layer.content)
    if environment in names:
        return True
    if names:
        summary = f"there is no environment {shown(environment)}"
        hint = did_you_mean(environment, names, f"possible are {listing(names)}")
        findings.error(Code.UNKNOWN_ENVIRONMENT, summary, layer.place(("environments",), at_key=True), hint)
    return False


def _included(findings: Findings, layer: Layer, environment: str, overlays: tuple[Path, ...]) -> tuple[Path, ...]:
    """The files of `include`; a file that is an overlay somewhere declares nothing of its own."""
    names, _ = environment_names(layer.content)
    others = {
        path
        for name in names
        if name != environment
        for _, pattern in _patterns(layer.content, ("environments", name, "overlays"))
        for path in matches(findings.root, pattern).files
    }
    ours = findings.root / FILE_NAME
    left_out = others | set(overlays) | {ours}
    return tuple(path for path in _files(findings, layer, ("include",)) if path not in left_out)


def _files(findings: Findings, layer: Layer, steps: Steps) -> tuple[Path, ...]:
    files: dict[Path, None] = {}
    for index, pattern in _patterns(layer.content, steps):
        if (*steps, index) in layer.unfilled:
            continue
        found = matches(findings.root, pattern)
        if found.code is not None:
            summary = f"{steps[-1]}: {shown(pattern)}: {found.problem}"
            findings.error(found.code, summary, layer.place((*steps, index)), found.hint)
            findings.complete = False
        files |= dict.fromkeys(found.files)
    return tuple(files)


def _patterns(content: Any, steps: Steps) -> Iterator[tuple[int, str]]:
    for step in steps:
        content = content.get(step) if isinstance(content, dict) else None
    for index, pattern in enumerate(content if isinstance(content, list) else ()):
        if isinstance(pattern, str):
            yield index, pattern
