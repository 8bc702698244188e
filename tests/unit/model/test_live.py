"""What a reading of a platform says about itself."""

import pytest

from gitops.model.live import ABSENT, Live, ModelVersion, PlatformIdentity, ReplicaState, Verdict
from tests.builders import make_card, make_live, make_members, make_rollout


def test_ready_replicas_are_counted_by_version():
    members = make_members(
        (2, "v0", ReplicaState.READY), (1, "v1", ReplicaState.READY), (1, "v1", ReplicaState.STARTING)
    )
    live = make_live(replicas=4, members=members)

    assert (3, 2, 1) == (live.ready, live.ready_on("v0"), live.ready_on("v1"))


def test_absence_has_words():
    assert "Absent" == repr(ABSENT)


@pytest.mark.parametrize(
    ("secrets", "other"),
    [({}, ()), ({"A": "1", "B": "2"}, ()), ({"B": "x", "A": "y"}, ("A", "B")), ({"C": "1"}, ("C",)), ({"A": None}, ())],
)
def test_a_version_names_the_secrets_that_have_another_value(secrets: dict[str, str | None], other: tuple[str, ...]):
    assert other == ModelVersion(name="v0", secrets={"A": "1", "B": "2"}).other_secrets(secrets)


def test_a_version_carries_a_content_only_with_its_secrets():
    version = ModelVersion(name="v0", digest="sha256:1", secrets={"A": "1"})

    assert version.carries("sha256:1", {"A": "1"})
    assert not version.carries("sha256:1", {"A": "2"})
    assert not version.carries("sha256:2", {"A": "1"})


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_rollout_is_under_way_until_it_has_ended(verdict: Verdict):
    moving = {Verdict.RUNNING, Verdict.PAUSED, Verdict.ROLLING_BACK}

    assert (verdict in moving) is make_rollout(verdict=verdict).under_way


def test_a_rollout_moves_to_a_version_with_its_gpus():
    rollout = make_rollout("v1", gpus_per_replica=2)

    assert rollout.moves_to("v1", 2)
    assert not rollout.moves_to("v1", 0)
    assert not rollout.moves_to("v2", 2)


def test_a_key_of_a_card_without_a_place_of_its_own_is_at_its_document():
    card = make_card()

    assert card.places[""] == card.place("bootstrap")


def test_digests_are_read_in_lower_case_whatever_a_platform_makes_of_them():
    version = ModelVersion(name="v0", digest="sha256:ABC", secrets={"TOKEN": "0F1E"})

    assert version.carries("sha256:abc", {"TOKEN": "0f1e"})


def test_a_platform_that_tells_more_of_a_policy_or_a_place_is_no_error():
    policy = {"min_replicas": 1, "max_replicas": 4, "requests_per_replica": 10, "metric": "qps"}
    place = {"type": "on_premise", "master": "101", "workers": ["102"], "tenant": "one"}
    told = {**make_live().model_dump(), "autoscale": {"policy": policy}, "resource": place}

    live = Live.model_validate(told)

    assert (10, ("102",)) == (live.policy.requests_per_replica, live.resource.workers)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("local", "http://127.0.0.1:1", "ab-1"), ("local", "http://127.0.0.1:2", "AB-1"), True),
        (("local", "http://127.0.0.1:1", "ab-1"), ("local", "http://127.0.0.1:1", "ab-2"), False),
        (("tensoropera", "https://open.fedml.ai", ""), ("tensoropera", "https://Open.FedML.ai/", ""), True),
        (("tensoropera", "https://open.fedml.ai", ""), ("tensoropera", "https://test.fedml.ai", ""), False),
        (("tensoropera", "https://open.fedml.ai", ""), ("local", "https://open.fedml.ai", ""), False),
    ],
)
def test_a_platform_is_the_same_however_its_id_or_address_is_written(one, other, same):
    first, second = (PlatformIdentity(kind=kind, url=url, installation=it) for kind, url, it in (one, other))

    assert same == first.same(second)
