"""The quickstart's load client against a small server that does what a test tells it to."""

import asyncio
import importlib.util
import math
import socket
import sys
import threading
import time
from pathlib import Path

import pytest
from aiohttp import web

FILE = Path(__file__).parents[2] / "examples" / "quickstart" / "load.py"
TIMEOUT_S = 20


def imported():
    spec = importlib.util.spec_from_file_location("quickstart_load", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


load = imported()


class Endpoint:
    """A server in a thread of its own.

    Attributes:
        answer: what a request is answered with; a test replaces it.
        enough: set once `wanted` requests have come.
    """

    def __init__(self) -> None:
        self.requests: list[web.Request] = []
        self.payloads: list[object] = []
        self.wanted = 10
        self.enough = threading.Event()
        self.open = True
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def answer(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({}, headers={"X-Gitops-Version": "v1", "X-Gitops-Replica": "a"})

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self.payloads.append(await request.json())
        if len(self.requests) >= self.wanted:
            self.enough.set()
        return await self.answer(request)

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.stopped = asyncio.Event()
        self.released = asyncio.Event()
        application = web.Application()
        application.router.add_post("/inference/aloha", self._handle)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        self._ready.set()
        await self.stopped.wait()
        await runner.cleanup()

    def __enter__(self) -> "Endpoint":
        self._thread.start()
        assert self._ready.wait(TIMEOUT_S)
        return self

    def __exit__(self, *_exception: object) -> None:
        self.release()
        self.loop.call_soon_threadsafe(self.stopped.set)
        self._thread.join(TIMEOUT_S)

    def release(self) -> None:
        self.loop.call_soon_threadsafe(self.released.set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/inference/aloha"


@pytest.fixture
def endpoint():
    with Endpoint() as endpoint:
        yield endpoint


def loaded(endpoint: Endpoint, rate: float = 500, **options: object):
    """The result of sending until the endpoint has had enough."""
    client = load.LoadClient(endpoint.url, "key", rate, {"text": "hello"}, **options)
    client.start()
    assert endpoint.enough.wait(TIMEOUT_S)
    return client.stop()


def wait_for(client, status: str) -> None:
    """Returns once the client has seen such an end of a request."""
    while not client._by_status[status]:
        time.sleep(0.002)


def result(*samples):
    return load.LoadResult(len(samples), 0, {}, {}, {}, samples)


def sample(latency_ms, scheduled=0.0):
    return load.Sample(scheduled, latency_ms, "200", "", "")


def test_every_request_is_counted_by_both_sides(endpoint):
    seen = loaded(endpoint)

    assert seen.sent == len(endpoint.requests) >= 10
    assert (seen.failed, seen.by_status) == (0, {"200": seen.sent})
    assert (seen.by_version, seen.by_replica) == ({"v1": seen.sent}, {"a": seen.sent})
    assert len(seen.samples) == seen.sent


def test_a_request_carries_the_payload_and_the_key(endpoint):
    loaded(endpoint)

    assert endpoint.payloads[0] == {"text": "hello"}
    assert endpoint.requests[0].headers["Authorization"] == "Bearer key"


def test_an_answer_that_is_no_success_is_a_failure(endpoint):
    async def every_second(_request):
        return web.Response(status=503 if len(endpoint.requests) % 2 else 200)

    endpoint.answer = every_second
    seen = loaded(endpoint)

    assert seen.failed == seen.by_status["503"] == math.ceil(seen.sent / 2)
    assert seen.by_version == {}


def test_a_stalled_server_does_not_stop_the_sending(endpoint):
    async def stall(_request):
        await endpoint.released.wait()
        return web.Response()

    endpoint.answer = stall
    client = load.LoadClient(endpoint.url, None, 500, {})
    client.start()
    assert endpoint.enough.wait(TIMEOUT_S), "the eleventh request waits for the first"
    endpoint.release()
    seen = client.stop()

    assert (seen.failed, seen.sent) == (0, len(endpoint.requests))


def test_a_stall_is_in_the_latency_of_every_request_that_was_due_meanwhile(endpoint):
    async def stall(_request):
        await endpoint.released.wait()
        return web.Response()

    endpoint.answer = stall
    client = load.LoadClient(endpoint.url, None, 100, {})
    client.start()
    assert endpoint.enough.wait(TIMEOUT_S)
    tenth = time.monotonic()
    endpoint.release()
    seen = client.stop()

    first = min(seen.samples)
    assert first.latency_ms >= (tenth - first.scheduled) * 1000
    assert [round((s.scheduled - first.scheduled) * 100) for s in sorted(seen.samples)] == list(range(seen.sent))


def test_requests_in_flight_are_waited_for(endpoint):
    async def slowly(_request):
        await asyncio.sleep(0.2)
        return web.Response()

    endpoint.answer = slowly
    endpoint.wanted = 1
    seen = loaded(endpoint)

    assert seen.by_status == {"200": seen.sent}


def test_a_request_that_takes_too_long_is_a_timeout(endpoint):
    async def never(_request):
        await endpoint.released.wait()
        return web.Response()

    endpoint.answer = never
    endpoint.wanted = 1
    seen = loaded(endpoint, timeout_s=0.2)

    assert seen.failed == seen.by_status["timeout"] == seen.sent


def test_an_answer_that_breaks_off_is_a_failure(endpoint):
    async def cut(request):
        response = web.StreamResponse(headers={"Content-Length": "10"})
        await response.prepare(request)
        await response.write(b"1")
        request.transport.abort()
        return response

    endpoint.answer = cut
    seen = loaded(endpoint)

    assert seen.failed == seen.sent


def test_nobody_listening_is_a_failure_in_words():
    with socket.socket() as bound:  # bound and not listening: nobody else can take the port meanwhile
        bound.bind(("127.0.0.1", 0))
        client = load.LoadClient(f"http://127.0.0.1:{bound.getsockname()[1]}/", None, 200, {})
        client.start()
        wait_for(client, "not connected")
        seen = client.stop()

    assert seen.failed == seen.by_status["not connected"] == seen.sent


def test_no_more_requests_are_in_flight_than_the_rate_and_the_timeout_allow(endpoint, monkeypatch):
    async def never(_request):
        await endpoint.released.wait()
        return web.Response()

    monkeypatch.setattr(load, "LAG_S", -19.952)
    endpoint.answer = never
    endpoint.wanted = 6  # 100/s for 20 s - 19.952 s are 5 requests, rounded up, and one more
    client = load.LoadClient(endpoint.url, None, 100, {}, timeout_s=20)
    client.start()
    assert endpoint.enough.wait(TIMEOUT_S)
    wait_for(client, load.NOT_SENT)
    arrived = len(endpoint.requests)
    endpoint.release()
    seen = client.stop()

    assert arrived == 6
    assert seen.failed == seen.by_status["not sent"]


def test_a_percentile_is_a_latency_that_was_measured():
    seen = result(*(sample(float(ms)) for ms in range(1, 101)))

    assert [seen.percentile(p) for p in (0, 50, 99, 100)] == [1.0, 50.0, 99.0, 100.0]


def test_a_percentile_may_be_of_the_requests_due_in_a_span_of_time():
    seen = result(sample(1.0, 10.0), sample(2.0, 20.0), sample(3.0, 30.0))

    assert [seen.percentile(100, until=20.0), seen.percentile(0, since=20.0)] == [1.0, 2.0]


def test_a_percentile_of_nothing_is_not_a_number():
    assert result().percentile(50) is None


def test_the_command_prints_a_summary_and_ends_with_0(endpoint, capsys, tmp_path):
    (tmp_path / "key").write_text("secret\n")
    code = load.main([endpoint.url, "--rate", "50", "--seconds", "0.2", "--key-file", str(tmp_path / "key")])
    lines = capsys.readouterr().out.splitlines()

    assert code == 0
    assert lines[0] == f"{len(endpoint.requests)} requests, 0 failed"
    assert lines[1].startswith("latency p50 ")
    assert lines[2] == f"by status: 200 {len(endpoint.requests)}"
    assert endpoint.requests[0].headers["Authorization"] == "Bearer secret"


def test_the_command_ends_with_1_if_a_request_failed(endpoint, capsys):
    async def fail(_request):
        return web.Response(status=500)

    endpoint.answer = fail

    assert load.main([endpoint.url, "--seconds", "0.1"]) == 1
    assert "by status: 500 " in capsys.readouterr().out
