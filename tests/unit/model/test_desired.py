import pytest
from pydantic import ValidationError

from gitops.diagnostics import Place
from gitops.model.desired import DesiredEndpoint, Endpoint, Environment, ModelCard, Project

LEAST = {"name": "aloha", "model": "aloha"}


def test_an_endpoint_needs_a_name_and_a_model_only():
    endpoint = Endpoint.model_validate(LEAST)

    assert (endpoint.version, endpoint.replicas, endpoint.gpus_per_replica) == ("current", 1, 0)
    assert endpoint.rollout.model_dump() == {
        "max_unavailable": 0,
        "max_surge": 1,
        "batches": ("100%",),
        "progress_deadline": "10m",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"replicas": 0},
        {"replicas": -1},
        {"replicas": 1001},
        {"replicas": 2.0},
        {"replicas": "2"},
        {"replicas": True},
        {"gpus_per_replica": -1},
        {"gpus_per_replica": 65},
        {"version": "sha256:abc"},
        {"version": "v01"},
        {"name": "-a"},
        {"name": "a" * 64},
        {"model": ""},
        {"rollout": {"batches": []}},
        {"rollout": {"progress_deadline": "0s"}},
        {"autoscale": {}},
        {"kind": "Project"},
    ],
)
def test_an_endpoint_refuses(change):
    with pytest.raises(ValidationError):
        Endpoint.model_validate(LEAST | change)


def test_a_card_is_refused_with_a_key_that_nobody_knows():
    with pytest.raises(ValidationError):
        ModelCard.model_validate({"name": "a", "spec": {"workspace": ".", "entrypoint": "x"}})


def test_a_project_needs_an_environment_with_a_platform():
    with pytest.raises(ValidationError):
        Project.model_validate({"name": "a", "include": ["*"], "environments": {}})
    with pytest.raises(ValidationError):
        Project.model_validate({"name": "a", "include": ["*"], "environments": {"local": {}}})


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://a b", "http://a/path", "localhost:80"])
def test_the_address_of_a_platform_is_a_host_and_nothing_behind_it(url):
    with pytest.raises(ValidationError):
        Environment.model_validate({"platform": {"kind": "local", "url": url}})


def test_a_field_that_no_file_names_stands_where_its_document_does():
    document, replicas = Place(file="a.yaml"), Place(file="a.yaml", line=4)
    endpoint = DesiredEndpoint(Endpoint.model_validate(LEAST), None, {"": document, "replicas": replicas})

    assert endpoint.place("replicas") == replicas
    assert endpoint.place("version") == document
    assert DesiredEndpoint(Endpoint.model_validate(LEAST), None).place("version") is None
