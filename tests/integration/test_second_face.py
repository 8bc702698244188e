"""TensorOpera's contract on a real embedded platform: cards, files, logs and predictions, over real HTTP."""

import hashlib
import http.server
import io
import json
import re
import socket
import stat
import struct
import threading
import zipfile
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from gitops.local.tensoropera.ids import Ids
from gitops.model.live import Phase
from gitops.wire import tensoropera as wire
from tests.integration.embedded import GOOD, Embedded, eventually, make_card

WRONG = {"code": "FAILURE", "message": "the API key is missing or wrong", "data": None}
LONG = re.compile(
    r"v\d+-(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d\d "
    r"\d\d:\d\d:\d\d GMT \d{4}"
)
PARAMETERS = {"workspace": "./", "entry_point": "main_entry.py"}


class Second:
    """A client of the second face of a platform."""

    def __init__(self, running: Embedded, key: str | None = None) -> None:
        self.running = running
        self.key = running.key if key is None else key
        self.client = httpx.Client(timeout=60)

    def post(self, path: str, body: dict, place: str = "apiKey") -> dict:
        return self.said(self.client.post(self.running.record.url + path, json={place: self.key, **body}))

    def bearer(self, method: str, path: str, **how) -> dict:
        headers = {"Authorization": f"Bearer {self.key}"}
        return self.said(self.client.request(method, self.running.record.url + path, headers=headers, **how))

    @staticmethod
    def said(answer: httpx.Response) -> dict:
        assert (200, {"code", "message", "data"}) == (answer.status_code, answer.json().keys())
        return answer.json()

    def page(self, name: str = "*", number: int = 1, size: int = 100) -> dict:
        body = {"model_name": name, "page_num": number, "page_size": size, "user_id": ""}
        return self.post(wire.LIST_CARDS, body, "user_api_key")

    def cards(self) -> list[dict]:
        return self.page()["data"]["data"]

    def create(self, name: str = "aloha", url: str = "http://127.0.0.1:9/x.zip", **changes) -> dict:
        body = {
            "description": name,
            "githubLink": "",
            "modelName": name,
            "modelUrl": url,
            "owner": "",
            "updateBy": "",
            "parameters": PARAMETERS,
            "userId": "",
            "isFromOpen": 1,
            "modelNetUrl": "",
            "tagList": [],
            "id": None,
            "modelVersion": None,
            **changes,
        }
        return self.post(wire.CREATE_CARD, body)

    def upload(self, content: bytes, parts: int = 1, name: str = "u/aloha.zip") -> str:
        """An upload in equal parts; gives its URL."""
        begun = self.begin(name, parts)
        step = -(-len(content) // parts)
        tags = []
        for number, url in enumerate(begun["urls"], 1):
            answer = self.client.put(url, content=content[(number - 1) * step : number * step])
            tags.append({"etag": answer.headers["ETag"], "partNumber": number})
        return self.complete(name, tags, begun["uploadId"])["data"]

    def begin(self, name: str, parts: int) -> dict:
        return self.bearer("GET", wire.PRESIGNED, params={"fileKey": name, "partNumber": parts})["data"]

    def complete(self, name: str, tags: list[dict], upload: str) -> dict:
        return self.bearer("POST", wire.UPLOADED, json={"fileKey": name, "partETags": tags, "uploadId": upload})

    def endpoint_id(self, name: str = "aloha") -> str:
        return Ids(self.running.folder.installation()).of("endpoint", name)


@pytest.fixture
def second(running):
    one = Second(running)
    yield one
    one.client.close()


def package(marker: str = "1", text: str = GOOD, name: str = "aloha") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as bundle:
        bundle.writestr(f"{name}/main_entry.py", text.format(marker=marker, port=0))
        bundle.writestr(f"{name}/fedml_model_config.yaml", "entry_point: ignored.py\n")
        bundle.writestr(f"{name}/README.md", "")
    return content.getvalue()


@contextmanager
def shop(*contents: bytes):
    """A server of packages: the n-th at /n."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            number = int(self.path.strip("/"))
            self.send_response(200 if number < len(contents) else 404)
            self.end_headers()
            self.wfile.write(contents[number] if number < len(contents) else b"")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_key_is_shown_where_each_call_has_it_and_a_wrong_one_opens_nothing(running, second):
    assert second.post(wire.HEARTBEAT, {})["data"] is True
    assert 19 == len(str(second.post(wire.USER, {})["data"]["id"]))
    url = running.record.url
    for key in ("other", running.key[:-1], running.key + "x", "x"):
        stranger = Second(running, key)
        assert {**WRONG, "data": False} == stranger.post(wire.HEARTBEAT, {})
        assert WRONG == stranger.page() == stranger.create() == stranger.post(wire.UPDATE_CARD, {"id": 1})
        assert WRONG == stranger.post(wire.USER, {}) == stranger.post(wire.LOGS, {"runId": 1})
        for method, path in (("GET", wire.PRESIGNED), ("POST", wire.UPLOADED)):
            assert WRONG == stranger.bearer(method, path)
        answer = stranger.client.post(f"{url}/inference/1", json={}, headers={"Authorization": f"Bearer {key}"})
        assert 401 == answer.status_code
        stranger.client.close()
    assert [] == second.cards()
    assert 401 == httpx.get(f"{url}/gitops/v1/platform").status_code


def test_a_key_in_another_place_than_the_calls_own_opens_nothing(running, second):
    url, right = running.record.url, {"Authorization": f"Bearer {running.key}"}
    assert WRONG == httpx.post(url + wire.LIST_CARDS, json={"apiKey": running.key}, headers=right).json()
    assert WRONG == httpx.post(url + wire.CREATE_CARD, json={"user_api_key": running.key}, headers=right).json()
    assert WRONG == httpx.get(url + wire.PRESIGNED, params={"apiKey": running.key}).json()
    assert [] == second.cards()


def test_what_is_no_call_is_not_there_and_what_is_not_offered_says_so(running, second):
    url = running.record.url
    for path in ("/fedmlModelServer/api/v1/model/other", "/fedmlOpsServer/x", "/system/x", wire.LIST_CARDS + "/"):
        answer = httpx.post(url + path, json={"apiKey": running.key})
        assert (404, "FAILURE") == (answer.status_code, answer.json()["code"])
    for path in ("configs/fetch", "application/create", "cli/startCluster"):
        said = second.post(f"{wire.OPS}/{path}", {})
        assert "FAILURE" == said["code"]
        assert "not offered here" in said["message"]
    assert {"md.on_premise_device"} < {
        one["resourceType"] for one in httpx.get(f"{url}{wire.OPS}/cli/resourceType").json()["data"]
    }


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"user_api_key": NaN}', b"\xff", b"[" * 50_000])
def test_a_body_that_is_no_json_object_is_declined(running, second, body):
    answer = httpx.post(running.record.url + wire.LIST_CARDS, content=body)
    assert (200, "FAILURE") == (answer.status_code, answer.json()["code"])
    assert "SUCCESS" == second.page()["code"]


def test_150_cards_with_similar_names_are_listed_over_pages_with_exact_ids(second):
    made = {}
    for number in range(150):
        name = f"aloha-{number}"
        made[name] = second.create(name)["data"]
    assert "SUCCESS" == second.create("other")["code"]
    pages = [second.page("aloha", number, 60)["data"] for number in (1, 2, 3, 4)]
    assert [60, 60, 30, 0] == [len(page["data"]) for page in pages]
    assert {(150, 3, 60)} == {(page["total"], page["totalPage"], page["pageSize"]) for page in pages}
    assert made == {card["modelName"]: card["id"] for page in pages for card in page["data"]}
    assert {19} == {len(str(one)) for one in made.values()}
    assert 150 == len(set(made.values()))
    found = [card["modelName"] for card in second.page("aloha-1")["data"]["data"]]
    assert "aloha-1" == found[0]
    assert sorted(name for name in made if "aloha-1" in name) == sorted(found)
    assert 151 == second.page()["data"]["total"]
    assert 0 == second.page("nobody")["data"]["total"]


def test_a_card_has_versions_named_by_number_and_time_and_keeps_its_parameters(running, second):
    digest = "sha256:" + "b" * 64
    parameters = {**PARAMETERS, "gitops": {"digest": digest, "secrets": {"T": "k"}}, "ünknown": [1, None, {"x": 1.5}]}
    card_id = second.create(parameters=parameters, description="å")["data"]
    (card,) = second.cards()
    assert parameters == card["parameters"]
    assert ("å", "http://127.0.0.1:9/x.zip", 1) == (card["description"], card["modelUrl"], card["isFromOpen"])
    assert LONG.fullmatch(card["modelVersion"])
    assert card["modelVersion"].startswith("v0-")
    assert f"send its id ({card_id})" in second.create()["message"]
    assert card_id == second.create(id=card_id)["data"] == second.post(wire.UPDATE_CARD, {**update(card_id)})["data"]
    (card,) = second.cards()
    assert card["modelVersion"].startswith("v2-")
    assert card["modelVersion"] == card["latestModelVersion"]
    assert "FAILURE" == second.create("ålöha")["code"] == second.create(id=7)["code"]
    versions = running.platform.versions(["aloha"])["aloha"]
    assert ["v0", "v1", "v2"] == [version.name for version in versions]
    assert (digest, {"T": "k"}) == (versions[0].digest, versions[0].secrets)


def update(card_id: int) -> dict:
    return {"id": card_id, "modelName": "aloha", "modelUrl": "http://127.0.0.1:9/y.zip", "parameters": PARAMETERS}


def test_a_card_of_a_package_elsewhere_serves_by_name_and_by_id(running, second):
    with shop(package("elsewhere")) as url:
        second.create(url=f"{url}/0", parameters={**PARAMETERS, "environment_variables": {"TOKEN": "t0"}})
        running.create("v0", replicas=2)
        running.until_serving("v0")
    by_id = second.bearer("POST", f"/inference/{second.endpoint_id()}", json={"a": 1})
    assert ("SUCCESS", "elsewhere", "t0") == (by_id["code"], by_id["data"]["version"], by_id["data"]["token"])
    by_name = second.client.post(running.url(), json={}, headers=running.headers).json()
    assert "elsewhere" == by_name["version"]
    counters = running.platform.counters(["aloha"])["aloha"]
    assert 2 == sum(replica.requests for replica in counters.replicas)
    missing = second.client.post(running.url("1234567890123456789"), json={}, headers=running.headers)
    assert 404 == missing.status_code


def test_a_card_with_a_name_that_nobody_could_declare_serves_too(running, second):
    with shop(package("odd")) as url:
        second.create("My_Card.v2", url=f"{url}/0", parameters={**PARAMETERS, "bootstrap": "touch made"})
        running.platform.create(
            "odd",
            model="My_Card.v2",
            version="v0",
            replicas=1,
            gpus_per_replica=0,
            resource=None,
            progress_deadline_s=60.0,
        )
        assert "My_Card.v2" == running.until_serving("v0", name="odd").model
    assert "odd" == second.bearer("POST", f"/inference/{second.endpoint_id('odd')}", json={})["data"]["version"]
    assert "FAILURE" == second.create("my_card.V2")["code"]


def test_an_upload_in_three_parts_serves_after_the_platform_was_killed(running, second):
    content = package("uploaded") + b""
    url = second.upload(content, 3)
    assert content == httpx.get(url).content
    assert 403 == httpx.get(url[:-1]).status_code == httpx.get(url.partition("?")[0]).status_code
    card_id = second.create(url=url)["data"]
    half = second.begin("u/half.zip", 2)
    second.client.put(half["urls"][0], content=b"half")
    before = second.cards()
    running.kill()
    assert 1 == len(list(running.folder.uploads.iterdir()))
    running.up()
    assert not running.folder.uploads.exists()
    assert card_id == second.cards()[0]["id"]
    assert urlsplit(before[0]["modelUrl"]).path == urlsplit(second.cards()[0]["modelUrl"]).path
    assert {**before[0], "modelUrl": ""} == {**second.cards()[0], "modelUrl": ""}
    assert content == httpx.get(second.cards()[0]["modelUrl"]).content
    assert "FAILURE" == second.complete("u/half.zip", [], half["uploadId"])["code"]
    running.create("v0")
    running.until_serving("v0")
    answer = second.bearer("POST", f"/inference/{second.endpoint_id()}", json={})
    assert "uploaded" == answer["data"]["version"]


def test_a_part_of_20_mib_passes_and_an_upload_that_was_cut_is_not_complete(running, second):
    large = bytes(20 << 20) + b"end"
    assert hashlib.sha256(large).digest() == hashlib.sha256(httpx.get(second.upload(large, 2)).content).digest()
    begun = second.begin("k", 2)
    tag = second.client.put(begun["urls"][0], content=b"one").headers["ETag"]
    cut = urlsplit(begun["urls"][1])
    with socket.create_connection((cut.hostname, cut.port)) as connection:
        connection.sendall(
            f"PUT {cut.path}?{cut.query} HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf".encode()
        )
    tags = [{"etag": tag, "partNumber": 1}, {"etag": "x", "partNumber": 2}]
    assert "part 2 of the upload has not arrived" in second.complete("k", tags, begun["uploadId"])["message"]
    second.client.put(begun["urls"][1], content=b"two")
    assert "its tag is another" in second.complete("k", tags, begun["uploadId"])["message"]
    assert 403 == second.client.put(begun["urls"][1] + "0", content=b"two").status_code
    for name, number in (("", 1), ("k", -1), ("k", "x"), ("k", 10_001)):
        answer = second.bearer("GET", wire.PRESIGNED, params={"fileKey": name, "partNumber": number})
        assert "FAILURE" == answer["code"]
    leftover = [path for path in running.folder.uploads.rglob("*") if path.name.startswith(".")]
    assert [] == eventually(lambda: leftover, lambda found: not found)


def linked() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as bundle:
        entry = zipfile.ZipInfo("aloha/main_entry.py")
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        bundle.writestr(entry, "/etc/passwd")
    return content.getvalue()


def slipping() -> bytes:
    content = io.BytesIO(package())
    with zipfile.ZipFile(content, "a") as bundle:
        bundle.writestr("aloha/../../../slipped", "x")
    return content.getvalue()


def bomb() -> bytes:
    """An archive whose only file says that it has nearly 4 GiB, three times over."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as bundle:
        for name in ("main_entry.py", "a", "b"):
            bundle.writestr(f"aloha/{name}", b"\0" * 54_321)
    return content.getvalue().replace(struct.pack("<L", 54_321), struct.pack("<L", 0xFFFFFFF0))


BROKEN = {
    "slip": (slipping(), "a file outside itself"),
    "link": (linked(), "a link or a device"),
    "bomb": (bomb(), "larger than"),
    "text": (b"not a zip", "not a zip archive"),
    "other": (package(name="x").replace(b"main_entry", b"else_entry"), "no file main_entry.py"),
    "gone": (None, "status 404"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_package_fails_the_deployment_with_its_reason_and_the_old_version_serves_on(running, second, kind):
    content, words = BROKEN[kind]
    with shop(package("good"), *([content] if content is not None else [])) as url:
        card_id = second.create(url=f"{url}/0")["data"]
        second.create(url=f"{url}/1", id=card_id)
        running.create("v0")
        running.until_serving("v0")
        running.roll_out("v1")
        live = running.until(lambda live: live.phase is Phase.SERVING and live.message)
    assert words in live.message
    assert "v0" == live.version
    assert "good" == second.bearer("POST", f"/inference/{second.endpoint_id()}", json={})["data"]["version"]
    names = sorted(path.name for path in running.folder.packages.iterdir())
    assert 1 == len(names)
    assert names[0].startswith("aloha@v0-")
    assert [] == list(running.folder.root.parent.rglob("slipped"))


def test_a_new_endpoint_of_a_broken_package_fails(running, second):
    second.create()
    running.create("v0")
    live = running.until(lambda live: live.phase is Phase.FAILED)
    assert "cannot be reached" in live.message
    assert "127.0.0.1:9/" not in live.message


def test_a_card_that_was_pushed_natively_is_listed_and_its_package_can_be_read_and_used(running, second):
    running.push(marker="native", environment_variables={"TOKEN": "t0"})
    (card,) = second.cards()
    assert running.platform.versions(["aloha"])["aloha"][0].digest == card["parameters"]["gitops"]["digest"]
    content = httpx.get(card["modelUrl"]).content
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        assert {"aloha/main_entry.py", "aloha/fedml_model_config.yaml"} == set(bundle.namelist())
        assert "main_entry.py" == json.loads(bundle.read("aloha/fedml_model_config.yaml"))["entry_point"]
    assert content == httpx.get(card["modelUrl"]).content
    assert 403 == httpx.get(card["modelUrl"].replace("/aloha/", "/other/")).status_code
    with shop(content) as url:
        second.create("copy", url=f"{url}/0", parameters=card["parameters"])
        running.platform.create(
            "copy",
            model="copy",
            version="v0",
            replicas=1,
            gpus_per_replica=0,
            resource=None,
            progress_deadline_s=30.0,
        )
        running.until_serving("v0", name="copy")
    answer = second.bearer("POST", f"/inference/{second.endpoint_id('copy')}", json={})
    assert ("native", "t0") == (answer["data"]["version"], answer["data"]["token"])


def test_the_logs_of_all_replicas_are_read_by_the_endpoints_id_without_secrets(running, second):
    text = GOOD.replace(
        'print("aloha", {marker!r}, flush=True)', 'print("aloha", {marker!r}, os.environ["TOKEN"], flush=True)'
    )
    parameters = {
        **PARAMETERS,
        "environment_variables": {"TOKEN": "hunter2-hunter2"},
        "gitops": {"secrets": {"TOKEN": "keyed"}},
    }
    with shop(package("logging", text)) as url:
        second.create(url=f"{url}/0", parameters=parameters)
        running.create("v0", replicas=2)
        running.until_serving("v0")
    wish = {"runId": second.endpoint_id(), "pageNum": 1, "pageSize": 1000, "timeZone": "Etc/UTC"}

    def read() -> dict:
        return second.post(wire.LOGS, wish)["data"]

    found = eventually(read, lambda data: sum("aloha logging" in line for line in data["logList"]) == 2)
    ours = [line for line in found["logList"] if "aloha logging" in line]
    shape = (
        r"\[FedML-Replica @device-id-\d+ @replica-rank-[01]\] \[\w{3}, \d\d \w{3} \d{4} [\d:.]+\] "
        r"\[INFO\] \[Container Logs\] .*"
    )
    assert all(re.fullmatch(shape, line) for line in found["logList"])
    assert {"0", "1"} == {re.search(r"replica-rank-(\d)", line)[1] for line in ours}
    assert len(found["logList"]) == found["totalSize"]
    pages = [second.post(wire.LOGS, {**wish, "pageNum": number, "pageSize": 3})["data"] for number in (1, 2, 99)]
    assert found["logList"][:6] == [line for page in pages[:2] for line in page["logList"]]
    assert [] == pages[2]["logList"]
    assert -(-found["totalSize"] // 3) == pages[0]["totalPages"]
    assert "FAILURE" == second.post(wire.LOGS, {**wish, "runId": 7})["code"]
    assert "hunter2-hunter2" == second.cards()[0]["parameters"]["environment_variables"]["TOKEN"]
    assert "hunter2" not in json.dumps(found)
    assert "hunter2" not in running.folder.server_log.read_text()
    assert "hunter2" not in json.dumps([event.model_dump(mode="json") for event in running.platform.events()])


def test_a_claimed_digest_does_not_pass_for_what_is_pushed_with_its_files(running, second, tmp_path):
    digest = make_card(tmp_path, GOOD, "honest")[0].digest
    with shop(package("liar")) as url:
        second.create(url=f"{url}/0", parameters={**PARAMETERS, "gitops": {"digest": digest}})
        running.create("v0")
        running.until_serving("v0")
        assert "v1" == running.push(marker="honest")
        assert "v1" == running.push(marker="honest")
    running.roll_out("v1")
    running.until_serving("v1")
    assert "honest" == second.bearer("POST", f"/inference/{second.endpoint_id()}", json={})["data"]["version"]


def test_a_version_that_is_never_deployed_is_never_fetched(running, second):
    with shop(package()) as url:
        second.create(url=f"{url}/0")
        assert [] == list(Path(running.folder.packages).iterdir())
