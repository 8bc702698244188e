"""Endpoints over TensorOpera's contract, on a platform that behaves like its agents: over real HTTP."""

import httpx
import pytest

from gitops.local.tensoropera.ids import Ids
from gitops.wire import tensoropera as wire
from tests.integration.embedded import CRASHING, Embedded, embedded, eventually

DEVICES = "[101,102,103]"
BUSY = {"DEPLOYING", "ABORTING"}
WRONG = {"code": "FAILURE", "message": "the API key is missing or wrong", "data": None}


@pytest.fixture
def running(tmp_path):
    with embedded(tmp_path, behave="tensoropera") as platform:
        yield platform
    assert [] == platform.processes()


class Client:
    """Somebody who speaks the contract."""

    def __init__(self, running: Embedded, key: str | None = None) -> None:
        self.running = running
        self.key = running.key if key is None else key
        self.ids = Ids(running.folder.installation())

    def post(self, path: str, body: dict) -> dict:
        """The key at both places that posts have it."""
        headers = {"Authorization": f"Bearer {self.key}"}
        url = self.running.record.url + path
        return self.said(httpx.post(url, json={"apiKey": self.key, **body}, headers=headers, timeout=30))

    def get(self, path: str, **query: str) -> dict:
        headers = {"Authorization": f"Bearer {self.key}"}
        return self.said(httpx.get(self.running.record.url + path, params=query, headers=headers, timeout=30))

    @staticmethod
    def said(answer: httpx.Response) -> dict:
        assert (200, {"code", "message", "data"}) == (answer.status_code, answer.json().keys())
        return answer.json()

    def deploy(self, version: str, endpoint_id: str | None = None, **more: object) -> dict:
        wish = {
            "id": endpoint_id,
            "endpointName": "aloha",
            "modelId": self.ids.of("card", "aloha"),
            "modelVersion": version,
            "resourceType": "md.on_premise_device",
            "edgeId": DEVICES,
            **more,
        }
        return self.post(wire.CREATE_ENDPOINT, wish)

    def resize(self, endpoint_id: str, replicas: int) -> dict:
        return self.post(wire.AUTO_SCALE, {"endpointId": endpoint_id, "replicasDesired": replicas})

    def remove(self, endpoint_id: str) -> dict:
        return self.post(wire.DELETE_ENDPOINT, {"endpointId": endpoint_id})

    def detail(self, endpoint_id: str) -> dict | None:
        return self.get(wire.ENDPOINT_BY_ID, endpointId=endpoint_id)["data"]

    def until(self, endpoint_id: str, condition) -> dict | None:
        return eventually(lambda: self.detail(endpoint_id), condition)

    def settled(self, endpoint_id: str, status: str, replicas: int | None = None) -> dict:
        """What is told once the status is this one, after another one."""

        self.until(endpoint_id, lambda one: one["status"] in BUSY)
        found = self.until(endpoint_id, lambda one: one["status"] not in BUSY)
        assert (status, replicas) == (found["status"], found["onlineReplicas"] if replicas is not None else None)
        return found

    def made(self, version: str, replicas: int = 1) -> str:
        endpoint_id = str(self.deploy(version)["data"])
        self.settled(endpoint_id, "DEPLOYED", 1)
        if replicas > 1:
            assert True is self.resize(endpoint_id, replicas)["data"]
            self.settled(endpoint_id, "DEPLOYED", replicas)
        return endpoint_id

    def predict(self, endpoint_id: str) -> dict:
        headers = {"Authorization": f"Bearer {self.key}"}
        url = self.detail(endpoint_id)["requestUrl"]
        return httpx.post(url, json={}, headers=headers, timeout=30).raise_for_status().json()["data"]


def refused(said: dict, words: str, code: str = "FAILURE") -> None:
    assert (code, None) == (said["code"], said["data"])
    assert words in said["message"]


def windows(running: Embedded, since: int) -> list[tuple[int, int]]:
    return [
        (event.detail["goal"], event.detail["max_unavailable"])
        for event in running.platform.events()
        if event.seq > since and event.kind in {"rollout_started", "rollout_continued"}
    ]


def test_the_whole_journey_of_an_endpoint(running):
    client = Client(running)
    first, second, bad = running.push(marker="1"), running.push(marker="2"), running.push(CRASHING)

    endpoint_id = client.made(first, 3)
    assert 19 == len(endpoint_id)
    detail = client.detail(endpoint_id)
    assert detail == client.get(wire.ENDPOINT_BY_NAME, endpointName="aloha")["data"]
    assert (DEVICES, '["102_1", "102_2", "103_1"]') == (detail["edgeId"], detail["replicaIds"])
    refused(client.deploy(first), "taken", wire.ENDPOINT_EXIST)
    assert int(endpoint_id) == client.post(wire.APPLY_ENDPOINT_ID, {"endpointName": "aloha"})["data"]

    refused(client.deploy(second, endpoint_id, replicas=4), "cannot be changed in one request")
    since = running.platform.events()[-1].seq
    assert int(endpoint_id) == client.deploy(second, endpoint_id)["data"]
    refused(client.resize(endpoint_id, 4), "busy")
    assert client.settled(endpoint_id, "DEPLOYED", 3)["modelVersion"].startswith(f"{second}-")
    assert [(1, 1), (3, 2)] == windows(running, since)
    assert "2" == client.predict(endpoint_id)["version"]

    client.deploy(bad, endpoint_id)
    aborted = client.settled(endpoint_id, "ABORTED", 3)
    assert aborted["modelVersion"].startswith(f"{bad}-")
    assert "2" == client.predict(endpoint_id)["version"]

    assert True is client.resize(endpoint_id, 2)["data"]
    assert client.settled(endpoint_id, "DEPLOYED", 2)["replicas"] == 2

    assert True is client.remove(endpoint_id)["data"]
    client.until(endpoint_id, lambda one: one is None)
    refused(client.get(wire.ENDPOINT_BY_NAME, endpointName="aloha"), "does not exist")
    assert [] == running.processes()
    assert endpoint_id != client.made(second)


def test_a_first_version_that_crashes_fails_and_its_name_is_free_again(running):
    client = Client(running)
    bad, good = running.push(CRASHING), running.push()

    failed = str(client.deploy(bad)["data"])
    assert 0 == client.settled(failed, "FAILED")["onlineReplicas"]

    assert failed != client.made(good)


def test_what_is_not_there_and_who_has_not_the_key_is_refused(running):
    client, stranger = Client(running), Client(running, "wrong")
    version = running.push()
    endpoint_id = client.made(version)

    unknown = "1234567890123456789"
    for said in (client.resize(unknown, 2), client.remove(unknown), client.deploy(version, unknown)):
        refused(said, f"the endpoint {unknown} does not exist")
    refused(client.get(wire.ENDPOINT_BY_ID, endpointId=unknown), "does not exist")
    refused(client.deploy("v9", endpoint_id), "v9")
    refused(client.deploy(version, modelId=unknown, endpointName="other"), "no model card")
    for number in (0, -1, "many"):
        refused(client.resize(endpoint_id, number), "replicasDesired")
    for said in (
        stranger.deploy(version),
        stranger.resize(endpoint_id, 2),
        stranger.remove(endpoint_id),
        stranger.get(wire.ENDPOINT_BY_ID, endpointId=endpoint_id),
        stranger.get(wire.ENDPOINT_BY_NAME, endpointName="aloha"),
    ):
        assert WRONG == said
    assert ("DEPLOYED", 1) == (client.detail(endpoint_id)["status"], client.detail(endpoint_id)["replicas"])


def test_killed_in_the_middle_of_an_update_it_goes_on_by_itself_and_remembers_how_it_behaves(running):
    client = Client(running)
    first, second = running.push(marker="1"), running.push(marker="2")
    endpoint_id = client.made(first, 3)
    since = running.platform.events()[-1].seq
    client.deploy(second, endpoint_id)
    running.until(lambda live: live.ready_on(second) == 1)

    running.kill()
    running.up()

    client.until(endpoint_id, lambda one: one["status"] == "DEPLOYED" and one["onlineReplicas"] == 3)
    assert (3, 0) == (running.live().ready_on(second), running.live().ready_on(first))
    assert [(1, 1), (3, 2)] == windows(running, since)
