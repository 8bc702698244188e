"""The folders are the flow of the data: what a module may be called, must say, and may not contain."""

import ast
import re
import tomllib
from pathlib import PurePosixPath

import pytest

from tests.architecture.tree import Module, modules, read

NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
PROMISES = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
LEFT_OUT = {"skip", "skipif", "xfail", "importorskip"}
MAY_PRINT = {"gitops/local/replicas/standin/fedml/serving/_server.py"}
"""The stand-in runs inside a replica, whose standard error is its log."""

MUST_STAND = {
    "The layers point one way, and every folder has its place",
    "Workflows know ports, not adapters",
    "Only the wiring names adapters",
    "The embedded platform is a program of its own: it knows the wire, the nouns and the errors",
    "Views see models only",
    "The pure core does no I/O and reads no clock",
    "No cycles between siblings",
}


def test_every_module_says_what_it_is():
    assert [module.name for module in modules("gitops") if not ast.get_docstring(module.tree)] == []


def test_no_module_has_a_name_that_says_nothing():
    named = [(module.name, set(PurePosixPath(module.name).with_suffix("").parts)) for module in modules("gitops")]
    assert [name for name, parts in named if parts & NAMES_THAT_SAY_NOTHING] == []


def test_no_module_puts_off_its_work():
    assert [module.name for module in modules("gitops") if PROMISES.search(module.text)] == []


def test_nothing_is_printed_behind_the_views_back():
    assert {module.name for module in modules("gitops") if "print" in _called(module)} <= MAY_PRINT


@pytest.mark.parametrize("folder", ["tests", "examples", "benchmarks"])
def test_no_test_is_left_out(folder):
    assert [module.name for module in modules(folder) if LEFT_OUT & _attributes(module)] == []


def test_the_import_contracts_stand():
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    assert {contract["name"] for contract in contracts} >= MUST_STAND


def test_a_folder_that_nobody_placed_is_an_error():
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = {tuple(one["containers"]): one for one in contracts if one["type"] == "layers"}
    assert set(layers) == {("gitops",), ("gitops.local",)}
    assert all(one["exhaustive"] is True for one in layers.values())
    assert layers["gitops",]["exhaustive_ignores"] == ["__main__"]


def _called(module: Module) -> set[str]:
    return {
        node.func.id for node in ast.walk(module.tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def _attributes(module: Module) -> set[str]:
    """Names taken from `pytest` or `pytest.mark`."""
    return {
        node.attr
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in {"pytest", "pytest.mark", "unittest"}
    }
