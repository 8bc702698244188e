import httpx
import pytest

from gitops.errors import Rejected, ServerFault, Unauthorized
from gitops.model.autoscale import Autoscale, Bounds
from gitops.model.live import ABSENT, Live, Phase, ReplicaState
from gitops.model.resource import Resource
from gitops.model.sounding import PlatformTotals
from gitops.platforms.tensoropera.operations import KNOWN
from gitops.wire import tensoropera as wire


def read(platform, name="aloha"):
    return platform.read([name])[name]


def test_an_endpoint_is_what_its_detail_says(platform, back):
    back.add_endpoint("aloha", replicas=3, onlineReplicas=2, inputJson='{"text": "hi"}')

    assert read(platform) == Live(
        name="aloha",
        model="aloha",
        version="v0-new",
        replicas=3,
        gpus_told=False,
        phase=Phase.SERVING,
        raw_status="DEPLOYED",
        url="https://open.fedml.test/inference/1",
        input_example={"text": "hi"},
        online=2,
        resource=Resource(type="on_premise", master="101", workers=("102", "103")),
        changed_at="2026-11-24 08:00:00",
    )


@pytest.mark.parametrize(
    ("status", "phase", "busy", "doubtful"),
    [
        ("INITIALIZING", Phase.CREATING, True, True),
        ("DEPLOYING", Phase.ROLLING_OUT, True, True),
        ("UPDATING", Phase.ROLLING_OUT, True, True),
        ("RESCALING", Phase.ROLLING_OUT, True, True),
        ("ABORTING", Phase.ROLLING_BACK, True, True),
        ("DEPLOYED", Phase.SERVING, False, False),
        ("ABORTED", Phase.ROLLED_BACK, False, True),
        ("OFFLINE", Phase.RECOVERING, False, False),
        ("OVERLOAD", Phase.RECOVERING, False, False),
        ("PAUSED", Phase.RECOVERING, False, False),
        ("FAILED", Phase.FAILED, False, False),
        ("KILLED", Phase.FAILED, False, False),
        ("UPDATING_FAILED", Phase.FAILED, False, False),
        ("TERMINATED", Phase.FAILED, False, False),
        ("INFERRING", Phase.UNKNOWN, True, True),
        ("", Phase.UNKNOWN, True, True),
        (None, Phase.UNKNOWN, True, True),
    ],
)
def test_every_status_has_its_phase_and_an_unknown_one_is_the_worst(platform, back, status, phase, busy, doubtful):
    back.add_endpoint("aloha", status=status)

    live = read(platform)

    assert (phase, busy, doubtful, status or "") == (live.phase, live.busy, live.doubtful, live.raw_status)
    assert bool(live.message) == (phase in {Phase.RECOVERING, Phase.ROLLED_BACK, Phase.FAILED, Phase.UNKNOWN})


def test_the_digest_is_told_where_the_newest_version_serves(platform, back):
    back.add_card("aloha", "v1-new", {"gitops": {"digest": "sha256:one"}})
    back.add_endpoint("new", modelVersion="v1-new")
    back.add_endpoint("old", modelVersion="v0-old")
    back.add_endpoint("moving", modelVersion="v1-new", status="DEPLOYING")
    back.add_endpoint("put-back", modelVersion="v1-new", status="ABORTED")

    digests = {name: live.digest for name, live in platform.read(["new", "old", "moving", "put-back"]).items()}

    assert {"new": "sha256:one", "old": None, "moving": None, "put-back": "sha256:one"} == digests
    assert 1 == len(back.asked(wire.LIST_CARDS))


@pytest.mark.parametrize("missing", [set(), {"status"}, set(wire.EndpointDetail.model_fields)])
def test_a_detail_that_says_less_is_read_as_far_as_it_goes(platform, back, missing):
    detail = back.add_endpoint("aloha")
    for key in [key for key in detail if key != "id" and missing]:
        if len(missing) > 1 or key in missing:
            del detail[key]

    assert "aloha" == read(platform).name


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"replicas": 3, "onlineReplicas": 2}, (3, 2)),
        ({"replicas": 3, "onlineReplicas": 0}, (3, 0)),
        ({"replicas": 3, "onlineReplicas": None}, (3, 3)),
        ({"replicas": 3, "onlineReplicas": None, "status": "DEPLOYING"}, (3, 0)),
        ({"replicas": None, "onlineReplicas": 2}, (2, 2)),
        ({"replicas": None, "onlineReplicas": None}, (0, 0)),
    ],
)
def test_replicas_that_answer_are_all_where_nobody_says_otherwise(platform, back, keys, expected):
    back.add_endpoint("aloha", **keys)

    live = read(platform)

    assert expected == (live.replicas, live.ready)


def test_nothing_is_read_of_nothing(platform, back):
    assert {} == platform.read([])
    assert [] == back.calls


def test_many_names_are_asked_by_name_and_each_is_answered(platform, back):
    for number in range(40):
        back.add_endpoint(f"e-{number}")

    lives = platform.read([*(f"e-{number}" for number in range(40)), "none"])

    assert 41 == len(lives)
    assert ABSENT is lives["none"]
    assert all(live.name == name for name, live in lives.items() if live is not ABSENT)


@pytest.mark.parametrize(
    "said",
    [
        {"code": "SUCCESS", "message": "", "data": None},
        {"code": "SUCCESS", "message": "", "data": []},
        {"code": "SUCCESS", "message": "", "data": {}},
        {"code": "FAILURE", "message": "endpoint does not exist", "data": None},
        {"code": "FAILURE", "message": "Endpoint not found"},
        {"code": "FAILURE", "message": "there is no endpoint named aloha"},
        {"code": "FAILURE", "message": "The endpoint doesn't exist!"},
        {"code": "FAILURE", "message": "", "data": None},
        {"code": "FAILURE", "data": None},
        {"code": "DATA_NO_EXIST_ERROR", "message": "whatever"},
    ],
)
def test_absent_is_what_is_said_to_be_absent_with_a_good_key(platform, back, said):
    back.absent = said

    assert ABSENT is read(platform)

    back.key = "another"
    back.strange[wire.ENDPOINT_BY_NAME].append(said)
    with pytest.raises(Unauthorized):
        read(platform)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"code": "FAILURE", "message": "database is locked"}, Rejected),
        ({"code": "FAILURE", "message": "there is no permission"}, Rejected),
        ({"code": "INTERNAL_ERROR", "message": "not found"}, ServerFault),
        ({"code": "STRANGE", "message": "does not exist"}, Rejected),
        ({"code": "SUCCESS", "message": "", "data": "yes"}, ServerFault),
        ({"code": "SUCCESS", "message": "", "data": {"id": "x"}}, ServerFault),
        ({"code": "SUCCESS", "message": "", "data": {"id": 1.5}}, ServerFault),
        ({"code": "SUCCESS", "message": "", "data": {"id": True}}, ServerFault),
        ({"code": "SUCCESS", "message": "", "data": {"endpointName": "aloha"}}, ServerFault),
    ],
)
def test_a_platform_that_fails_is_never_taken_for_one_without_the_endpoint(platform, back, said, kind):
    back.absent = said

    with pytest.raises(kind):
        read(platform)


@pytest.mark.parametrize("status", [404, 500, 401])
def test_a_page_is_no_absence_either(platform, back, status):
    back.strange[wire.ENDPOINT_BY_NAME] += [httpx.Response(status, text="<html>not found</html>")] * 3

    with pytest.raises((ServerFault, Unauthorized)):
        read(platform)


def test_other_words_for_absent_can_be_named(opened, back):
    back.absent = {"code": "FAILURE", "message": "endpoint is gone: aloha", "data": None}
    row = KNOWN["endpoint_by_name"].model_copy(update={"absent": ("is gone",)})

    with pytest.raises(Rejected) as raised:
        read(opened())
    assert "endpoint_by_name.absent" in raised.value.hint
    assert ABSENT is read(opened(operations={"endpoint_by_name": row}))


def test_two_endpoints_of_one_name_are_refused_with_their_ids(platform, back):
    back.absent = [{"id": 1, "endpointName": "aloha"}, {"id": 2, "endpointName": "aloha"}]

    with pytest.raises(Rejected, match="ids 1, 2"):
        read(platform)


def test_a_detail_of_another_name_is_refused(platform, back):
    back.absent = {"id": 77, "endpointName": "Aloha"}

    with pytest.raises(Rejected, match=r"answered with Aloha \(id 77\)"):
        read(platform)


def test_a_name_is_encoded(platform, back):
    back.add_endpoint("ä & b=c/?")

    assert isinstance(read(platform, "ä & b=c/?"), Live)
    assert b"endpointName=%C3%A4" in back.requests[0].url.query


@pytest.mark.parametrize(
    ("keys", "members"),
    [
        ({"replicaIds": '["102_1", "103_1"]', "onlineReplicas": 2}, ["102_1", "103_1"]),
        ({"replicaIds": '["102_1", "103_1"]', "onlineReplicas": 1}, []),
        ({"replicaIds": '["102_1"]', "status": "DEPLOYING"}, []),
        ({"replicaIds": '["102_1", 5]', "onlineReplicas": 2}, []),
        ({"replicaIds": "{"}, []),
        ({"replicaIds": None}, []),
    ],
)
def test_replicas_are_named_where_the_platform_names_all_that_are_online(platform, back, keys, members):
    back.add_endpoint("aloha", **keys)

    found = read(platform).members

    assert members == [member.id for member in found]
    assert all((member.version, member.state) == ("v0-new", ReplicaState.READY) for member in found)


@pytest.mark.parametrize(
    ("keys", "resource"),
    [
        ({"resourceType": "md.fedml_cloud_device", "edgeId": None}, Resource(type="fedml_cloud")),
        ({"resourceType": "md.pubic_cloud_device"}, Resource(type="public_cloud")),
        ({"edgeId": '["101", 102]'}, Resource(type="on_premise", master="101", workers=("102",))),
        ({"edgeId": "[101]"}, None),
        ({"edgeId": "x"}, None),
        ({"edgeId": None}, None),
        ({"resourceType": "md.other"}, None),
    ],
)
def test_where_it_runs_is_read_from_the_devices(platform, back, keys, resource):
    back.add_endpoint("aloha", **keys)

    assert resource == read(platform).resource


POLICY = {
    "min": 1,
    "max": 4,
    "autoscaling": True,
    "targetQueriesPerReplica": 10,
    "aggregationWindowSizeSeconds": 60,
    "scaleDownDelaySeconds": 120,
}


@pytest.mark.parametrize(
    ("keys", "bounds"),
    [
        ({"min": 1, "max": 4}, Bounds(min_replicas=1, max_replicas=4)),
        ({"min": 1, "max": 1}, None),
        ({"min": 0, "max": 0}, None),
        ({"min": None, "max": None}, None),
        ({"min": 1, "max": 4, "autoscaling": False}, None),
        ({"min": 2, "max": 2, "autoscaling": True}, Bounds(min_replicas=2, max_replicas=2)),
        ({**POLICY, "targetQueriesPerReplica": 0}, Bounds(min_replicas=1, max_replicas=4)),
    ],
)
def test_bounds_are_told_where_the_platform_tells_no_more(platform, back, keys, bounds):
    back.add_endpoint("aloha", **keys)

    live = read(platform)

    assert (bounds, None) == (live.bounds, live.autoscale)


def test_a_whole_policy_is_told_where_the_platform_tells_it(platform, back):
    back.add_endpoint("aloha", **POLICY, gpuNumberOfReplica=2)

    live = read(platform)

    assert Autoscale(min_replicas=1, max_replicas=4, requests_per_replica=10) == live.policy
    assert (None, 2, True) == (live.bounds, live.gpus_per_replica, live.gpus_told)


def test_a_policy_that_cannot_be_declared_is_said(platform, back):
    back.add_endpoint("aloha", **{**POLICY, "min": 0})

    assert "from 0 to 4 replicas, which gitops cannot declare" in read(platform).message


@pytest.mark.parametrize(
    ("keys", "requests", "latency", "told"),
    [
        ({"requests": 12, "latency": "3.5"}, 12, 3.5, ("requests from requests", "average_latency_ms from latency")),
        ({"requests": "12"}, 12, None, ("requests from requests",)),
        ({"requests": None, "latency": -1}, None, None, ()),
        ({"requests": True, "latency": "NaN"}, None, None, ()),
    ],
)
def test_totals_come_from_the_keys_that_the_environment_names(opened, back, keys, requests, latency, told):
    back.add_endpoint("aloha", **keys)
    platform = opened(totals={"requests": "requests", "average_latency_ms": "latency"})

    expected = PlatformTotals(requests=requests, average_latency_ms=latency, keys=told)
    assert expected == read(platform).totals


def test_without_named_keys_there_are_no_totals_and_never_counters(platform, back):
    back.add_endpoint("aloha", requests=5)

    assert read(platform).totals is None
    assert {} == platform.counters(["aloha"])


def test_the_identity_is_kind_and_address(platform):
    identity = platform.identity()

    assert ("tensoropera", "https://open.fedml.test", "") == (identity.kind, identity.url, identity.installation)


def test_two_cards_of_one_name_leave_its_endpoints_readable(platform, back):
    for _ in range(2):
        back.add_card("aloha", "v0-new", {"gitops": {"digest": "sha256:one"}})
    back.add_endpoint("aloha")

    assert (Phase.SERVING, None) == (read(platform).phase, read(platform).digest)
