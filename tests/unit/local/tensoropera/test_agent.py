"""The agent does with a request what TensorOpera's agents do, over any number of lives of the platform."""

import asyncio
from datetime import timedelta

import pytest

from gitops.local.tensoropera.behaviour import OURS, TENSOROPERA, Status, windows
from gitops.local.tensoropera.envelope import Declined
from gitops.wire.tensoropera import ENDPOINT_EXIST
from tests.fakes.system import Behaviour
from tests.unit.local.tensoropera.agents import tell as tell_in


@pytest.fixture
def tell(tmp_path):
    return lambda story, **config: tell_in(tmp_path, story, **config)


def short(detail) -> tuple[str, str, int, int]:
    return detail.status, detail.model_version.partition("-")[0], detail.replicas, detail.online_replicas


def windows_of(town) -> list[tuple[int, int]]:
    """(updated so far, how many at once) of each window that was asked for."""
    return [
        (event.detail["goal"], event.detail["max_unavailable"])
        for event in town.events
        if event.kind in {"rollout_started", "rollout_continued"}
    ]


def test_an_endpoint_begins_with_one_replica_whatever_the_number_of_its_workers(tell):
    async def story(town):
        await town.ask_new()
        first = town.detail.status
        return first, short(await town.rest())

    assert ("DEPLOYING", ("DEPLOYED", "v0", 1, 1)) == tell(story)


def test_a_taken_name_is_refused_with_a_code_of_its_own(tell):
    async def story(town):
        await town.deployed()
        with pytest.raises(Declined) as raised:
            await town.ask_new()
        return raised.value.code

    assert tell(story) == ENDPOINT_EXIST


def test_the_old_status_is_told_for_a_moment_beside_the_new_version(tell):
    async def story(town):
        await town.deployed()
        await town.ask_version("v1")
        at_once = short(town.detail)
        await asyncio.sleep(town.behaviour.lag_s + 0.01)
        return at_once, town.detail.status, short(await town.rest())

    assert (("DEPLOYED", "v1", 1, 1), "DEPLOYING", ("DEPLOYED", "v1", 1, 1)) == tell(story)


def test_an_update_goes_in_place_and_window_by_window(tell):
    async def story(town):
        await town.deployed(4)
        before = len(town.events)
        await town.ask_version("v1")
        await town.rest()
        return windows_of(town)[-3:], [event.total for event in town.events[before:]], town.events[before:]

    asked, totals, events = tell(story)

    assert asked == [(1, 1), (3, 2), (4, 1)]  # two devices with two replicas each: the second window takes one of each
    assert max(totals) == 4
    assert min(event.ready for event in events) == 2


def test_without_its_behaviour_an_update_rolls_with_one_on_top(tell):
    async def story(town):
        await town.deployed(2)
        await town.ask_version("v1")
        return short(await town.rest()), windows_of(town)[-1], min(event.ready for event in town.events[-8:])

    assert (("DEPLOYED", "v1", 2, 2), (2, 0), 2) == tell(story, behaviour=OURS)


def test_the_first_replica_that_fails_ends_an_update_and_the_old_version_serves(tell):
    async def story(town):
        town.system.behaviours["v1"] = Behaviour(crash_s=0.1)
        await town.deployed(3)
        await town.ask_version("v1")
        seen = set()
        while (status := town.detail.status) != Status.ABORTED:
            seen.add(status)
            await asyncio.sleep(0.01)
        died = sum(event.kind == "replica_failed" for event in town.events)
        return seen, died, short(town.detail), {member.version for member in town.live.members}

    seen, died, told, versions = tell(story)

    assert {"DEPLOYED", "DEPLOYING", "ABORTING"} == seen
    assert (died, told, versions) == (1, ("ABORTED", "v1", 3, 3), {"v0"})


def test_a_version_that_was_put_back_gives_way_to_a_good_one(tell):
    async def story(town):
        town.system.behaviours["v1"] = Behaviour(crash_s=0.1)
        await town.deployed(2)
        await town.ask_version("v1")
        await town.rest()
        await town.ask_version("v2")
        return short(await town.rest())

    assert ("DEPLOYED", "v2", 2, 2) == tell(story)


def test_a_rollback_that_fails_too_is_the_end_of_an_endpoint(tell):
    async def story(town):
        town.system.behaviours["v1"] = Behaviour(start_s=None, crash_s=5)
        await town.deployed(1)
        await town.ask_version("v1")
        await asyncio.sleep(1)
        town.system.behaviours["v0"] = Behaviour(crash_s=0.1)
        told = await town.rest()
        await asyncio.sleep(10)
        return told.status, town.supervisor.names(), town.system.living

    assert ("FAILED", [], []) == tell(story)


def test_a_fresh_endpoint_that_fails_is_gone_and_its_name_is_free_for_another_one(tell):
    async def story(town):
        town.system.behaviours["v1"] = Behaviour(crash_s=0.1)
        first = await town.ask_new("v1")
        failed = await town.rest()
        living = list(town.system.living)
        second = await town.ask_new("v0")
        return first != second, (failed.status, failed.replicas), living, short(await town.rest())

    assert (True, ("FAILED", 0), [], ("DEPLOYED", "v0", 1, 1)) == tell(story)


def test_a_scale_goes_up_and_down_and_a_number_that_is_there_is_done(tell):
    async def story(town):
        numbers = []
        await town.deployed()
        for replicas in (3, 3, 2):
            await town.ask_replicas(replicas)
            numbers.append(short(await town.rest()))
        return numbers

    assert [("DEPLOYED", "v0", 3, 3), ("DEPLOYED", "v0", 3, 3), ("DEPLOYED", "v0", 2, 2)] == tell(story)


def test_a_scale_whose_new_replica_fails_is_put_back(tell):
    async def story(town):
        await town.deployed(2)
        town.system.behaviours["v0"] = Behaviour(crash_s=0.1)
        await town.ask_replicas(3)
        return short(await town.rest())

    assert ("ABORTED", "v0", 2, 2) == tell(story)


def test_a_request_that_changes_nothing_takes_a_moment_and_stops_nothing(tell):
    async def story(town):
        await town.deployed(2)
        before = [member.id for member in town.live.members]
        await town.ask_version("v0", edgeId="[101,104]")
        await asyncio.sleep(town.behaviour.lag_s + 0.1)
        status = town.detail.status
        told = await town.rest()
        return status, short(told), told.edge_id, before == [member.id for member in town.live.members]

    assert ("DEPLOYING", ("DEPLOYED", "v0", 2, 2), "[101,104]", True) == tell(story)


@pytest.mark.parametrize("request_", ["ask_version", "ask_replicas"])
def test_nothing_else_is_taken_while_a_request_is_under_way(tell, request_):
    async def story(town):
        await town.deployed()
        await town.ask_version("v1")
        with pytest.raises(Declined, match="busy"):
            await getattr(town, request_)({"ask_version": "v2", "ask_replicas": 3}[request_])
        return short(await town.rest())

    assert ("DEPLOYED", "v1", 1, 1) == tell(story)


def test_a_version_and_a_number_in_one_request_are_refused(tell):
    async def story(town):
        await town.deployed()
        with pytest.raises(Declined, match="one request"):
            await town.ask_version("v1", replicas=3)
        return short(town.detail)

    assert ("DEPLOYED", "v0", 1, 1) == tell(story)


def test_an_endpoint_whose_replicas_are_all_gone_is_offline_until_they_are_back(tell):
    async def story(town):
        await town.deployed()
        town.system.living[0].die(-9)
        await asyncio.sleep(0.01)
        offline = town.detail.status
        await town.serving()
        return offline, town.detail.status

    assert ("OFFLINE", "DEPLOYED") == tell(story)


def test_a_deleted_endpoint_is_gone_and_a_new_one_of_that_name_has_another_id_and_new_replicas(tell):
    async def story(town):
        first = (await town.deployed(2)).id
        await town.ask_end()
        with pytest.raises(Declined):
            await town.rest()
        with pytest.raises(Declined):
            await town.by_name()
        gone = list(town.system.living)
        second = await town.deployed()
        return gone, first != second.id, [member.id for member in town.live.members]

    assert ([], True, ["aloha-3"]) == tell(story)


def test_what_others_did_natively_is_told_as_it_is(tell):
    async def story(town):
        town.system.behaviours["v1"] = Behaviour(crash_s=0.1)
        town.create()
        await town.serving()
        native = short(town.detail)
        await town.ask_version("v1")
        aborted = (await town.rest()).status
        town.roll_out("v2")
        await town.serving("v2")
        return native, aborted, short(town.detail)

    assert (("DEPLOYED", "v0", 2, 2), "ABORTED", ("DEPLOYED", "v2", 2, 2)) == tell(story)


@pytest.mark.parametrize(("asked", "behaviour"), [(3, TENSOROPERA), (1, TENSOROPERA), (3, OURS)])
def test_a_replica_that_died_before_a_scale_was_asked_for_counts_against_nobody(tell, asked, behaviour):
    async def story(town):
        await town.deployed(2)
        for _ in range(behaviour.crashes):
            town.system.living[0].die(-9)
            await asyncio.sleep(3)
        await town.ask_replicas(asked)
        return short(await town.rest())

    assert ("DEPLOYED", "v0", asked, asked) == tell(story, behaviour=behaviour)


def test_a_replica_that_was_there_and_is_killed_during_a_scale_does_not_put_it_back(tell):
    async def story(town):
        await town.deployed(2)
        await town.ask_replicas(3)
        await asyncio.sleep(town.behaviour.lag_s + 0.1)
        town.system.living[0].die(-9)
        return short(await town.rest())

    assert ("DEPLOYED", "v0", 3, 3) == tell(story)


def test_after_a_death_a_scale_whose_new_replica_fails_is_put_back_all_the_same(tell):
    async def story(town):
        await town.deployed(2)
        town.system.living[0].die(-9)
        await asyncio.sleep(3)
        town.system.behaviours["v0"] = Behaviour(crash_s=0.1)
        await town.ask_replicas(3)
        return short(await town.rest())

    assert ("ABORTED", "v0", 2, 2) == tell(story)


def test_a_number_that_is_there_already_ends_what_was_put_back(tell):
    async def story(town):
        town.system.behaviours["v1"] = Behaviour(crash_s=0.1)
        await town.deployed(2)
        await town.ask_version("v1")
        aborted = short(await town.rest())
        await town.ask_replicas(2)
        return aborted, short(await town.rest())

    assert (("ABORTED", "v1", 2, 2), ("DEPLOYED", "v0", 2, 2)) == tell(story)


def test_a_clock_that_is_set_back_keeps_no_request_waiting(tell):
    async def story(town):
        await town.deployed()
        await town.ask_version("v1")
        now = town.face.agent._now
        town.face.agent._now = lambda: now() - timedelta(hours=1)
        return short(await town.rest())

    assert ("DEPLOYED", "v1", 1, 1) == tell(story)


def test_killed_while_it_gives_up_what_cannot_come_back_it_leaves_nothing(tmp_path):
    def run(number):
        async def story(town):
            town.system.behaviours["v1"] = Behaviour(start_s=None, crash_s=5)
            await town.deployed()
            await town.ask_version("v1")
            await asyncio.sleep(1)
            town.system.behaviours["v0"] = Behaviour(crash_s=0.1)
            town.dies_after_keep = town.keeps + number
            await town.persist(town.rest)

            async def a_while():
                await asyncio.sleep(60)
                town.life.check()

            await town.persist(a_while)
            return town.detail.status, town.supervisor.names(), town.system.living

        folder = tmp_path / str(number)
        folder.mkdir()
        return tell_in(folder, story)

    assert [("FAILED", [], [])] * 2 == [run(number) for number in (1, 2)]


async def journey(town):
    """A life with everything in it; each request is asked again where its answer was lost."""

    async def until_told(ask, told):
        async def once():
            if not told():
                await ask()
            return await town.rest()

        return await town.persist(once)

    def at(version=None, replicas=None):
        def told():
            there = town.face.deployments.find("aloha")
            if there is None or there.task is None:
                found = there and town.detail
                same = found and found.status == "DEPLOYED" and found.model_version.startswith(version or "v")
                return bool(same) and replicas in {None, found.replicas}
            return True

        return told

    await until_told(town.ask_new, at("v0"))
    await until_told(lambda: town.ask_replicas(3), at("v0", 3))
    await until_told(lambda: town.ask_version("v1"), at("v1", 3))
    return await town.persist(town.rest)


def test_the_agent_that_is_killed_after_anything_that_it_writes_comes_to_the_same_end(tmp_path):
    def run(number):
        async def story(town):
            town.dies_after_keep = number
            told = await journey(town)
            await asyncio.sleep(5)
            return short(told), sorted(member.version for member in town.live.members), town.keeps

        folder = tmp_path / str(number)
        folder.mkdir()
        return tell_in(folder, story)

    told, versions, keeps = run(None)

    assert (told, versions) == (("DEPLOYED", "v1", 3, 3), ["v1"] * 3)
    assert keeps >= 8
    assert {(told, tuple(versions))} == {
        (found, tuple(kinds)) for found, kinds, _ in (run(number) for number in range(1, keeps + 1))
    }


def test_the_agent_that_is_killed_after_any_event_of_the_engine_comes_to_the_same_end(tmp_path):
    def run(number):
        async def story(town):
            town.dies_after = number
            told = await journey(town)
            await asyncio.sleep(5)
            return short(told), sorted(member.version for member in town.live.members), town.written

        folder = tmp_path / str(number)
        folder.mkdir()
        return tell_in(folder, story)

    told, versions, events = run(None)

    assert {(told, tuple(versions))} == {
        (found, tuple(kinds)) for found, kinds, _ in (run(number) for number in range(1, events + 1))
    }


async def insisted(town, ask, told_already):
    """Ask until it was heard, over any number of deaths; what is told once nothing is under way."""

    async def once():
        if not told_already():
            await ask()
        return await town.rest()

    return await town.persist(once)


def crashing(town, version):
    """From now on new replicas of a version crash; the ones that there are live on."""
    town.system.behaviours[version] = Behaviour(crash_s=0.1)


async def update_that_fails(town):
    await town.deployed(3)
    crashing(town, "v1")
    yield
    yield await insisted(town, lambda: town.ask_version("v1"), lambda: town.detail.model_version.startswith("v1"))


async def scale_that_fails(town):
    await town.deployed(2)
    crashing(town, "v0")
    yield

    def heard():
        return town.detail.status != "DEPLOYED" or town.face.deployments.find("aloha").task is not None

    yield await insisted(town, lambda: town.ask_replicas(4), heard)


async def creation_that_fails(town):
    crashing(town, "v1")
    yield
    yield await insisted(town, lambda: town.ask_new("v1"), lambda: town.face.deployments.find("aloha") is not None)


@pytest.mark.parametrize("what", ["dies_after_keep", "dies_after"])
@pytest.mark.parametrize(
    ("failing", "end"),
    [
        (update_that_fails, (("ABORTED", "v1", 3, 3), ["v0"] * 3)),
        (scale_that_fails, (("ABORTED", "v0", 2, 2), ["v0"] * 2)),
        (creation_that_fails, (("FAILED", "v1", 0, 0), [])),
    ],
)
def test_killed_after_anything_that_is_written_a_request_that_fails_ends_as_without(tmp_path, failing, end, what):
    def run(number):
        async def story(town):
            steps = failing(town)
            await anext(steps)
            before = town.keeps if what == "dies_after_keep" else town.written
            setattr(town, what, before + number if number else None)
            told = await anext(steps)
            await town.persist(lambda: asyncio.sleep(5))
            written = (town.keeps if what == "dies_after_keep" else town.written) - before
            return (short(told), sorted(member.version for member in town.live.members)), written

        folder = tmp_path / str(number)
        folder.mkdir()
        return tell_in(folder, story)

    without, writes = run(0)

    assert (without, True) == (end, writes >= 2)
    assert {} == {number: found for number in range(1, writes + 1) if (found := run(number)[0]) != end}


def test_a_deletion_that_a_kill_has_interrupted_is_finished(tmp_path):
    def run(number):
        async def story(town):
            await town.deployed(2)
            town.dies_after = town.written + number
            await town.persist(lambda: town.ask_end() if town.face.deployments.find("aloha") else asyncio.sleep(0))

            async def a_while():
                await asyncio.sleep(30)
                town.life.check()

            await town.persist(a_while)
            return town.supervisor.names(), town.face.deployments.find("aloha"), town.system.living

        folder = tmp_path / str(number)
        folder.mkdir()
        return tell_in(folder, story)

    assert [([], None, [])] * 3 == [run(number) for number in (1, 2, 3)]


def test_windows_cover_every_replica_in_both_behaviours():
    for replicas in (1, 3, 4, 20, 25):
        assert windows(replicas, ["102", "103"], OURS)[-1].updated == replicas


def test_a_version_that_the_engine_cannot_run_is_put_back_before_it_began(tell):
    async def story(town):
        await town.deployed(2)
        await town.ask_version("v3")
        return short(await town.rest()), {member.version for member in town.live.members}

    assert (("ABORTED", "v3", 2, 2), {"v0"}) == tell(story)
