"""Rollout arithmetic: every line of `rollout.yaml`."""

from typing import Any

import pytest
from ruamel.yaml import YAML

from gitops.model.checkpoints import checkpoints
from gitops.planning.rollout import room
from tests.specs.golden import SPECS

TABLE = YAML(typ="safe").load(SPECS / "rollout.yaml")


@pytest.mark.parametrize("line", TABLE["checkpoints"], ids=str)
def test_checkpoints(line: dict[str, Any]):
    assert tuple(line["checkpoints"]) == checkpoints(line["batches"], line["replicas"])


@pytest.mark.parametrize("line", TABLE["room"], ids=str)
def test_room(line: dict[str, Any]):
    assert (line["surge"], line["unavailable"]) == room(line["max_surge"], line["max_unavailable"], line["replicas"])
