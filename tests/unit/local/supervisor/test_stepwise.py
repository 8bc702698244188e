"""TensorOpera's own autoscaler, as a table and in virtual time."""

import asyncio
import re

import pytest

from gitops.local.supervisor import stepwise
from gitops.local.supervisor.stepwise import Move, move
from gitops.model.autoscale import Autoscale
from tests.unit.local.town import tell as tell_in

POLICY = Autoscale(min_replicas=1, max_replicas=4, requests_per_replica=10, window=60, scale_down_delay=120)
ROW = re.compile(r"^ {6,}(\d) +(\d+) +(never a request|-|\d+) +(\d+) +(\d) +(-|\d+)", re.MULTILINE)


def number(text: str) -> float | None:
    return None if text == "-" else float(text)


@pytest.mark.parametrize("row", ROW.findall(stepwise.__doc__), ids=" ".join)
def test_the_table_in_the_docstring_is_true(row):
    current, requests, since, now, goes_to, stays_since = row
    known = not since.startswith("never")
    found = move(POLICY, int(current), int(requests), number(since) if known else None, float(now), known=known)

    assert Move(int(goes_to), number(stays_since)) == found


def test_the_table_has_all_its_rows():
    assert len(ROW.findall(stepwise.__doc__)) == 12


@pytest.fixture
def tell(tmp_path):
    return lambda story, **config: tell_in(tmp_path, story, **config)


def test_an_endpoint_that_is_asked_much_gets_one_replica_more_each_minute(tell):
    async def story(town):
        town.supervisor.autoscaler.stepwise = True
        town.create(1)
        await town.serving()
        town.autoscale(POLICY)
        numbers = []
        for _ in range(4):
            town.arrive(500)
            await asyncio.sleep(61)
            numbers.append(town.live.replicas)
        return numbers

    assert [2, 3, 4, 4] == tell(story)


def test_one_that_is_asked_nothing_any_more_loses_one_replica_after_the_delay(tell):
    async def story(town):
        town.supervisor.autoscaler.stepwise = True
        town.create(3)
        await town.serving()
        town.autoscale(POLICY)
        town.arrive(30)
        numbers = []
        for _ in range(9):
            await asyncio.sleep(61)
            numbers.append(town.live.replicas)
        return numbers

    # The wish comes up at the second look, is as old as the delay at the fourth, and older at the fifth; then anew.
    assert [3, 3, 3, 3, 2, 2, 2, 2, 1] == tell(story)


def test_a_delay_of_nothing_lets_it_go_down_each_minute(tell):
    async def story(town):
        town.supervisor.autoscaler.stepwise = True
        town.create(3)
        await town.serving()
        town.autoscale(POLICY.model_copy(update={"scale_down_delay": 0.0}))
        town.arrive(30)
        numbers = []
        for _ in range(4):
            await asyncio.sleep(61)
            numbers.append(town.live.replicas)
        return numbers

    assert [3, 2, 1, 1] == tell(story)


def test_a_policy_that_is_set_anew_remembers_no_wish_of_its_first_time(tell):
    async def story(town):
        town.supervisor.autoscaler.stepwise = True
        town.create(3)
        await town.serving()
        town.autoscale(POLICY)
        town.arrive(1)
        await asyncio.sleep(70)  # The wish for fewer has come up.
        town.autoscale(None)
        await asyncio.sleep(600)
        town.autoscale(POLICY)
        await asyncio.sleep(100)
        return town.live.replicas

    assert 3 == tell(story)
