"""Fills `${var:name}` and `${env:NAME}` into the texts of a document; what cannot be filled in is a problem.

Values come from outside as mappings; nothing here reads the process's environment.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gitops.diagnostics import Code
from gitops.model.secret import Secret
from gitops.sources.scalars import plain
from gitops.sources.steps import Steps
from gitops.sources.wording import did_you_mean, listing, shown

Variable = str | int | float | bool

_NAMED: Final = r"\$\{(var|env):([^}]{0,200})\}"
_WHOLE: Final = re.compile(_NAMED)
_REFERENCE: Final = re.compile(rf"\$\$\{{|{_NAMED}|\$\{{(?:var|env):")
MAX_PROBLEMS: Final = 100
"""More of one document help nobody."""

VARIABLE_PREFIX: Final = "GITOPS_VAR_"
UNNEEDED: Final = Secret("")
"""What stands for a secret of an environment that is not the one at hand."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A reference that cannot be filled in, by its way into the document."""

    code: Code
    summary: str
    steps: Steps
    hint: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What references mean in a document.

    Attributes:
        variables: name -> value, already layered.
        environ: environment variables for secrets; None where secrets are not needed and stand for nothing.
        is_secret: whether the value at a path may come from `${env:}`.
    """

    variables: Mapping[str, Variable]
    environ: Mapping[str, str] | None
    is_secret: Callable[[Steps], bool]


def layered(declared: Mapping[str, Variable], *layers: Mapping[str, str]) -> dict[str, Variable]:
    """Variables of the files, overridden by texts from outside, the last layer winning.

    A text takes the type of the variable that it overrides; one that overrides nothing is read as YAML would read it.
    """
    values = dict(declared)
    for name, text in (item for layer in layers for item in layer.items()):
        value = plain(text)
        values[name] = text if value is None or isinstance(declared.get(name), str) else value
    return values


def from_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that the environment gives: `GITOPS_VAR_team` is `team`."""
    return {key[len(VARIABLE_PREFIX) :]: value for key, value in environ.items() if key.startswith(VARIABLE_PREFIX)}


@dataclass(slots=True)
class Filling:
    """One document with its references filled in."""

    scope: Scope
    problems: list[Problem] = field(default_factory=list)

    def fill(self, value: Any, steps: Steps = ()) -> Any:
        """The value with every text in it filled in; containers are new, scalars without references are the same."""
        if isinstance(value, dict):
            return {key: self.fill(item, (*steps, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item, (*steps, index)) for index, item in enumerate(value)]
        if isinstance(value, str) and "${" in value:
            return self._text(value, steps)
        return value

    def _text(self, text: str, steps: Steps) -> Any:
        whole = _WHOLE.fullmatch(text)
        if whole is not None:
            return self._environment(whole[2], steps) if whole[1] == "env" else self._variable(whole[2], steps)
        return "".join(self._pieces(text, steps))

    def _pieces(self, text: str, steps: Steps) -> Iterator[str]:
        done = 0
        for found in _REFERENCE.finditer(text):
            yield text[done : found.start()]
            done = found.end()
            if found[0] == "$${":
                yield "${"
            elif found[1] is None:
                summary = f"the reference {shown(text[found.start() : found.end() + 60])} is not closed"
                self._problem(Code.INVALID_VALUE, summary, steps, "add }, or write $${ for a literal ${")
            elif found[1] == "env":
                summary = f"${{env:{shown(found[2])}}} is only a part of the text"
                hint = "let the whole value come from the environment; use ${var:name} for parts of a text"
                self._problem(Code.ENV_NOT_ALLOWED, summary, steps, hint)
            else:
                yield _as_text(self._variable(found[2], steps))
        yield text[done:]

    def _variable(self, name: str, steps: Steps) -> Variable:
        if name in self.scope.variables:
            return self.scope.variables[name]
        known = listing(sorted(self.scope.variables)) or "none"
        otherwise = f"declare it under variables: in gitops.yaml or give --var {shown(name)}=VALUE; known: {known}"
        hint = did_you_mean(name, self.scope.variables, otherwise)
        self._problem(Code.UNKNOWN_VARIABLE, f"there is no variable {shown(name) or '(empty name)'}", steps, hint)
        return ""

    def _environment(self, name: str, steps: Steps) -> Any:
        if not self.scope.is_secret(steps):
            summary = f"${{env:{shown(name)}}} is not allowed here: the field is not secret"
            hint = f"use a variable: ${{var:name}}, set with --var or {VARIABLE_PREFIX}name"
            self._problem(Code.ENV_NOT_ALLOWED, summary, steps, hint)
            return ""
        if self.scope.environ is None:
            return UNNEEDED
        if name not in self.scope.environ:
            summary = f"the environment variable {shown(name) or '(empty name)'} is not set"
            self._problem(Code.ENV_NOT_SET, summary, steps, f"set it: export {shown(name)}=...")
            return Secret("", name)
        return Secret(self.scope.environ[name], name)

    def _problem(self, code: Code, summary: str, steps: Steps, hint: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(code, summary, steps, hint))


def _as_text(value: Variable) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
