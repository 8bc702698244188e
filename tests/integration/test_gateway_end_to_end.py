"""Everything that a client can ask of a model, through the real platform to real replicas, and counted alike by all."""

import httpx
import psutil
import pytest

from tests.integration.embedded import eventually

pytestmark = pytest.mark.slow

MIB = 1 << 20

MODEL = """
# {marker}
import asyncio, os
from pathlib import Path
from fedml.serving import FedMLPredictor, FedMLInferenceRunner

class Model(FedMLPredictor):
    def predict(self, request, accept=None):
        if accept is not None:
            Path(request["file"]).write_bytes(bytes(request["size"]))
            return request["file"]
        return {{"length": len(request.get("text", "")), "model": request.get("model")}}

    async def async_predict(self, request):
        yield "begun\\n"
        while "until" in request and not os.path.exists(request["until"]):
            await asyncio.sleep(0.01)
        for number in range(request.get("items", 1)):
            yield "x" * request.get("size", 1)

FedMLInferenceRunner(Model()).run()
"""

SINK = """
# {marker}
import http.server, os

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(int(self.headers.get("X-Size", "2")))

    def do_POST(self):
        left = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, 1 << 20)))
        self.answer(int(self.headers.get("X-Size", "2")))

    def answer(self, size):
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.send_header("X-Asked", self.path)
        self.end_headers()
        for _ in range(size >> 20):
            self.wfile.write(bytes(1 << 20))
        self.wfile.write(bytes(size % (1 << 20)))

    def log_message(self, *arguments):
        pass

http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""


@pytest.fixture
def client(running):
    with httpx.Client(headers=running.headers, timeout=60) as client:
        yield client


def serve(running, text, replicas=1):
    running.create(running.push(text), replicas)
    return running.until_serving()


def test_clients_gateway_and_replicas_count_every_kind_of_request_alike(running, client, tmp_path):
    serve(running, MODEL, replicas=2)
    url, base = running.url(), running.record.url
    answered = 0
    for number in range(6):
        kinds = [
            client.post(url, json={"x": number}),
            client.post(url, json={"stream": True, "items": 3, "size": MIB}),
            client.post(url, json={"file": str(tmp_path / "f"), "size": 3 * MIB}, headers={"Accept": "image/png"}),
            client.post(url, json={"text": "x" * (4 * MIB)}),
            client.post(f"{url}/chat/completions", json={"model": "aloha"}),
            client.post(f"{base}/inference/api/v1/chat/completions", json={"model": "team/aloha"}),
            client.post(f"{base}/custom_inference/aloha/predict", json={}),
        ]
        assert {one.status_code for one in kinds} == {200}
        assert [len(one.content) for one in kinds[1:3]] == [len("begun\n") + 3 * MIB, 3 * MIB]
        assert kinds[2].headers["Content-Type"] == "image/png"
        assert [one.json()["length"] for one in kinds[3:4]] == [4 * MIB]
        assert [one.json()["model"] for one in kinds[4:6]] == ["aloha", "team/aloha"]
        answered += len(kinds)
    gone = 4
    for _ in range(gone):
        with client.stream("POST", url, json={"stream": True, "items": 64, "size": MIB}) as stream:
            next(stream.iter_raw(16))
    failed = client.post(url, content=b"no JSON")

    def counts():
        return running.platform.counters(["aloha"])["aloha"].replicas

    replicas = eventually(counts, lambda found: sum(one.reported or 0 for one in found) == answered + gone + 1)

    assert failed.status_code == 400
    assert sum(one.requests for one in replicas) == answered + 1
    assert sum(one.abandoned for one in replicas) == gone
    assert sum(one.errors + one.cut for one in replicas) == 0


def test_a_streamed_piece_reaches_the_client_before_the_model_makes_the_next(running, client, tmp_path):
    serve(running, MODEL)
    seen = tmp_path / "seen"

    with client.stream("POST", running.url(), json={"stream": True, "until": str(seen), "size": 5}) as answer:
        pieces = answer.iter_raw()
        first = next(pieces)
        seen.touch()
        rest = b"".join(pieces)

    assert (first, rest) == (b"begun\n", b"xxxxx")


def test_large_bodies_and_answers_leave_the_gateways_memory_flat(running, client):
    serve(running, SINK)
    server = psutil.Process(running.record.pid)
    url = f"{running.record.url}/custom_inference/aloha/some/path?q=1"
    amount, peak = 256 * MIB, 0

    def body():
        nonlocal peak
        for _ in range(amount // MIB):
            yield bytes(MIB)
            peak = max(peak, server.memory_info().rss)

    client.post(url, content=b"warm")
    before = server.memory_info().rss
    headers = {"Content-Length": str(amount), "X-Size": str(amount)}
    with client.stream("POST", url, content=body(), headers=headers) as answer:
        received = 0
        for piece in answer.iter_raw(MIB):
            received += len(piece)
            peak = max(peak, server.memory_info().rss)

    print(f"\n{amount >> 20} MiB each way: the platform's memory grew by {(peak - before) / MIB:.1f} MiB at most")
    assert (received, answer.headers["X-Asked"]) == (amount, "/some/path?q=1")
    assert peak - before < 48 * MIB


def test_a_scale_down_waits_for_a_stream_that_still_flows(running, client, tmp_path):
    serve(running, MODEL)
    seen = tmp_path / "seen"

    with client.stream("POST", running.url(), json={"stream": True, "until": str(seen)}) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        new = running.push(MODEL, marker="2")
        running.roll_out(new)
        running.until(lambda live: any(member.state == "draining" for member in live.members))
        seen.touch()
        rest = b"".join(pieces)
    running.until_serving(new)

    assert rest == b"x"
    assert sum(one.cut for one in running.platform.counters(["aloha"])["aloha"].replicas) == 0


def test_the_key_is_asked_for_before_anything_else(running):
    serve(running, MODEL)
    base = running.record.url
    paths = ["/inference/aloha", "/inference/none", "/custom_inference/none/x", "/gitops/v1/none", "/metrics", "/"]

    answers = {httpx.post(f"{base}{path}", json={}).status_code for path in paths}

    assert answers == {401}
