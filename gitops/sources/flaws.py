"""What makes a file, or a part of it, unusable; and the parser's own complaints put into that form."""

from dataclasses import dataclass
from typing import Final

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from gitops.diagnostics import Code

_BROKEN_HINTS: Final = {
    "mapping values are not allowed in this context": "check the indentation, and quote a text that contains `: `",
    "could not find expected ':'": "a key needs `: ` behind it; check the indentation of the lines around",
    "did not find expected key": "check the indentation: keys of one mapping start in one column",
    "did not find expected '-' indicator": "check the indentation: the items of one list start in one column",
    "found unexpected ':'": "inside { } and [ ] put a text that contains `:` in quotes, for example an address",
    "found unexpected end of stream": "a quote or bracket is opened here or above and never closed",
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that makes a file, or a part of it, unusable; line and column from 1."""

    code: Code
    summary: str
    line: int
    column: int
    hint: str = ""


def syntax_flaw(broken: YAMLError, text: str) -> Flaw:
    """What the parser says about a text that is no YAML, with what usually helps."""
    problem = getattr(broken, "problem", None) or "this is no YAML"
    line, column = _spot(broken, text)
    hint = _BROKEN_HINTS.get(problem, "check this line and the one above: brackets, quotes, indentation")
    source = "".join(text.splitlines()[line : line + 1])
    if source[column : column + 1] == "\t":
        hint = "indent with spaces; YAML does not allow tabs there"
    elif "${" in source:
        hint = 'put the text that contains ${...} in quotes: "${var:name}"'
    elif problem == "found character that cannot start any token":
        hint = "put the text in quotes"
    return Flaw(Code.INVALID_YAML, f"this is not valid YAML: {problem}", line + 1, column + 1, hint)


def _spot(broken: YAMLError, text: str) -> tuple[int, int]:
    """Where the problem is; where what it is about began or the text ends, if the parser noticed only in the void."""
    lines = text.splitlines()
    marks = (broken.problem_mark, broken.context_mark) if isinstance(broken, MarkedYAMLError) else ()
    for mark in marks:
        if mark is not None and "".join(lines[mark.line :]).strip():
            return mark.line, mark.column
    last = max((number for number, line in enumerate(lines) if line.strip()), default=0)
    return last, len("".join(lines[last : last + 1]).rstrip())
