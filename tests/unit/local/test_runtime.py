"""How a card's configuration makes the embedded platform run and ask its replicas."""

import pytest
from pydantic import ValidationError

from gitops.local.runtime import Runtime
from gitops.model.card import CardSpec


def runtime(**keys) -> Runtime:
    return Runtime.of(CardSpec.model_validate({"workspace": ".", **keys}))


def test_a_card_that_says_nothing_gets_what_tensoropera_gives():
    assert runtime() == Runtime(
        ready_path="/ready",
        live_path="/ready",
        predict_path="/predict",
        all_paths=False,
        request_timeout_s=30,
        deploy_timeout_s=600,
        memory_bytes=None,
        sees_gpus=True,
    )


@pytest.mark.parametrize(
    ("keys", "ready", "live"),
    [
        ({"readiness_probe": "/health"}, "/health", "/health"),
        ({"readiness_probe": {"httpGet": {"path": "/health"}}}, "/health", "/health"),
        ({"liveness_probe": "/alive"}, "/ready", "/alive"),
        ({"readiness_probe": "/health", "liveness_probe": {"httpGet": {"path": "/alive"}}}, "/health", "/alive"),
    ],
)
def test_probes_ask_the_paths_that_the_card_names(keys, ready, live):
    found = runtime(**keys)

    assert (found.ready_path, found.live_path) == (ready, live)


def test_a_service_says_where_requests_go():
    assert runtime(service={"httpPost": {"path": "/v1/chat"}}).predict_path == "/v1/chat"


@pytest.mark.parametrize(
    ("keys", "seconds"),
    [
        ({"deploy_timeout": 900}, 900),
        ({"deploy_timeout_sec": 60}, 60),
        ({"deploy_timeout_sec": 60, "deploy_timeout": 900}, 60),
    ],
)
def test_deploy_timeout_sec_beats_deploy_timeout(keys, seconds):
    assert runtime(**keys).deploy_timeout_s == seconds


def test_the_other_keys_are_taken_as_they_are():
    found = runtime(expose_subdomains=True, request_timeout_sec=5, memory="1.5g", use_gpu=False)

    assert (found.all_paths, found.request_timeout_s, found.memory_bytes, found.sees_gpus) == (True, 5, 3 << 29, False)


def test_use_gpu_true_is_the_default():
    assert runtime(use_gpu=True) == runtime()


@pytest.mark.parametrize(
    "keys",
    [
        {"memory": "lots"},
        {"memory": True},
        {"deploy_timeout_sec": 0},
        {"deploy_timeout": -1},
        {"request_timeout_sec": 86_401},
        {"readiness_probe": "ready"},
        {"liveness_probe": {}},
        {"service": {"httpGet": {"path": "/predict"}}},
    ],
)
def test_values_that_make_no_sense_are_no_card(keys):
    with pytest.raises(ValidationError):
        runtime(**keys)
