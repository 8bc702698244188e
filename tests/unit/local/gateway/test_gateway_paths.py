"""Which paths lead to which path of a replica."""

import io
import json

import pytest
from aiohttp import web

from gitops.local.runtime import Runtime
from tests.unit.local.gateway.town import KEY, head, tell

EVERY_PATH = "/{path:.*}"


async def told(request):
    """A replica that says what it was asked for."""
    body = await request.read()
    return web.json_response(
        {
            "asked": f"{request.method} {request.raw_path}",
            "prefix": request.headers.get("X-Forwarded-Prefix"),
            "body": body.decode(),
        }
    )


def asked(method, path, runtime=None, **how):
    async def story(there):
        await there.replica(told, runtime=runtime, path=EVERY_PATH)
        status, body, _ = await there.ask_path(method, path, **how)
        return status, json.loads(body)

    return tell(story)


@pytest.mark.parametrize(
    "path", ["/inference/aloha", "/inference/aloha/completions", "/inference/aloha/chat/completions"]
)
def test_what_predicts_is_asked_under_the_model_cards_path_with_query_and_body(path):
    status, said = asked("POST", f"{path}?a=%2F", Runtime(predict_path="/v1/go"), data=b'{"x": 1}')

    assert (status, said["asked"], said["body"]) == (200, "POST /v1/go?a=%2F", '{"x": 1}')


@pytest.mark.parametrize("model", ["aloha", "team/aloha"])
def test_a_chat_finds_its_endpoint_by_the_name_of_its_model(model):
    body = json.dumps({"model": model, "messages": []}).encode()

    status, said = asked("POST", "/inference/api/v1/chat/completions", data=body)

    assert (status, said["asked"], said["body"]) == (200, "POST /predict", body.decode())


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{", 400, "not JSON"),
        (b"[]", 400, "names no endpoint"),
        (b'{"model": 3}', 400, "names no endpoint"),
        (b'{"model": "team/other"}', 404, "there is no endpoint 'other'"),
        (b"x" * (16 << 20) + b"x", 413, "/chat/completions"),
    ],
)
def test_a_chat_that_finds_no_endpoint_is_told_why(body, status, words):
    got, said = asked("POST", "/inference/api/v1/chat/completions", data=io.BytesIO(body))

    assert got == status
    assert words in said["error"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "POST"])
def test_an_endpoint_that_exposes_its_paths_is_asked_for_any_of_them_in_any_way(method):
    status, said = asked(method, "/inference/aloha/a%2Fb/c?x=1&y", Runtime(all_paths=True))

    assert (status, said["asked"], said["prefix"]) == (200, f"{method} /a%2Fb/c?x=1&y", "/inference/aloha")


def test_an_endpoint_that_exposes_nothing_says_how_it_could():
    status, said = asked("GET", "/inference/aloha/docs")

    assert status == 404
    assert "expose_subdomains" in said["error"]


def test_a_custom_path_is_asked_of_any_endpoint():
    status, said = asked("GET", "/custom_inference/aloha/docs?x=1")

    assert (status, said["asked"], said["prefix"]) == (200, "GET /docs?x=1", "/custom_inference/aloha")


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/custom_inference/aloha/a/../../x", b"400"),
        ("/custom_inference/aloha/%2e%2e/x", b"400"),
        ("/custom_inference/aloha//elsewhere/x", b"400"),
        ("/custom_inference/nobody/x", b"404"),
        ("/elsewhere", b"404"),
        ("http://elsewhere/custom_inference/aloha/x", b"200"),
    ],
)
def test_no_path_leads_anywhere_but_below_its_endpoint(path, answer):
    async def story(there):
        seen = []

        async def handler(request):
            seen.append(request.raw_path)
            return web.Response()

        await there.replica(handler, path=EVERY_PATH)
        reader, writer = await there.connect()
        writer.write(head("GET", path))
        line = await reader.readline()
        return line.split(b" ")[1], seen

    status, seen = tell(story)

    assert status == answer
    assert seen == (["/x"] if answer == b"200" else [])


def test_nothing_at_all_takes_an_unknown_path_and_says_so():
    async def story(there):
        return (await there.ask_path("DELETE", "/inference", headers=KEY))[:2]

    status, body = tell(story)

    assert status == 404
    assert b"DELETE /inference" in body
