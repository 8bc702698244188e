"""A platform that only answers: what TensorOpera would plausibly say to each call of the SDK, nothing behind it.

Every value that it makes up is a placeholder's: told apart from everything else, so that a recording can name it. Ids
are strings of digits, so that the recording shows where the SDK makes numbers of them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.sdk.package import QUESTION, answer_of

MODELS = "/fedmlModelServer/api/v1/model/"
ENDPOINTS = "/fedmlModelServer/api/v1/endpoint/"
OPS = "/fedmlOpsServer/api/v1/"
STORAGE = "/system/api/v1/cli/oss/multipart/"

API_KEY = "made-up-api-key"
MODEL_URL = "http://elsewhere.invalid/made-up-model.zip"
CARD_ID = "410000000001"
ENDPOINT_ID = "520000000001"
USER_ID = "630000000001"
UPLOAD_ID = "made-up-upload"
FILE_URL = "http://elsewhere.invalid/made-up-file.zip"
VERSIONS = ("v0-Tue Mar 04 10:00:00 GMT 2025", "v1-Tue Mar 04 11:00:00 GMT 2025")
NOW = "2025-03-04 10:00:00"

Answer = dict[str, object]


def part_path(number: int) -> str:
    """Where the bytes of a part go."""
    return f"/made-up-part/{number}"


def etag(number: int) -> str:
    """What a stored part is known by; the quotes are the header's own."""
    return f'"made-up-etag-{number}"'


def success(data: object) -> Answer:
    return {"code": "SUCCESS", "message": "", "data": data}


def failure(message: str, code: str = "FAILURE") -> Answer:
    return {"code": code, "message": message, "data": None}


@dataclass
class Plausible:
    """What has been asked for so far.

    Attributes:
        base: the platform's own URL, for those of the parts.
        uploads: how often the card was uploaded.
        endpoint: the body that asked for the endpoint, or None.
    """

    base: str
    uploads: int = 0
    card: Answer = field(default_factory=dict)
    endpoint: Answer | None = None

    def answer(self, method: str, target: str, body: Answer) -> tuple[str, Answer]:
        """The call's short name, and what is said to it."""
        parts = urlsplit(target)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        calls: Mapping[tuple[str, str], tuple[str, Callable[[Answer], Answer]]] = {
            ("POST", f"{OPS}cli/heartBeat"): ("heartbeat", self._heartbeat),
            ("POST", f"{OPS}cli/getUser"): ("user", lambda _: success({"id": USER_ID})),
            ("POST", f"{OPS}cli/dataset"): ("dataset", lambda _: success(data=True)),
            ("POST", f"{OPS}log/getLogsFromCli"): ("logs", self._logs),
            ("POST", f"{MODELS}listFromCli"): ("model-list", self._list),
            ("POST", f"{MODELS}createFromCli"): ("model-create", self._upload),
            ("POST", f"{ENDPOINTS}createFromCli"): ("endpoint-create", self._deploy),
            ("POST", f"{ENDPOINTS}deleteFromCli"): ("endpoint-delete", self._delete),
            ("GET", f"{ENDPOINTS}queryEndpointDetailFromCli"): ("endpoint-by-id", self._detail),
            ("GET", f"{ENDPOINTS}queryDetailByNameFromCli"): ("endpoint-by-name", self._detail),
            ("POST", f"/inference/{ENDPOINT_ID}"): ("inference", self._inference),
            ("GET", f"{STORAGE}presigned-url"): ("presigned-url", self._presigned),
            ("POST", f"{STORAGE}upload/complete"): ("complete", lambda _: success(FILE_URL)),
        }
        name, answer = calls[method, parts.path]
        return name, answer({**query, **body})

    def _heartbeat(self, asked: Answer) -> Answer:
        return success(data=True) if asked["apiKey"] == API_KEY else failure("invalid api key")

    def _list(self, asked: Answer) -> Answer:
        cards = [self.card] if self.card and asked["model_name"] in {"*", self.card["modelName"]} else []
        return success({"total": len(cards), "totalPage": 1, "pageNum": 1, "pageSize": 100, "data": cards})

    def _upload(self, asked: Answer) -> Answer:
        version = VERSIONS[self.uploads]
        self.uploads += 1
        blank = dict.fromkeys(("modelType", "commitType", "owner", "githubLink", "fileName"), "")
        echoed = {key: asked[key] for key in ("modelName", "modelUrl", "description", "parameters", "isFromOpen")}
        versions = {"modelVersion": version, "latestModelVersion": version}
        self.card = {"id": CARD_ID, **blank, **echoed, **versions, "isInit": 0, "createTime": NOW, "updateTime": NOW}
        return success(data=None)

    def _deploy(self, asked: Answer) -> Answer:
        if self.endpoint is not None and "id" not in asked:
            return failure("the endpoint exists", code="ENDPOINT_EXIST")
        self.endpoint = asked
        return success(data=None)

    def _delete(self, asked: Answer) -> Answer:
        self.endpoint = None
        return success(data=True)

    def _detail(self, asked: Answer) -> Answer:
        if self.endpoint is None:
            return failure("no such endpoint")
        echoed = ("endpointName", "edgeId", "modelId", "modelVersion", "resourceType")
        counts = {"replicas": 2, "onlineReplicas": 2, "min": 0, "max": 0}
        return success(
            {
                "id": ENDPOINT_ID,
                "modelName": self.card["modelName"],
                "status": "DEPLOYED",
                "inputJson": json.dumps(dict(QUESTION)),
                "requestUrl": f"{self.base}/inference/{ENDPOINT_ID}",
                "createTime": NOW,
                "updateTime": NOW,
                **{key: self.endpoint[key] for key in echoed},
                **counts,
            }
        )

    def _inference(self, asked: Answer) -> Answer:
        return success(answer_of(str(self.uploads)))

    def _presigned(self, asked: Answer) -> Answer:
        urls = [f"{self.base}{part_path(number + 1)}" for number in range(int(str(asked["partNumber"])))]
        return success({"uploadId": UPLOAD_ID, "urls": urls})

    def _logs(self, asked: Answer) -> Answer:
        lines = [f"card {answer_of('2')['card']!r} starts"]
        return success(
            {"log_full_url": "", "devices": [], "totalSize": 1, "totalPages": 1, "pageNum": 1, "logList": lines}
        )
