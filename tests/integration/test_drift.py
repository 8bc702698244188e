"""What somebody changed by hand, taken over into the files by the command: only the values, each where it came from."""

from contextlib import closing

import pytest

from gitops.errors import ExitCode
from gitops.model.autoscale import Autoscale

pytestmark = pytest.mark.slow

PROJECT = """\
kind: Project
name: aloha
include: [models/*.yaml, endpoints/*.yaml]
default_environment: local
variables: {few: 1}
environments:
  local: {platform: {kind: local}, overlays: [local/*.yaml]}
  staging: {platform: {kind: local}}
"""
ENDPOINTS = """\
# Everything that is served.
kind: Endpoint
name: aloha   # the name stays
model: aloha

replicas: 3   # staging has more
---
kind: Endpoint  # by way of a variable
name: hello
model: aloha
replicas: ${var:few}
"""
OVERLAY = """\
# Here are fewer.
kind: Endpoint
name: aloha
replicas: 1       # one is enough
autoscale:        # for the sale
    min_replicas:   1
    # the most that we can pay
    max_replicas: 2
    requests_per_replica: &each 10
"""
POLICY = Autoscale(min_replicas=1, max_replicas=3, requests_per_replica=10)


@pytest.fixture
def shop(project):
    """Two endpoints that serve, one of them by an overlay and the other by a variable."""
    project.write("gitops.yaml", PROJECT)
    project.write("endpoints/aloha.yaml", ENDPOINTS)
    project.write("local/aloha.yaml", OVERLAY)
    project.good("apply", "--yes")
    return project


def by_hand(project, policy: Autoscale, hello: int = 1) -> None:
    """Change the platform past the command."""
    with closing(project.platform.platform) as platform:
        platform.set_autoscale("aloha", policy=policy)
        if hello > 1:
            platform.scale("hello", replicas=hello)


def files(project) -> dict[str, bytes]:
    return {folder: (project.folder / folder / "aloha.yaml").read_bytes() for folder in ("endpoints", "local")}


def test_what_was_changed_by_hand_is_accepted_into_the_overlay_and_nothing_else_moves(shop):
    before = files(shop)
    by_hand(shop, POLICY)
    drifted = shop.gitops("drift", "--detailed-exitcode")
    untouched = files(shop)

    accepted = shop.gitops("drift", "--accept")

    assert (drifted.returncode, accepted.returncode) == (ExitCode.CHANGES, ExitCode.DONE)
    assert untouched == before
    assert "wrote local/aloha.yaml" in accepted.stderr
    expected = OVERLAY.replace("    max_replicas: 2", "    max_replicas: 3")
    assert files(shop) == {**before, "local": expected.encode()}
    assert shop.gitops("plan", "--detailed-exitcode").returncode == ExitCode.DONE
    assert shop.gitops("drift", "--detailed-exitcode").returncode == ExitCode.DONE


def test_what_cannot_be_written_alone_is_refused_and_nothing_is_written(shop):
    before = files(shop)
    by_hand(shop, POLICY.model_copy(update={"requests_per_replica": 20}), hello=2)

    refused = shop.gitops("drift", "--accept")

    assert refused.returncode == ExitCode.USAGE
    assert "replicas of hello comes from ${var:few} (endpoints/aloha.yaml:11:11)" in refused.stderr
    assert "is what the YAML anchor &each stands for (local/aloha.yaml:9:27)" in refused.stderr
    assert "nothing was" in refused.stderr
    assert files(shop) == before
