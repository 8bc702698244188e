"""A TensorOpera that is a dictionary: the contract of fedml 0.9.6 behind a `MockTransport`, with faults to order."""

import hashlib
import io
import json
import zipfile
from collections import defaultdict

import httpx

from gitops.wire import tensoropera as wire

KEY = "key-of-the-tests"
URL = "https://open.fedml.test"
STORE = "https://storage.test"


class FakeTensorOpera:
    """Cards, endpoints and files; an update is done at once unless `busy` says otherwise.

    Attributes:
        calls: (method, path, body or query) of every request, in order.
        strange: path -> what is answered there instead, once each, the first first.
    """

    def __init__(self):
        self.key = KEY
        self.calls = []
        self.requests = []
        self.cards = []
        self.endpoints = {}
        self.files = {}
        self.parts = {}
        self.logs = defaultdict(list)
        self.strange = defaultdict(list)
        self.page_size = None
        self.next_id = 1_000_000_000_000_000_001
        self.pushed_shows_after = 0
        self.absent = {"code": "FAILURE", "message": "endpoint does not exist", "data": None}

    def transport(self):
        return httpx.MockTransport(self.answer)

    def answer(self, request):
        path = request.url.path
        self.requests.append(request)
        body = json.loads(request.content) if self._is_json(request) else dict(request.url.params)
        self.calls.append((request.method, path, body))
        if self.strange[path]:
            said = self.strange[path].pop(0)
            said = said(request) if callable(said) else said
            if isinstance(said, Exception):
                raise said
            if said is not None:
                return said if isinstance(said, httpx.Response) else httpx.Response(200, json=said)
        if request.url.host == "storage.test":
            return self._storage(request)
        return self._known(request, path, body)

    @staticmethod
    def _is_json(request):
        return request.method == "POST" and bool(request.content)

    def _known(self, request, path, body):
        calls = {
            wire.HEARTBEAT: self.heartbeat,
            wire.USER: lambda _: {"id": 7},
            wire.LIST_CARDS: self.list_cards,
            wire.CREATE_CARD: self.create_card,
            wire.CREATE_ENDPOINT: self.create_endpoint,
            wire.DELETE_ENDPOINT: self.delete_endpoint,
            wire.ENDPOINT_BY_NAME: self.by_name,
            wire.AUTO_SCALE: self.scale,
            wire.LOGS: self.log_page,
            wire.PRESIGNED: self.begin,
            wire.UPLOADED: self.complete,
        }
        if path.startswith("/inference/"):
            return httpx.Response(200, json={"code": "SUCCESS", "message": "", "data": {"echo": body}})
        if path == "/":
            return httpx.Response(200, text="<html>")
        if path not in calls:
            return httpx.Response(404, text="<html>nothing here</html>")
        if not self._key_fits(request, path, body):
            return self._said({"code": "FAILURE", "message": "api key invalid", "data": None})
        return self._said(calls[path](body))

    def _key_fits(self, request, path, body):
        bearer = request.headers.get("Authorization")
        if path in (wire.ENDPOINT_BY_NAME, wire.PRESIGNED, wire.UPLOADED):
            return bearer == f"Bearer {self.key}"
        if path == wire.AUTO_SCALE:
            return bearer in {f"Bearer {one}" for one in (self.key, "token-of-the-card", "token-of-the-detail")}
        return body.get("user_api_key" if path == wire.LIST_CARDS else "apiKey") == self.key and bearer is None

    @staticmethod
    def _said(data):
        if isinstance(data, dict) and "code" in data:
            return httpx.Response(200, json=data)
        return httpx.Response(200, json={"code": "SUCCESS", "message": "succeeded", "data": data})

    def new_id(self):
        self.next_id += 1
        return self.next_id

    def heartbeat(self, _):
        return True

    def list_cards(self, body):
        size = self.page_size or body["page_size"]
        wanted = [card for card in self.cards if body["model_name"].strip("*") in card["modelName"]]
        start = (body["page_num"] - 1) * size
        return {
            "total": len(wanted),
            "totalPage": -(-len(wanted) // size),
            "pageNum": body["page_num"],
            "pageSize": size,
            "data": wanted[start : start + size],
        }

    def add_card(self, name, version="v0-Tue Nov 24 08:00:00 GMT 2026", parameters=None, **keys):
        card = {
            **dict.fromkeys(wire.CardObject.model_json_schema(by_alias=True)["properties"]),
            "id": self.new_id(),
            "modelName": name,
            "modelVersion": version,
            "latestModelVersion": version,
            "parameters": parameters,
            **keys,
        }
        self.cards.append(card)
        return card

    def create_card(self, body):
        if body["id"] is None:
            self.add_card(body["modelName"], "v0-new", body["parameters"], modelUrl=body["modelUrl"])
            return
        [card] = [one for one in self.cards if one["id"] == body["id"]]
        number = int(card["latestModelVersion"].partition("-")[0][1:]) + 1
        card |= {
            "latestModelVersion": f"v{number}-new",
            "modelVersion": f"v{number}-new",
            "parameters": body["parameters"],
            "modelUrl": body["modelUrl"],
        }
        return

    def add_endpoint(self, name, **keys):
        self.endpoints[name] = {
            "id": self.new_id(),
            "endpointName": name,
            "modelName": "aloha",
            "modelId": 5,
            "modelVersion": "v0-new",
            "resourceType": "md.on_premise_device",
            "status": "DEPLOYED",
            "edgeId": "[101,102,103]",
            "createTime": "2026-11-24 08:00:00",
            "updateTime": "2026-11-24 08:00:00",
            "replicas": 1,
            "onlineReplicas": 1,
            "min": None,
            "max": None,
            "requestUrl": f"{URL}/inference/1",
            "inputJson": None,
            **keys,
        }
        return self.endpoints[name]

    def create_endpoint(self, body):
        if "id" in body:
            [there] = [one for one in self.endpoints.values() if one["id"] == body["id"]]
            there |= {key: body[key] for key in ("modelVersion", "edgeId", "resourceType")}
            return True
        if body["endpointName"] in self.endpoints:
            return {"code": "ENDPOINT_EXIST", "message": "endpoint exists", "data": None}
        model = next(card["modelName"] for card in self.cards if card["id"] == body["modelId"])
        keys = {key: body[key] for key in ("modelId", "modelVersion", "edgeId", "resourceType")}
        self.add_endpoint(body["endpointName"], modelName=model, **keys)
        return True

    def delete_endpoint(self, body):
        gone = [name for name, one in self.endpoints.items() if one["id"] == body["endpointId"]]
        for name in gone:
            del self.endpoints[name]
        return bool(gone)

    def by_name(self, query):
        return self.endpoints.get(query["endpointName"], self.absent)

    def scale(self, body):
        [there] = [one for one in self.endpoints.values() if one["id"] == body["endpointId"]]
        there |= {"replicas": body["replicasDesired"], "onlineReplicas": body["replicasDesired"]}
        return True

    def log_page(self, body):
        lines, size = self.logs[body["runId"]], body["pageSize"]
        start = (body["pageNum"] - 1) * size
        return {
            "log_full_url": None,
            "devices": [],
            "totalSize": len(lines),
            "totalPages": max(1, -(-len(lines) // size)),
            "pageNum": body["pageNum"],
            "logList": lines[start : start + size],
        }

    def begin(self, query):
        urls = [f"{STORE}/{query['fileKey']}?part={number}&sign=x" for number in range(int(query["partNumber"]))]
        return {"uploadId": "up", "urls": urls}

    def _storage(self, request):
        assert "Authorization" not in request.headers
        if request.method == "GET":
            content = self.files.get(request.url.path)
            return httpx.Response(200, content=content) if content else httpx.Response(404)
        part = int(request.url.params["part"])
        self.parts[part] = request.content
        return httpx.Response(200, headers={"ETag": f'"{hashlib.md5(request.content).hexdigest()}"'})

    def complete(self, body):
        assert [one["partNumber"] for one in body["partETags"]] == list(range(1, len(self.parts) + 1))
        whole = b"".join(self.parts[number] for number in sorted(self.parts))
        self.files["/" + body["fileKey"]] = whole
        self.parts = {}
        return f"{STORE}/{body['fileKey']}"

    def package(self):
        """The names and contents of the last stored package."""
        with zipfile.ZipFile(io.BytesIO(list(self.files.values())[-1])) as package:
            return {name: package.read(name) for name in package.namelist()}

    def asked(self, path):
        return [body for _, known, body in self.calls if known == path]
