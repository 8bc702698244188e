"""Endpoints that are named by their id: TensorOpera's clients get a model's JSON inside an envelope."""

import json

import pytest
from aiohttp import web

from gitops.local.gateway import wrapping
from tests.unit.local.gateway.town import tell

ID = "1234567890123456789"
DONE = {"code": "SUCCESS", "message": "Succeeded to process request"}


def asked(handler, path=f"/inference/{ID}", method="POST", **how):
    async def story(there):
        there.routes.know("other")
        await there.replica(handler, path="/{path:.*}")
        return await there.ask_path(method, path, **how)

    return tell(story, named={ID: "aloha", "7": "gone", "other": "aloha"}.get)


async def plain(_request):
    return web.json_response({"a": [1]})


def test_an_answer_comes_in_an_envelope_for_who_asks_by_id_and_as_it_is_for_who_asks_by_name():
    status, body, headers = asked(plain)
    assert (200, {**DONE, "data": {"a": [1]}}) == (status, json.loads(body))
    assert str(len(body)) == headers["Content-Length"]
    assert {"a": [1]} == json.loads(asked(plain, "/inference/aloha")[1])


@pytest.mark.parametrize("path", ["completions", "chat/completions"])
def test_a_chat_is_answered_as_it_is(path):
    assert {"a": [1]} == json.loads(asked(plain, f"/inference/{ID}/{path}")[1])


def test_a_path_of_the_model_is_found_by_id_and_answered_as_it_is():
    assert {"a": [1]} == json.loads(asked(plain, f"/custom_inference/{ID}/v1/x")[1])


def test_an_id_that_nobody_has_or_whose_endpoint_is_gone_is_not_there():
    assert 404 == asked(plain, "/inference/8")[0]
    assert 404 == asked(plain, "/inference/7")[0]


def test_a_name_goes_before_an_id():
    assert 503 == asked(plain, "/inference/other")[0]


def test_a_large_answer_is_wrapped_as_it_streams():
    content = json.dumps(["x" * 1000] * 3000)

    async def large(_request):
        return web.Response(text=content, content_type="application/json")

    status, body, headers = asked(large)
    assert (200, {**DONE, "data": json.loads(content)}) == (status, json.loads(body))
    assert str(len(content) + wrapping.LENGTH) == headers["Content-Length"]


def test_an_answer_in_pieces_is_wrapped_too():
    async def pieces(request):
        answer = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
        await answer.prepare(request)
        for piece in (b'{"a"', b": [1", b"]}"):
            await answer.write(piece)
        return answer

    assert {**DONE, "data": {"a": [1]}} == json.loads(asked(pieces)[1])


@pytest.mark.parametrize(
    ("status", "headers", "content"),
    [
        (200, {"Content-Type": "text/plain"}, b"hello"),
        (200, {"Content-Type": "application/json-lines"}, b"{}\n{}\n"),
        (200, {"Content-Type": "application/json", "Content-Encoding": "x"}, b"{}"),
        (500, {"Content-Type": "application/json"}, b'{"error": "no"}'),
        (201, {"Content-Type": "application/json"}, b"{}"),
    ],
)
def test_what_is_no_good_json_is_answered_as_it_is(status, headers, content):
    async def other(_request):
        return web.Response(status=status, headers=headers, body=content)

    assert (status, content) == asked(other)[:2]


def test_only_a_prediction_is_wrapped():
    assert {"a": [1]} == json.loads(asked(plain, method="GET")[1])
