from datetime import timedelta

import pytest

from gitops.local.state import Endpoint, Rollout, Template
from gitops.local.store.store import Store
from gitops.local.tensoropera.behaviour import Place, Status
from gitops.local.tensoropera.deployments import Aim, Deployment, Deployments, Task
from gitops.local.tensoropera.ids import Ids
from tests.unit.local.worlds import EPOCH

IDS = Ids("here")


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "platform.db")
    yield opened
    opened.close()


class Clock:
    def __init__(self):
        self.at = EPOCH

    def __call__(self):
        self.at += timedelta(seconds=1)
        return self.at


def native(model="aloha"):
    rollout = Rollout(
        id=3,
        to=Template(version="v0"),
        origin=None,
        goal=1,
        max_surge=0,
        max_unavailable=1,
        deadline_s=60,
        progressed_at=EPOCH,
    )
    return Endpoint(name="any", model=model, replicas=1, rollout=rollout)


def made(store, *names, now=None, model="aloha"):
    return Deployments(store, IDS, lambda name: native(model) if name in names else None, lambda: names, now or Clock())


def deployment(name="aloha", **changes):
    return Deployment(name=name, life=0, model="aloha", created_at=EPOCH, updated_at=EPOCH).model_copy(update=changes)


def test_what_is_kept_is_there_in_the_next_life_with_the_request_under_way(store):
    task = Task(aim=Aim.UPDATE, begun_at=EPOCH, to_version="v1", from_version="v0", window=2, aborting=True, reason="x")
    kept = made(store).keep(deployment(edge_id="[101,102,103]", status=Status.ABORTED, told_version="v1", task=task))

    later = made(store)

    assert kept == later.find("aloha")
    assert [kept] == later.all()
    assert (("101", "102", "103"), ("102", "103")) == (kept.devices, kept.workers)


def test_keeping_says_when(store):
    now = Clock()
    deployments = made(store, now=now)

    first = deployments.keep(deployment())
    second = deployments.keep(first)

    assert EPOCH < first.updated_at < second.updated_at
    assert EPOCH == second.created_at


def test_each_life_of_a_name_has_an_id_of_its_own_and_the_first_that_of_a_native_endpoint(store):
    deployments = made(store)
    ids = []
    for life in range(3):
        assert life == deployments.life_after("aloha")
        kept = deployments.keep(deployment(life=life))
        ids.append(deployments.id_of(kept))
        deployments.keep(kept.model_copy(update={"gone": True}))

    assert 3 == len(set(ids))
    assert IDS.of("endpoint", "aloha") == ids[0]


def test_an_id_finds_its_name_until_the_endpoint_is_gone(store):
    deployments = made(store)
    kept = deployments.keep(deployment())
    endpoint_id = deployments.id_of(kept)
    assert "aloha" == deployments.name_of(endpoint_id)
    assert deployments.name_of("1234567890123456789") is None

    deployments.keep(kept.model_copy(update={"gone": True}))

    assert deployments.name_of(endpoint_id) is None
    assert deployments.find("aloha") is None


def test_an_endpoint_that_was_made_natively_is_found_with_an_id_that_stays(store):
    deployments = made(store, "native")

    found = deployments.find("native")

    assert ("native", "aloha", Status.DEPLOYED, None) == (found.name, found.model, found.status, found.task)
    assert EPOCH == found.created_at
    assert "native" == deployments.name_of(deployments.id_of(found))
    assert deployments.id_of(found) == made(store, "native").id_of(found)
    assert [] == deployments.all()
    assert () == deployments.devices_of("native")
    assert Place("0", 3) == deployments.place_of("native", 3)


def test_a_native_endpoint_that_takes_the_name_of_one_that_is_gone_has_another_id(store):
    deployments = made(store, "aloha", model="other")
    kept = deployments.keep(deployment(gone=True))

    found = deployments.find("aloha")

    assert (1, "other") == (found.life, found.model)
    assert "aloha" == deployments.name_of(deployments.id_of(found))
    assert deployments.name_of(deployments.id_of(kept)) is None


def test_the_devices_of_one_that_is_gone_are_not_those_of_the_next(store):
    deployments = made(store, "aloha")
    deployments.keep(deployment(gone=True, edge_id="[101,102]"))

    assert () == deployments.devices_of("aloha")
    assert Place("0", 0) == deployments.place_of("aloha", 0)
