"""Response objects of a web framework that the model brings."""

import asyncio
import json

import pytest
from fedml.serving import FedMLPredictor
from fedml.serving._answer import Opening, Reply
from fedml.serving._predictions import Predictions
from fedml.serving._request import Request


class Response:
    """Looks like Starlette's."""

    def __init__(self, body: bytes, status_code: int = 200) -> None:
        self.status_code = status_code
        self.headers = {"content-type": "text/html", "Content-Length": str(len(body))}
        self.body = body


class StreamingResponse:
    """Looks like Starlette's."""

    def __init__(self, body_iterator) -> None:
        self.status_code = 200
        self.headers = {"content-type": "text/event-stream"}
        self.body_iterator = body_iterator


def served(result, stream: bool = False) -> tuple[list, Predictions]:
    class Model(FedMLPredictor):
        def predict(self, _request):
            return result

        async def async_predict(self, _request):
            return result

    async def ask():
        request = Request("POST", "/predict", {}, 1)
        request.body = json.dumps({"stream": stream}).encode()
        answer = predictions(request)
        return [answer] if isinstance(answer, Reply) else [part async for part in answer]

    predictions = Predictions(Model())
    return asyncio.run(ask()), predictions


@pytest.mark.parametrize("stream", [False, True])
def test_a_response_is_passed_on_with_its_status_type_and_body(stream):
    [reply], _ = served(Response(b"<p>", 203), stream)

    assert (reply.status, reply.body) == (203, b"<p>")
    assert [name for name, _ in reply.headers] == ["content-type", "fedml_t3", "fedml_t4"]


def test_a_response_with_a_5xx_status_counts_as_an_error():
    _, predictions = served(Response(b"", 503))

    assert (predictions.requests, predictions.errors) == (1, 1)


@pytest.mark.parametrize("stream", [False, True])
def test_a_streaming_response_is_passed_on_item_by_item(stream):
    (opening, *items), predictions = served(StreamingResponse(iter(["a", b"b"])), stream)

    assert isinstance(opening, Opening)
    assert opening.headers[0] == ("content-type", "text/event-stream")
    assert items == [b"a", b"b"]
    assert (predictions.requests, predictions.errors) == (1, 0)
