"""What runs becomes documents that say the same, and no secret is in them."""

import json

from gitops.model.autoscale import Autoscale, Bounds, LiveAutoscale
from gitops.model.card import CardSpec
from gitops.model.desired import Endpoint
from gitops.model.live import Live, Phase
from gitops.model.resource import Resource
from gitops.planning.adoption import card_document, endpoint_document
from gitops.ports import PushedCard

LIVE = Live(
    name="aloha",
    model="aloha",
    version="v3-Tue Nov 24 10:19:31 GMT 2026",
    replicas=4,
    online=4,
    phase=Phase.SERVING,
    gpus_told=False,
    resource=Resource(type="on_premise", master="101", workers=("102", "103")),
)


def pushed(config, *from_environment: str) -> PushedCard:
    return PushedCard("aloha", "v3-Tue Nov 24 10:19:31 GMT 2026", config, None, from_environment)


def test_an_endpoint_is_declared_with_the_number_of_its_version():
    document = endpoint_document(LIVE)
    endpoint = Endpoint.model_validate(document.content)

    assert ("v3", 4, LIVE.resource) == (endpoint.version, endpoint.replicas, endpoint.resource)
    assert "gpus_per_replica" not in document.content
    assert document.remarks == ()


def test_a_whole_policy_is_declared_and_the_running_number_is_not():
    policy = Autoscale(min_replicas=1, max_replicas=8, requests_per_replica=10, window=30, scale_down_delay=0)
    document = endpoint_document(LIVE.model_copy(update={"autoscale": LiveAutoscale(policy=policy)}))
    endpoint = Endpoint.model_validate(document.content)

    assert policy == endpoint.autoscale
    assert "replicas" not in document.content


def test_a_policy_of_which_only_the_bounds_are_told_is_left_to_the_reader():
    document = endpoint_document(LIVE.model_copy(update={"bounds": Bounds(min_replicas=2, max_replicas=5)}))

    assert "autoscale" not in document.content
    assert "between 2 and 5 replicas" in document.remarks[0]


def test_secrets_become_the_names_of_environment_variables():
    config = {
        "workspace": "./",
        "entry_point": "main.py",
        "environment_variables": {"LEVEL": "debug", "HF_TOKEN": "s3cr3t-1", "PLAIN": "s3cr3t-2"},
        "registry_user_password": "s3cr3t-3",
        "registry_specs": {"docker_registry_user_name": "s3cr3t-4"},
        "authentication_token": "s3cr3t-5",
    }
    document = card_document(pushed(config, "PLAIN"), "../aloha", ())
    spec = document.content["spec"]

    assert "s3cr3t" not in json.dumps(document.content)
    assert {"LEVEL": "debug", "HF_TOKEN": "${env:HF_TOKEN}", "PLAIN": "${env:PLAIN}"} == spec["environment_variables"]
    assert spec["registry_user_password"] == "${env:ALOHA_REGISTRY_USER_PASSWORD}"
    assert set(document.variables) == {
        "HF_TOKEN",
        "PLAIN",
        "ALOHA_REGISTRY_USER_PASSWORD",
        "ALOHA_REGISTRY_SPECS_DOCKER_REGISTRY_USER_NAME",
        "ALOHA_AUTHENTICATION_TOKEN",
    }
    assert CardSpec.model_validate(spec).workspace == "../aloha"


def test_a_value_that_looks_like_a_reference_is_meant_as_it_stands():
    document = card_document(pushed({"bootstrap": "echo ${HOME}", "job": ""}), "../aloha", ())

    assert document.content["spec"]["bootstrap"] == "echo $${HOME}"


def test_keys_that_no_card_has_are_left_out_and_named():
    document = card_document(pushed({"entry_point": "m.py", "their_own": 1}), "../aloha", ())

    assert "their_own" not in document.content["spec"]
    assert "their_own" in document.remarks[0]
