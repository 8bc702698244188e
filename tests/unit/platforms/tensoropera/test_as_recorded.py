"""What is sent is what the fedml SDK was recorded to send: path, keys of query and body, and where the key is."""

import json
from pathlib import Path

import pytest

from gitops.model.log import LogQuery
from gitops.model.resource import Resource
from tests.fakes.tensoropera import KEY
from tests.unit.platforms.tensoropera.packed import make_card, push

RECORDED = Path(__file__).parents[3] / "sdk" / "recorded"
OURS = {
    "02-heartbeat": {},
    "05-model-list": {},
    "07-endpoint-create": {},
    "10-endpoint-by-name": {},
    "12-inference": {},
    "14-user": {},
    "15-presigned-url": {},
    "18-complete": {},
    "20-model-create": {"isFromOpen": 0},  # what `fedml model push` sends for a package; recorded is the API's 1
    "23-endpoint-create": {},
    "26-logs": {},
    "27-endpoint-delete": {},
}
"""Recording -> values of ours that differ on purpose."""


def journey(platform, back, folder, monkeypatch):
    """The same story as the recorded one, as far as the port tells it."""
    monkeypatch.setattr("gitops.platforms.tensoropera.storing.PART_BYTES", 400)
    list(platform.examine())
    first = push(platform, make_card(folder, files={"weights": bytes(range(200)) * 2}))
    second = push(platform, make_card(folder))
    here = Resource(type="on_premise", master="101", workers=("102", "103"))
    platform.create(
        "aloha",
        model="aloha",
        version=first.name,
        replicas=None,
        gpus_per_replica=0,
        resource=here,
        progress_deadline_s=9,
    )
    platform.roll_out(
        "aloha",
        version=second.name,
        gpus_per_replica=0,
        updated=1,
        max_surge=1,
        max_unavailable=0,
        progress_deadline_s=9,
    )
    platform.probe("aloha", {"text": "hello"})
    platform.logs("aloha", LogQuery())
    platform.delete("aloha")


def shape(value):
    """Keys and kinds: an id or a name of the recording stands for any."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__ if value not in ("", None) else value


@pytest.mark.parametrize("name", OURS)
def test_a_request_is_as_it_was_recorded(platform, back, tmp_path, monkeypatch, name):
    recorded = json.loads((RECORDED / f"{name}.json").read_text())
    journey(platform, back, tmp_path, monkeypatch)
    path = recorded["path"].replace("<endpoint-id>", str(back.next_id))
    candidates = [one for one in back.requests if one.url.path == path and one.method == recorded["method"]]
    # A creation comes before an update, in the recording too.
    ours = candidates[-1 if name in {"20-model-create", "23-endpoint-create"} else 0]

    assert recorded["query"].keys() == set(ours.url.params.keys())
    assert recorded["headers"].get("Authorization") == _masked(ours.headers.get("Authorization"))
    if recorded["body"] is not None:
        body = json.loads(ours.content)
        assert OURS[name].items() <= body.items()
        expected, found = shape(recorded["body"]), shape(body)
        for loose in ("parameters", "text", "modelId", "runId", "endpointId", "id"):
            assert (loose in expected) == (loose in found)
            expected.pop(loose, None)
            found.pop(loose, None)
        assert expected == found


def _masked(header):
    return header.replace(KEY, "<api-key>") if header else None
