import json

import httpx
import pytest

from gitops.errors import Conflict, Rejected
from gitops.model.autoscale import Autoscale
from gitops.model.live import ABSENT
from gitops.model.resource import Resource
from gitops.wire import tensoropera as wire

HERE = Resource(type="on_premise", master="101", workers=("102", "103"))
THERE = Resource(type="on_premise", master="104", workers=("105",))
ROW = {"method": "POST", "path": "/console/edit", "auth": "bearer:api_key"}


def create(platform, name="aloha", version="v0-new", resource=HERE):
    platform.create(
        name,
        model="aloha",
        version=version,
        replicas=None,
        gpus_per_replica=0,
        resource=resource,
        progress_deadline_s=600,
    )


def roll_out(platform, version, gpus=0):
    platform.roll_out(
        "aloha",
        version=version,
        gpus_per_replica=gpus,
        updated=1,
        max_surge=1,
        max_unavailable=0,
        progress_deadline_s=600,
    )


def test_an_endpoint_is_asked_for_exactly_as_fedml_does(platform, back):
    card = back.add_card("aloha", id=9007199254740993123)

    create(platform)

    assert back.asked(wire.CREATE_ENDPOINT) == [
        {
            "edgeId": "[101,102,103]",
            "endpointName": "aloha",
            "modelId": card["id"],
            "modelVersion": "v0-new",
            "resourceType": "md.on_premise_device",
            "userId": "",
            "apiKey": "key-of-the-tests",
        }
    ]
    assert HERE == platform.read(["aloha"])["aloha"].resource


def test_a_cloud_needs_no_devices(platform, back):
    back.add_card("aloha")

    create(platform, resource=Resource(type="public_cloud"))

    [asked] = back.asked(wire.CREATE_ENDPOINT)
    assert ("[]", "md.pubic_cloud_device") == (asked["edgeId"], asked["resourceType"])


def test_the_same_creation_again_changes_nothing_and_another_one_is_a_conflict(platform, back):
    back.add_card("aloha")
    create(platform)

    create(platform)

    assert 1 == len(back.endpoints)
    for other in ({"version": "v1-new"}, {"resource": THERE}):
        with pytest.raises(Conflict, match="endpoint exists"):
            create(platform, **other)


@pytest.mark.parametrize(("cards", "resource", "words"), [(0, HERE, "no model card aloha"), (1, None, "where its rep")])
def test_what_cannot_be_created_is_not_asked_for(platform, back, cards, resource, words):
    for _ in range(cards):
        back.add_card("aloha")

    with pytest.raises(Rejected, match=words):
        create(platform, resource=resource)

    assert [] == back.asked(wire.CREATE_ENDPOINT)


def test_an_update_says_the_version_and_echoes_the_rest(platform, back):
    there = back.add_endpoint("aloha", id=9007199254740993123, modelId=9007199254740993125)

    roll_out(platform, "v1-new")

    assert back.asked(wire.CREATE_ENDPOINT) == [
        {
            "edgeId": "[101,102,103]",
            "endpointName": "aloha",
            "modelId": 9007199254740993125,
            "modelVersion": "v1-new",
            "resourceType": "md.on_premise_device",
            "userId": "",
            "id": 9007199254740993123,
            "apiKey": "key-of-the-tests",
        }
    ]
    assert there["replicas"] == 1


def test_the_same_update_again_asks_for_nothing(platform, back):
    back.add_endpoint("aloha")

    roll_out(platform, "v0-new")

    assert [] == back.asked(wire.CREATE_ENDPOINT)


def test_after_an_update_was_put_back_the_version_that_is_named_proves_nothing(platform, back):
    back.add_endpoint("aloha", status="ABORTED")

    roll_out(platform, "v0-new")

    assert 1 == len(back.asked(wire.CREATE_ENDPOINT))


@pytest.mark.parametrize("status", ["INITIALIZING", "DEPLOYING", "ABORTING", "STRANGE"])
@pytest.mark.parametrize(
    "change",
    [
        lambda platform: roll_out(platform, "v1-new"),
        lambda platform: platform.scale("aloha", replicas=3),
        lambda platform: platform.set_resource("aloha", resource=THERE),
        lambda platform: platform.set_autoscale("aloha", policy=None),
    ],
)
def test_nothing_is_asked_while_the_platform_is_at_work(platform, back, status, change):
    back.add_endpoint("aloha", status=status)

    with pytest.raises(Conflict, match=f"at work on endpoint aloha.*{status}"):
        change(platform)

    assert {wire.ENDPOINT_BY_NAME} == {path for _, path, _ in back.calls}


def test_a_change_of_what_is_not_there_is_refused(platform, back):
    with pytest.raises(Rejected, match="no endpoint aloha"):
        platform.scale("aloha", replicas=2)


def test_a_number_goes_alone_with_the_endpoint_s_token_where_it_is_known(platform, back):
    there = back.add_endpoint("aloha")
    platform.scale("aloha", replicas=3)
    back.add_card("aloha", parameters={"authentication_token": "token-of-the-card"})
    platform.scale("aloha", replicas=4)
    there["token"] = "token-of-the-detail"
    platform.scale("aloha", replicas=5)

    asked = [{"endpointId": there["id"], "replicasDesired": number} for number in (3, 4, 5)]
    assert asked == back.asked(wire.AUTO_SCALE)
    sent = [one.headers["Authorization"] for one in back.requests if one.url.path == wire.AUTO_SCALE]
    assert ["Bearer key-of-the-tests", "Bearer token-of-the-card", "Bearer token-of-the-detail"] == sent
    assert 5 == platform.read(["aloha"])["aloha"].replicas


def test_a_token_of_a_card_is_in_no_error(platform, back):
    back.add_endpoint("aloha")
    back.add_card("aloha", parameters={"authentication_token": "token-of-the-card"})
    back.strange[wire.AUTO_SCALE].append({"code": "FAILURE", "message": "bad token-of-the-card"})

    with pytest.raises(Rejected, match=r"bad \*\*\*"):
        platform.scale("aloha", replicas=4)


def test_the_number_that_is_there_is_not_asked_for(platform, back):
    back.add_endpoint("aloha", replicas=3)

    platform.scale("aloha", replicas=3)

    assert [] == back.asked(wire.AUTO_SCALE)


def test_other_devices_keep_the_version(platform, back):
    there = back.add_endpoint("aloha")

    platform.set_resource("aloha", resource=THERE)
    platform.set_resource("aloha", resource=THERE)

    [asked] = back.asked(wire.CREATE_ENDPOINT)
    assert ("[104,105]", "v0-new", there["id"]) == (asked["edgeId"], asked["modelVersion"], asked["id"])


def test_what_no_operation_can_do_is_done_by_hand(platform, back):
    back.add_endpoint("aloha", gpuNumberOfReplica=1)

    for change in (
        lambda: platform.set_autoscale("aloha", policy=None),
        lambda: roll_out(platform, "v0-new", gpus=2),
    ):
        with pytest.raises(Rejected) as raised:
            change()
        assert "Model Serving > Endpoints" in raised.value.hint


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (
            Autoscale(min_replicas=1, max_replicas=4, requests_per_replica=10, window=60, scale_down_delay=0.5),
            [True, 1, 4, 10, 60, 0.5, 2],
        ),
        (None, [False, None, None, None, None, None, 2]),
    ],
)
def test_an_operation_of_the_environment_sets_a_policy(opened, back, policy, expected):
    back.add_endpoint("aloha", replicas=2)
    names = ("autoscaling", "min_replicas", "max_replicas", "requests_per_replica", "window_s", "scale_down_delay_s")
    row = {**ROW, "body": {"all": [f"{{{name}}}" for name in (*names, "replicas")]}}
    back.strange["/console/edit"].append({"code": "SUCCESS", "data": None})

    opened(operations={"set_autoscale": row}).set_autoscale("aloha", policy=policy)

    assert json.dumps({"all": expected}, separators=(",", ":")).encode() == back.requests[-1].content


def test_gpus_that_the_platform_does_not_tell_are_not_asked_for(opened, back):
    back.add_endpoint("aloha")

    roll_out(opened(operations={"set_gpus": {**ROW, "body": {"n": "{gpus_per_replica}"}}}), "v0-new", gpus=2)

    assert {wire.ENDPOINT_BY_NAME} == {path for _, path, _ in back.calls}


def test_a_deleted_endpoint_is_absent_and_is_deleted_once(platform, back):
    there = back.add_endpoint("aloha")

    platform.delete("aloha")
    platform.delete("aloha")

    assert [{"endpointId": there["id"], "apiKey": "key-of-the-tests"}] == back.asked(wire.DELETE_ENDPOINT)
    assert ABSENT is platform.read(["aloha"])["aloha"]


def test_an_endpoint_that_goes_away_while_it_is_asked_to_is_deleted(platform, back):
    back.add_endpoint("aloha")
    back.strange[wire.DELETE_ENDPOINT] = [lambda _: back.endpoints.clear() or {"code": "FAILURE", "message": "no"}]

    platform.delete("aloha")

    assert ABSENT is platform.read(["aloha"])["aloha"]


def test_a_deletion_that_the_platform_refuses_is_rejected_with_its_words(platform, back):
    back.add_endpoint("aloha")
    back.strange[wire.DELETE_ENDPOINT] = [{"code": "FAILURE", "message": "it is in use", "data": None}]

    with pytest.raises(Rejected, match="it is in use"):
        platform.delete("aloha")


def test_a_probe_is_sent_to_the_endpoint_as_its_users_send_it(platform, back):
    there = back.add_endpoint("aloha")

    result = platform.probe("aloha", {"text": "hi"})

    assert (True, 200, "") == (result.ok, result.status, result.message)
    request = back.requests[-1]
    assert f"/inference/{there['id']}" == request.url.path
    assert ("Bearer key-of-the-tests", b'{"text":"hi"}') == (request.headers["Authorization"], request.content)


@pytest.mark.parametrize(
    ("answer", "ok"),
    [
        (httpx.Response(200, json={"answer": 42}), True),
        (httpx.Response(200, text="raw"), True),
        (httpx.Response(200, json={"error": True, "message": "invalid token"}), False),
        (httpx.Response(404), False),
        (httpx.ReadTimeout("late"), False),
    ],
)
def test_a_probe_that_fails_is_a_result(platform, back, answer, ok):
    there = back.add_endpoint("aloha")
    back.strange[f"/inference/{there['id']}"].append(answer)

    assert ok is platform.probe("aloha", {}).ok


def test_a_probe_of_nothing_is_a_result(platform):
    assert "no endpoint aloha" in platform.probe("aloha", {}).message


def test_another_version_and_other_gpus_are_never_asked_for_at_once(opened, back):
    back.add_endpoint("aloha", gpuNumberOfReplica=1)

    with pytest.raises(Rejected, match="another version and other GPUs at once"):
        roll_out(opened(operations={"set_gpus": {**ROW, "body": {"n": "{gpus_per_replica}"}}}), "v1-new", gpus=2)

    assert {wire.ENDPOINT_BY_NAME} == {path for _, path, _ in back.calls}


@pytest.mark.parametrize("keys", [{"status": "ABORTED"}, {"modelVersion": None}])
def test_an_endpoint_whose_version_is_in_doubt_stays_where_it_is(platform, back, keys):
    back.add_endpoint("aloha", **keys)

    with pytest.raises(Conflict, match="which version of endpoint aloha"):
        platform.set_resource("aloha", resource=THERE)
