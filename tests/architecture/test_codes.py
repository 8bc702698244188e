"""The codes of errors and diagnostics: each is documented, each is used, nothing else is promised."""

import ast
import re

from gitops.diagnostics import Code
from gitops.errors import ErrorCode, ExitCode
from tests.architecture.tree import modules, read

BROKEN_PIPE = 141
"""The only number that the process ends with and that is no outcome of its own: the reader of its output left."""

ERRORS, DIAGNOSTICS, NUMBERS = "## Errors", "## Diagnostics", "## Exit codes"


def _part(heading: str) -> str:
    page = read("docs/errors.md")
    assert heading in page
    return re.split(r"^## ", page.split(heading + "\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def _sections() -> dict[str, int]:
    """Documented error -> the exit code in its heading."""
    headings = re.findall(r"^### `([a-z-]+)` \(exit (\d+)\)$", _part(ERRORS), re.MULTILINE)
    return {code: int(number) for code, number in headings}


def _rows() -> list[str]:
    return re.findall(r"^\| `([a-z-]+)` \|", _part(DIAGNOSTICS), re.MULTILINE)


def test_every_error_has_its_section_and_every_section_its_error():
    assert set(ErrorCode) == set(_sections())


def test_every_diagnostic_has_its_row_and_every_row_its_diagnostic():
    assert sorted(Code) == sorted(_rows())


def test_every_exit_code_has_its_row_and_every_row_its_exit_code():
    numbers = {int(number) for number in re.findall(r"^\| (\d+) \|", _part(NUMBERS), re.MULTILINE)}
    assert {int(code) for code in ExitCode} | {BROKEN_PIPE} == numbers


def test_every_error_ends_with_an_exit_code_that_exists():
    assert set(_sections().values()) <= {int(code) for code in ExitCode}


def test_every_diagnostic_is_found_somewhere():
    used = _members("Code", leaving_out="gitops/diagnostics.py")
    assert {code.name for code in Code} - used == set()


def test_every_error_is_raised_somewhere():
    given = _members("ErrorCode", leaving_out="gitops/errors.py")
    assert {code.name for code in ErrorCode} - given - _by_default() == set()


def _members(enum: str, *, leaving_out: str) -> set[str]:
    """The members of an enum that are named outside of the file that defines it."""
    return {
        node.attr
        for module in modules("gitops")
        if module.name != leaving_out
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == enum
    }


def _by_default() -> set[str]:
    """The codes of the classes in `errors.py` that are made somewhere without a code of their own."""
    made = {
        node.func.id
        for module in modules("gitops")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if all(keyword.arg != "code" or _may_be_none(keyword.value) for keyword in node.keywords)
    }
    (errors,) = (module for module in modules("gitops") if module.name == "gitops/errors.py")
    return {
        ast.unparse(value).removeprefix("ErrorCode.")
        for kind in errors.tree.body
        if isinstance(kind, ast.ClassDef) and kind.name in made
        for name, value in _assigned(kind)
        if name == "code"
    }


def _may_be_none(value: ast.expr) -> bool:
    """A code that is handed on may be none; one that is named is not."""
    return isinstance(value, ast.Name)


def _assigned(kind: ast.ClassDef) -> list[tuple[str, ast.expr]]:
    return [
        (target.id, node.value)
        for node in kind.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
