"""Autoscaling: every line of `autoscale.yaml`."""

from typing import Any

import pytest
from ruamel.yaml import YAML

from gitops.local.supervisor.autoscaling import target, wanted
from gitops.model.autoscale import Autoscale
from tests.specs.golden import SPECS

TABLE = YAML(typ="safe").load(SPECS / "autoscale.yaml")


@pytest.mark.parametrize("line", TABLE, ids=lambda line: line["case"])
def test_a_decision(line: dict[str, Any]):
    policy = Autoscale(
        min_replicas=line.get("min", 1),
        max_replicas=line.get("max", 4),
        requests_per_replica=line.get("per_replica", 10),
    )
    now = wanted(policy, line["requests"])

    assert (line["wanted"], line["goes_to"]) == (now, target(policy, line["current"], now, line["highest"]))
