import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from gitops.errors import Conflict
from gitops.local.face.front import front
from gitops.local.gateway.limits import Limits
from gitops.local.tensoropera.calls import Call, Sealed
from gitops.local.tensoropera.envelope import Declined
from gitops.local.tensoropera.face import TensorOperaFace
from gitops.local.tensoropera.keys import KeyIn, Keys
from gitops.local.tensoropera.seal import Seal
from gitops.wire.tensoropera import ENDPOINT_EXIST
from tests.unit.local.worlds import EPOCH

BASE = "/fedmlModelServer/api/v1"
WRONG = {"code": "FAILURE", "message": "the API key is missing or wrong", "data": None}
BEARER = {"Authorization": "Bearer key"}


class Echo:
    """Answers with the body that it was asked with."""

    def __init__(self) -> None:
        self.carried_out = 0

    def calls(self):
        return [
            Call("POST", f"{BASE}/list", KeyIn.LIST, self.echo),
            Call("POST", f"{BASE}/body", KeyIn.BODY, self.echo, limit=1000),
            Call("GET", f"{BASE}/bearer", KeyIn.BEARER, self.echo),
            Call("POST", f"{BASE}/bearer", KeyIn.BEARER, self.echo),
            Call("POST", f"{BASE}/token", KeyIn.ENDPOINT, self.echo),
            Call("POST", f"{BASE}/beat", KeyIn.BODY, self.echo, stranger=False),
            Call("POST", f"{BASE}/open", None, self.echo),
            Call("POST", f"{BASE}/no", None, self.no),
            Call("POST", f"{BASE}/busy", None, self.busy),
            Sealed("PUT", "/system/x/{name}", self.put),
        ]

    async def echo(self, asked):
        self.carried_out += 1
        return dict(asked.body)

    async def no(self, _asked):
        raise Declined("there is one", ENDPOINT_EXIST)

    async def busy(self, _asked):
        raise Conflict("it is busy", hint="wait")

    async def put(self, request):
        return web.Response(body=await request.content.read())


class There:
    """A face that is served, and a client."""

    def __init__(self, url: str, client: aiohttp.ClientSession, echo: Echo, seal: Seal, visitors) -> None:
        self.url, self.client, self.echo, self.seal, self.visitors = url, client, echo, seal, visitors

    async def ask(self, path: str, body: object = None, method: str = "POST", **options):
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        async with self.client.request(method, self.url + path, data=data, **options) as answer:
            return answer.status, await answer.json()


@asynccontextmanager
async def served(limits: Limits):
    seal, echo = Seal("key", "", lambda: EPOCH), Echo()
    face = TensorOperaFace(Keys("key", token={"7": "a token"}.get), seal, (echo,), limits)
    visitors = []

    def guarded(admit):
        def noting(request):
            visitors.append(request.path)
            admit(request)

        return face.routes(noting)

    async with front(lambda **_: [], "key", limits, guarded) as runner, aiohttp.ClientSession() as client:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield There(f"http://127.0.0.1:{runner.addresses[0][1]}", client, echo, seal, visitors)


def tell(story, **limits):
    async def run():
        async with served(Limits(**limits)) as there:
            return await asyncio.wait_for(story(there), 30)

    return asyncio.run(run())


@pytest.mark.parametrize(("path", "key"), [("/list", "user_api_key"), ("/body", "apiKey"), ("/beat", "apiKey")])
def test_a_call_with_the_key_in_its_body_is_carried_out(path, key):
    async def story(there):
        status, said = await there.ask(BASE + path, {key: "key", "id": 9223372036854775807})
        assert (200, "SUCCESS", {key: "key", "id": 9223372036854775807}) == (status, said["code"], said["data"])
        assert [BASE + path] == there.visitors

    tell(story)


@pytest.mark.parametrize("body", [{}, {"apiKey": "other"}, {"apiKey": None}, {"api_key": "key"}, None])
@pytest.mark.parametrize("path", ["/list", "/body", "/token", "/bearer"])
def test_a_call_without_the_key_is_declined_and_nothing_is_carried_out(path, body):
    async def story(there):
        assert (200, WRONG) == await there.ask(BASE + path, body)
        assert 0 == there.echo.carried_out
        assert [] == there.visitors

    tell(story)


def test_a_stranger_may_be_told_more_than_no():
    async def story(there):
        status, said = await there.ask(f"{BASE}/beat", {"apiKey": "other"})
        assert (200, "FAILURE", False) == (status, said["code"], said["data"])
        assert [] == there.visitors

    tell(story)


def test_a_key_in_the_header_opens_only_where_it_belongs():
    async def story(there):
        assert 200, {} == await there.ask(f"{BASE}/bearer", method="GET", headers=BEARER)
        assert (200, WRONG) == await there.ask(f"{BASE}/body", {}, headers=BEARER)
        assert (200, WRONG) == await there.ask(f"{BASE}/bearer", method="GET", headers={"Authorization": "key"})

    tell(story)


def test_a_call_of_an_endpoint_takes_the_key_or_its_own_token():
    async def story(there):
        for said, endpoint, code in (("key", 8, "SUCCESS"), ("a token", 7, "SUCCESS"), ("a token", 8, "FAILURE")):
            headers = {"Authorization": f"Bearer {said}"}
            assert code == (await there.ask(f"{BASE}/token", {"endpointId": endpoint}, headers=headers))[1]["code"]

    tell(story)


def test_a_call_without_a_key_needs_none():
    async def story(there):
        assert "SUCCESS" == (await there.ask(f"{BASE}/open"))[1]["code"]
        assert [] == there.visitors

    tell(story)


def test_what_is_wrong_is_said_in_the_envelope():
    async def story(there):
        assert (200, {"code": "ENDPOINT_EXIST", "message": "there is one", "data": None}) == await there.ask(
            f"{BASE}/no"
        )
        assert "it is busy (wait)" == (await there.ask(f"{BASE}/busy"))[1]["message"]

    tell(story)


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff\xfe", b'{"apiKey": "key"'])
def test_a_body_that_is_no_json_object_is_declined(body):
    async def story(there):
        status, said = await there.ask(f"{BASE}/body", body)
        assert (200, "FAILURE", "the request is not a JSON object") == (status, said["code"], said["message"])

    tell(story)


def test_a_body_that_is_too_large_is_declined_with_or_without_a_length():
    async def chunks():
        for _ in range(200):
            yield b" " * 100

    async def story(there):
        for body in (b" " * 20_000, chunks()):
            async with there.client.post(f"{there.url}{BASE}/body", data=body) as answer:
                said = await answer.json()
            assert "the body has more than 1000 bytes" in said["message"]
            assert "FAILURE" == said["code"]

    tell(story)


@pytest.mark.parametrize("path", [f"{BASE}/other", "/fedmlOpsServer/x", "/system/y", "/cheetah/z", f"{BASE}/body/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_path_that_is_not_there_is_404_in_the_envelope(path, method):
    async def story(there):
        status, said = await there.ask(path, {}, method)
        assert (404, "FAILURE", None) == (status, said["code"], said["data"])

    tell(story)


def test_another_method_is_another_path():
    async def story(there):
        assert 404 == (await there.ask(f"{BASE}/body", {"apiKey": "key"}, "PUT"))[0]
        assert 0 == there.echo.carried_out

    tell(story)


def test_paths_of_others_are_guarded_as_before():
    async def story(there):
        async with there.client.post(f"{there.url}/gitops/v1/x", json={"apiKey": "key"}) as answer:
            assert 401 == answer.status
        async with there.client.get(f"{there.url}/fedmlModelServer", headers=BEARER) as answer:
            assert 404 == answer.status

    tell(story)


def test_a_sealed_url_carries_its_own_permission():
    async def story(there):
        url = there.url + there.seal.sealed("PUT", "/system/x/a.b", 60)
        async with there.client.put(url, data=b"12") as answer:
            assert (200, b"12") == (answer.status, await answer.read())
        assert ["/system/x/a.b"] == there.visitors
        for wrong in (url[:-1], url.replace("a.b", "a.c"), url.partition("?")[0]):
            async with there.client.put(wrong, data=b"12", headers=BEARER) as answer:
                assert (403, "FAILURE") == (answer.status, (await answer.json())["code"])

    tell(story)


def test_a_sealed_url_ends():
    async def story(there):
        old = Seal("key", there.url, lambda: EPOCH - timedelta(seconds=61)).sealed("PUT", "/system/x/a", 60)
        async with there.client.put(old, data=b"12") as answer:
            assert 403 == answer.status

    tell(story)


def test_who_holds_a_connection_without_the_key_is_cut_off():
    async def story(there):
        port = int(there.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"POST {BASE}/body HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n".encode())
        assert b"" == await reader.read()
        writer.close()

    tell(story, head_s=0.2, look_s=0.05)


def test_a_connection_that_has_shown_the_key_stays():
    async def story(there):
        port = int(there.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = b'{"apiKey": "key"}'
        request = f"POST {BASE}/body HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        for _ in range(4):
            writer.write(request)
            assert b"SUCCESS" in await reader.readuntil(b"}}")
            await asyncio.sleep(0.15)
        writer.close()

    tell(story, head_s=0.2, look_s=0.05)


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked():
    async def story(there):
        status, said = await there.ask(f"{BASE}/body", {"apiKey": "key"}, expect100=True)
        assert (200, "SUCCESS") == (status, said["code"])

    tell(story)
