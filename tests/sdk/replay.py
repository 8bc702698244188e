"""Sends recorded requests again, byte for byte where it matters, to whatever platform, and judges the answers.

A placeholder is filled in with what an earlier answer said; whether an answer will do is what the SDK's source needs of
it (fedml 0.9.6: what it indexes, compares, converts), not what the recorder happened to say.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

RECORDED = Path(__file__).parent / "recorded"
PATIENCE_S = 60.0
POLL_S = 0.05

CARD_KEYS = (
    "id", "modelName", "modelType", "modelUrl", "commitType", "description", "latestModelVersion", "createTime",
    "updateTime", "owner", "githubLink", "parameters", "modelVersion", "fileName", "isInit", "isFromOpen",
)  # fmt: skip
"""What `FedMLModelObject` indexes: each one is there, if only as null."""

AWAITED = {"endpoint-by-name", "endpoint-by-id", "logs"}
"""Calls that a user repeats until the answer is the one he waits for."""

_PLACEHOLDER = re.compile(r"<(int )?([a-z-]+(?: \d)?)>")


@dataclass(frozen=True)
class Request:
    """One recorded request; `sdk` is what the SDK made of the answers to its step, `code` what it was answered."""

    name: str
    step: str
    call: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    code: str
    sdk: Any


def requests() -> list[Request]:
    """All of them, in order."""
    return [_request(path) for path in sorted(RECORDED.glob("*.json"))]


def _request(path: Path) -> Request:
    told = json.loads(path.read_text())
    return Request(name=path.stem, code=told.pop("answered").get("code", "SUCCESS"), **told)


@dataclass
class Replay:
    """A replay under way.

    Attributes:
        values: what the placeholders stand for, by name; answers add to it.
        archive: what is uploaded in parts.
    """

    client: httpx.Client
    url: str
    archive: bytes
    values: dict[str, Any] = field(default_factory=dict)

    def run(self) -> None:
        """Send every request, in order, and judge each answer.

        Raises:
            AssertionError: an answer is not what the SDK needs; the message begins with the recording's name.
        """
        for request in requests():
            self.step(request)

    def step(self, request: Request) -> None:
        """Send one request, again and again if that is what a user does, and judge the last answer."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            answer = self._send(request)
            try:
                self._judge(request, answer)
            except (AssertionError, KeyError, TypeError, ValueError) as fault:
                if request.call not in AWAITED or time.monotonic() > deadline:
                    raise AssertionError(f"{request.name}: {fault!r}, {answer.status_code} {answer.text}") from fault
                time.sleep(POLL_S)
            else:
                return

    def filled(self, value: Any) -> Any:
        """The value with its placeholders filled in; what is nothing but a placeholder keeps the type of its value."""
        match value:
            case dict():
                return {key: self.filled(below) for key, below in value.items()}
            case list():
                return [self.filled(below) for below in value]
            case str() if whole := _PLACEHOLDER.fullmatch(value):
                said = self.values[whole[2]]
                return int(said) if whole[1] else said
            case str():
                return _PLACEHOLDER.sub(lambda found: str(self.values[found[2]]), value)
        return value

    def _send(self, request: Request) -> httpx.Response:
        path = str(self.filled(request.path))
        return self.client.request(
            request.method,
            path if request.call == "part" else f"{self.url}{path}",
            params={key: str(self.filled(value)) for key, value in request.query.items()} or None,
            headers={name: str(self.filled(value)) for name, value in request.headers.items()},
            content=self._content(request),
        )

    def _content(self, request: Request) -> bytes | None:
        if request.call == "part":
            half = len(self.archive) // 2
            return self.archive[:half] if request.body == "<part 1>" else self.archive[half:]
        return None if request.body is None else json.dumps(self.filled(request.body)).encode()

    def _judge(self, request: Request, answer: httpx.Response) -> None:
        if request.call == "part":
            assert answer.is_success
            self.values[f"etag {str(request.body)[-2]}"] = answer.headers["ETag"]
            return
        if request.code == "FAILURE":
            # What the SDK takes for a failure, whichever the call.
            assert answer.status_code != 200 or answer.json()["code"] == "FAILURE"
            return
        assert answer.status_code == 200
        envelope = answer.json()
        assert envelope["code"] == request.code
        assert isinstance(envelope["message"], str)
        if request.code == "SUCCESS":
            JUDGES[request.call](self, request, envelope["data"])


def _heartbeat(replay: Replay, request: Request, data: Any) -> None:
    assert data is True


def _user(replay: Replay, request: Request, data: Any) -> None:
    assert data["id"], "the SDK takes a falsy id for none"
    replay.values["user-id"] = str(data["id"])


def _model_list(replay: Replay, request: Request, data: Any) -> None:
    assert {type(data[key]) for key in ("total", "totalPage", "pageNum", "pageSize")} == {int}
    assert data["total"] == len(data["data"])
    if request.sdk == []:
        assert data["data"] == []
        return
    (card,) = data["data"]
    assert [key for key in CARD_KEYS if key not in card] == []
    assert card["modelName"] == request.body["model_name"]
    assert card["modelVersion"] == card["latestModelVersion"], "deploy takes modelVersion"
    assert isinstance(card["parameters"], dict)
    assert int(card["id"]) == int(replay.values.setdefault("card-id", card["id"]))
    if request.step == "list the card again":
        assert card["modelVersion"] != replay.values["version"]
    replay.values["version"] = card["modelVersion"]


def _endpoint(replay: Replay, request: Request, data: Any) -> None:
    assert data["status"] == request.sdk["status"]
    assert data["modelVersion"] == replay.values["version"]
    assert str(data["modelId"]) == str(replay.values["card-id"])
    assert data["endpointName"] == request.sdk["endpoint"]
    assert data["modelName"] == request.sdk["model"]
    assert data["resourceType"] == request.sdk["resource"]
    assert json.loads(data["edgeId"]) == request.sdk["devices"]
    assert json.loads(data["inputJson"]) == request.sdk["example"]
    assert int(data["id"]) == int(replay.values.setdefault("endpoint-id", data["id"]))
    assert data["onlineReplicas"] == data["replicas"] > 0
    assert httpx.URL(data["requestUrl"]).is_absolute_url


def _inference(replay: Replay, request: Request, data: Any) -> None:
    assert data == request.sdk


def _presigned(replay: Replay, request: Request, data: Any) -> None:
    assert len(data["urls"]) == int(request.query["partNumber"])
    assert isinstance(data["uploadId"], str)
    replay.values["upload-id"] = data["uploadId"]
    replay.values |= {f"part-path {number}": url for number, url in enumerate(data["urls"], start=1)}


def _complete(replay: Replay, request: Request, data: Any) -> None:
    assert httpx.URL(data).is_absolute_url
    replay.values["file-url"] = data


def _truthy(replay: Replay, request: Request, data: Any) -> None:
    assert data, "the SDK takes falsy data for a failure"


def _logs(replay: Replay, request: Request, data: Any) -> None:
    assert isinstance(data.get("devices", []), list)
    assert any("starts" in line for line in data["logList"])
    assert data["totalSize"] >= len(data["logList"])
    assert data["totalPages"] == data["pageNum"] == request.body["pageNum"]


def _unread(replay: Replay, request: Request, data: Any) -> None:
    """The SDK looks at the code only."""


JUDGES: Mapping[str, Callable[[Replay, Request, Any], None]] = {
    "heartbeat": _heartbeat,
    "user": _user,
    "model-list": _model_list,
    "model-create": _unread,
    "endpoint-create": _unread,
    "endpoint-by-name": _endpoint,
    "endpoint-by-id": _endpoint,
    "endpoint-delete": _truthy,
    "inference": _inference,
    "presigned-url": _presigned,
    "complete": _complete,
    "dataset": _truthy,
    "logs": _logs,
}
