"""Exceptions that were counted: the numbers may only fall. Whoever removes one lowers the number here."""

import re

import pytest

from tests.architecture.tree import modules


@pytest.mark.parametrize(
    ("exception", "folder", "at_most"),
    [
        (r"#\s*type:\s*ignore", "gitops", 7),
        (r"#\s*(ruff:\s*)?noqa", "gitops", 13),
        (r"#\s*pragma:\s*no cover", "gitops", 0),
        (r"#\s*type:\s*ignore", "tests", 0),
        (r"#\s*(ruff:\s*)?noqa", "tests", 2),
        (r"#\s*(ruff:\s*)?noqa", "examples", 1),
        (r"#\s*(ruff:\s*)?noqa", "benchmarks", 0),
    ],
)
def test_exceptions_only_become_fewer(exception, folder, at_most):
    found = [
        f"{module.name}:{number}"
        for module in modules(folder)
        for number, line in enumerate(module.text.splitlines(), 1)
        if re.search(exception, line) and module.name != "tests/architecture/test_ratchets.py"
    ]
    assert len(found) <= at_most, "\n".join(found)


def test_type_checking_is_set_aside_only_where_a_model_is_called():
    """`standin` speaks to classes of other people; everywhere else mypy sees everything."""
    outside = [module for module in modules("gitops") if not module.name.startswith("gitops/local/replicas/standin/")]
    assert [module.name for module in outside if re.search(r"#\s*type:\s*ignore", module.text)] == []
