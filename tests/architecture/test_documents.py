"""What the pages promise is there: links lead somewhere, commands exist, examples are the real files."""

import re

import pytest
import typer

from gitops.cli.main import app
from gitops.model.autoscale import Autoscale
from gitops.model.card import CardSpec
from gitops.model.desired import (
    Endpoint,
    Environment,
    LocalPlatform,
    ModelCard,
    Packages,
    Project,
    Rollout,
    TensorOperaPlatform,
    Totals,
)
from gitops.model.operation import OperationRow
from gitops.model.resource import Resource
from tests.architecture.tree import ROOT, files, pages, read

LINK = re.compile(r"\[[^\]\n]*\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
LOCK_FILES = {"poetry.lock", "uv.lock", "Pipfile.lock", "pdm.lock", "package-lock.json", "requirements.txt"}
REGISTRY = re.compile(r"index-url|pypi\.org/simple|registry\.npmjs|files\.pythonhosted", re.IGNORECASE)
PARTS_OF_A_DECISION = ["Status", "Context", "Options", "Decision", "Consequences"]


@pytest.mark.parametrize("page", [path.relative_to(ROOT).as_posix() for path in pages()])
def test_every_link_between_pages_leads_to_a_file(page):
    dead = [link for link in LINK.findall(read(page)) if not ((ROOT / page).parent / link).exists()]
    assert dead == []


def test_the_readme_begins_with_the_commands_to_type():
    head = read("README.md").splitlines()[:30]
    assert [f"make {target}" for target in ("demo", "test", "check") if f"make {target}" not in "\n".join(head)] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_make_command_that_a_page_names_is_a_target(page):
    named = set(re.findall(r"(?:`|^\$ |^)make ([a-z][a-z-]*)", read(page), re.MULTILINE))
    assert named - set(TARGET.findall(read("Makefile"))) == set()


@pytest.mark.parametrize("page", [path.relative_to(ROOT).as_posix() for path in pages()])
def test_every_gitops_command_that_a_page_shows_exists(page):
    commands = set(typer.main.get_command(app).commands)
    assert set(re.findall(r"(?:`|^\$ )gitops ([a-z]+)", read(page), re.MULTILINE)) - commands == set()


@pytest.mark.parametrize("example", ["gitops.yaml", "models/aloha.yaml", "aloha/config.yaml", "endpoints/aloha.yaml"])
def test_the_readme_shows_the_files_of_the_quickstart_as_they_are(example):
    assert read(f"examples/quickstart/{example}").strip() in read("README.md")


@pytest.mark.parametrize(
    "kind",
    [
        Project,
        Environment,
        LocalPlatform,
        TensorOperaPlatform,
        Packages,
        Totals,
        OperationRow,
        ModelCard,
        Endpoint,
        Resource,
        Autoscale,
        Rollout,
        CardSpec,
    ],
)
def test_every_key_that_people_write_is_documented(kind):
    page = read("docs/projects.md")
    assert [key for key in kind.model_fields if f"`{key}`" not in page] == []


def test_every_decision_has_its_parts_and_decisions_are_numbered_without_a_gap():
    decisions = [path for path in pages() if path.parent == ROOT / "docs/adr"]
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        assert re.findall(r"^## (\w+)$", path.read_text(), re.MULTILINE) == PARTS_OF_A_DECISION, path.name


def test_versions_are_held_by_constraints_alone():
    assert [path.name for path in files() if path.name in LOCK_FILES] == []


def test_constraints_name_versions_and_nothing_else():
    lines = [line for line in read("constraints.txt").splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!-]+(\s*;.*)?", line)] == []


@pytest.mark.parametrize(
    "name", ["Makefile", "pyproject.toml", "constraints.txt", ".ci/run", ".github/workflows/ci.yml"]
)
def test_no_registry_is_named_so_that_every_machine_uses_its_own(name):
    assert not REGISTRY.search(read(name))


@pytest.mark.parametrize("name", [".ci/run", ".github/workflows/ci.yml", "CONTRIBUTING.md"])
def test_machines_and_people_run_the_same_commands(name):
    assert re.search(r"\bmake\b.*\bcheck\b", read(name))
