"""What is asked of a replica: the path that goes over the wire, and what never does."""

import pytest

from gitops.local.gateway.below import PREDICTION, below
from gitops.local.gateway.refusal import Refused
from gitops.local.runtime import Runtime

EXPOSING = Runtime(all_paths=True)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/inference/aloha/", "/"),
        ("/inference/aloha/docs", "/docs"),
        ("/inference/aloha/a/b%2Fc/%C3%A9", "/a/b%2Fc/%C3%A9"),
        ("/inference/aloha/a//b", "/a//b"),
        ("/inference/aloha/..a/b..", "/..a/b.."),
        ("/custom_inference/aloha/100%25", "/100%25"),
        ("/custom_inference/aloha/http://elsewhere/x", "/http://elsewhere/x"),
    ],
)
def test_a_path_below_an_endpoint_is_asked_for_as_it_came(raw, path):
    assert below(raw, always=False).of(EXPOSING) == path


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../x",
        "a/../b",
        "a/..",
        "%2e%2e/x",
        "a%2F..%2Fb",
        "a%2f%2e%2e%2fb",
        "a\\..\\b",
        "a%5C..%5Cb",
        "%252e%252e/x",
        "/elsewhere/x",
        "%2Felsewhere/x",
        "%5Celsewhere/x",
        "%25252525252e",
    ],
)
def test_a_path_that_leads_out_is_refused(path):
    with pytest.raises(Refused) as refused:
        below(f"/inference/aloha/{path}", always=True)
    assert refused.value.status == 400


def test_a_replica_that_exposes_nothing_is_asked_for_what_is_always_there_only():
    assert below("/inference/aloha/docs", always=False).of(Runtime()) is None
    assert below("/custom_inference/aloha/docs", always=True).of(Runtime()) == "/docs"


@pytest.mark.parametrize(
    ("predict_path", "path"),
    [("/predict", "/predict"), ("v1/go", "/v1/go"), ("//host/x", "/host/x"), ("/a b\r\nX: y", "/a%20b%0D%0AX:%20y")],
)
def test_the_path_that_predicts_is_the_model_cards_and_begins_with_one_slash(predict_path, path):
    assert PREDICTION.of(Runtime(predict_path=predict_path)) == path


def test_the_prefix_is_what_the_client_sees_before_the_path():
    assert below("/inference/al%6Fha/docs/x", always=False).prefix == "/inference/al%6Fha"
