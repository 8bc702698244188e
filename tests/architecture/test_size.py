"""A module has one idea, a function fits a screen: the sizes that say when to stop and look."""

import ast

from tests.architecture.tree import Module, modules

MODULE_LINES = 300
MODULE_LINES_AT_MOST = 400
LARGER_MODULES: set[str] = set()
"""Exactly these are longer; whoever shortens one takes it off the list."""

FUNCTION_LINES = 60


def test_a_module_is_at_most_300_lines_but_for_the_ones_we_know():
    assert {module.name for module in modules("gitops") if module.lines > MODULE_LINES} == LARGER_MODULES


def test_no_module_is_longer_than_400_lines():
    assert [module.name for module in modules("gitops") if module.lines > MODULE_LINES_AT_MOST] == []


def test_no_function_is_longer_than_60_lines():
    assert [name for module in modules("gitops") for name, lines in _functions(module) if lines > FUNCTION_LINES] == []


def _functions(module: Module) -> list[tuple[str, int]]:
    return [
        (f"{module.name}:{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
