"""Requests to a platform that may be away: how patient, and never a second write without a look."""

from itertools import islice

import pytest

from gitops.engine.news import News
from gitops.engine.requests import PATIENCE_BEFORE_S, PATIENCE_S, ask, delays, write
from gitops.engine.site import Site, Task
from gitops.errors import Interrupted, Rejected, Unauthorized, Unreachable
from gitops.model.step import PushModelCard
from tests.fakes.platform import server_fault, unreachable
from tests.fakes.world import World

STEP = PushModelCard(wave=0, model="aloha", digest="sha256:1", files=1, size_bytes=1)


def task(world: World, *, written: bool = True) -> Task:
    site = Site(world.platform, world.packager, lambda *_: None, world.clock, world.stop, News(world.sink, world.clock))
    if written:
        site.written.set()
    return Task(site, 1, STEP, 0.0)


class Answers:
    """Answers in turn; an exception is raised, the last one is given for ever."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self) -> object:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_delays_double_up_to_five_seconds():
    assert [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0] == list(islice(delays(), 7))


@pytest.mark.parametrize("fault", [unreachable(), server_fault()])
def test_a_question_is_asked_again_while_the_platform_is_away(fault: Exception):
    world, question = World(), Answers(fault, fault, "here")

    assert "here" == ask(task(world), question)
    assert (3, pytest.approx(0.6)) == (question.asked, world.clock.monotonic())


@pytest.mark.parametrize("fault", [Unauthorized("no"), Rejected("no")])
def test_a_refusal_is_not_asked_again(fault: Exception):
    question = Answers(fault)
    with pytest.raises(type(fault)):
        ask(task(World()), question)

    assert 1 == question.asked


@pytest.mark.parametrize(("written", "patience_s"), [(True, PATIENCE_S), (False, PATIENCE_BEFORE_S)])
def test_patience_is_shorter_before_the_first_write(written: bool, patience_s: float):
    world = World()
    with pytest.raises(Unreachable):
        ask(task(world, written=written), Answers(unreachable()))

    assert patience_s <= world.clock.monotonic() < patience_s + 6


def test_a_stop_ends_the_questions():
    world = World()
    world.clock.at(1, world.stop.set)
    with pytest.raises(Interrupted):
        ask(task(world), Answers(unreachable()))

    assert world.clock.monotonic() < 2


def test_a_write_that_is_answered_is_made_once():
    world, request, look = World(), Answers("v0"), Answers(None)
    one = task(world, written=False)

    assert ("v0", 1, 0) == (write(one, request, look), request.asked, look.asked)
    assert one.site.written.is_set()


def test_a_write_whose_effect_shows_is_not_made_again():
    request, look = Answers(unreachable()), Answers("v0")

    assert ("v0", 1, 1) == (write(task(World()), request, look), request.asked, look.asked)


def test_a_write_whose_effect_does_not_show_is_made_again():
    request, look = Answers(server_fault(), "v0"), Answers(None)

    assert ("v0", 2, 1) == (write(task(World()), request, look), request.asked, look.asked)


def test_a_write_that_is_lost_for_long_gives_up():
    world, request = World(), Answers(unreachable())
    with pytest.raises(Unreachable):
        write(task(world), request, Answers(None))

    assert PATIENCE_S <= world.clock.monotonic() < PATIENCE_S + 6


def test_a_write_that_may_have_arrived_counts_as_written():
    one = task(World(), written=False)
    with pytest.raises(Unreachable):
        write(one, Answers(unreachable()), Answers(None))

    assert one.site.written.is_set()


@pytest.mark.parametrize("fault", [Unauthorized("no"), Rejected("no")])
def test_a_write_that_is_refused_changed_nothing(fault: Exception):
    one = task(World(), written=False)
    with pytest.raises(type(fault)):
        write(one, Answers(fault), Answers(None))

    assert not one.site.written.is_set()


def test_nothing_is_written_after_a_stop():
    world, request = World(), Answers("v0")
    world.stop.set()
    with pytest.raises(Interrupted):
        write(task(world), request, Answers(None))

    assert 0 == request.asked
