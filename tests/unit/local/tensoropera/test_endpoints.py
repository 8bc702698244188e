"""What TensorOpera's calls for endpoints take and refuse, and what the detail tells meanwhile."""

import asyncio

import pytest

from gitops.local.tensoropera.calls import Asked
from gitops.local.tensoropera.envelope import Declined
from tests.fakes.system import Behaviour
from tests.unit.local.tensoropera.agents import tell as tell_in


@pytest.fixture
def tell(tmp_path):
    return lambda story, **config: tell_in(tmp_path, story, **config)


async def reserved(town) -> int:
    return await town.face.apply_id(Asked(None, {"endpointName": "aloha"}))


def test_an_id_that_was_asked_for_is_told_and_then_taken_by_the_endpoint(tell):
    async def story(town):
        first, again, before = await reserved(town), await reserved(town), town.detail
        made = await town.ask_new(id=first)
        return (first, again, made), before, await town.rest()

    ids, before, after = tell(story)

    assert {int(after.id)} == set(ids)
    assert ("INITIALIZING", "aloha", None, None, 0) == (
        before.status,
        before.endpoint_name,
        before.model_name,
        before.model_version,
        before.replicas,
    )
    assert "DEPLOYED" == after.status


def test_a_reserved_name_is_free_for_who_creates_it_without_the_id(tell):
    async def story(town):
        first = await reserved(town)
        return first == await town.ask_new(), (await town.rest()).status

    assert (True, "DEPLOYED") == tell(story)


def test_a_reserved_id_is_for_its_own_name_and_takes_nothing_but_a_creation(tell):
    async def story(town):
        first = await reserved(town)
        with pytest.raises(Declined, match="reserved for the endpoint aloha"):
            await town.ask_new(id=first, endpointName="other")
        with pytest.raises(Declined, match="create it first"):
            await town.ask_replicas(2)
        await town.ask_end()
        await asyncio.sleep(1)
        return town.face.deployments.find("aloha")

    assert tell(story) is None


def test_a_reserved_name_that_is_made_natively_is_taken_and_keeps_its_id(tell):
    async def story(town):
        first = await reserved(town)
        town.create(2)
        await town.serving()
        with pytest.raises(Declined, match="taken"):
            await town.ask_new()
        return first, town.detail

    first, detail = tell(story)

    assert (first, "DEPLOYED", "aloha", 2) == (int(detail.id), detail.status, detail.model_name, detail.replicas)


def test_the_name_of_an_endpoint_that_failed_can_be_reserved_anew(tell):
    async def story(town):
        town.system.behaviours["v1"] = Behaviour(crash_s=0.1)
        failed = await town.ask_new("v1")
        await town.rest()
        second = await reserved(town)
        status = town.detail.status
        made = await town.ask_new(id=second)
        return failed != second, second == made, status, (await town.rest()).status

    assert (True, True, "INITIALIZING", "DEPLOYED") == tell(story)


@pytest.mark.parametrize("devices", ["hello", "[]", '["x"]', "{}"])
def test_an_update_whose_devices_are_none_changes_nothing(tell, devices):
    async def story(town):
        await town.deployed()
        with pytest.raises(Declined, match="names no device"):
            await town.ask_version("v1", edgeId=devices)
        return town.detail.edge_id, town.detail.status

    assert ("[101,102,103]", "DEPLOYED") == tell(story)


@pytest.mark.parametrize("devices", ["", "[]"])
def test_an_endpoint_that_was_made_natively_is_updated_with_the_devices_that_it_tells(tell, devices):
    async def story(town):
        town.create(2)
        await town.serving()
        await town.ask_version("v1", edgeId=devices)
        return (await town.rest()).status, town.live.ready_on("v1")

    assert ("DEPLOYED", 2) == tell(story)


def test_an_endpoint_that_was_made_natively_tells_its_version_whatever_is_under_way(tell):
    async def story(town):
        town.create(2)
        creating = town.detail
        await town.serving()
        await town.ask_replicas(3)
        await asyncio.sleep(town.behaviour.lag_s + 0.1)
        scaling = town.detail
        await town.rest()
        town.roll_out("v1")
        return [(one.status, one.model_version[:2]) for one in (creating, scaling, town.detail)]

    assert [("DEPLOYING", "v0"), ("DEPLOYING", "v0"), ("DEPLOYING", "v1")] == tell(story)
