"""What a look at all connections ends, and when, on a clock of its own."""

import pytest

from gitops.local.face.sweep import Sweep
from gitops.local.gateway.limits import Limits


class Line:
    """A connection and its transport in one."""

    def __init__(self, unread=0):
        self.transport = self
        self.unread = unread
        self.ended = False

    def get_write_buffer_size(self):
        return self.unread

    def abort(self):
        self.ended = True


@pytest.fixture
def world():
    there, visitors = [], set()
    return there, visitors, Sweep(lambda: there, visitors, Limits(head_s=15, stall_s=100))


def test_a_connection_that_has_not_shown_the_key_ends_after_its_time_and_not_before(world):
    there, _, sweep = world
    there.append(line := Line())

    sweep.look(0)
    sweep.look(14.9)
    before = line.ended
    sweep.look(15)

    assert (before, line.ended) == (False, True)


def test_a_connection_that_has_shown_the_key_may_idle(world):
    there, visitors, sweep = world
    there.append(line := Line())
    visitors.add(line)

    sweep.look(0)
    sweep.look(1000)

    assert not line.ended


def test_a_client_that_takes_no_byte_of_its_answer_is_given_up(world):
    there, visitors, sweep = world
    there.append(line := Line(unread=70_000))
    visitors.add(line)

    sweep.look(0)
    sweep.look(99)
    before = line.ended
    sweep.look(100)

    assert (before, line.ended) == (False, True)


def test_a_client_that_reads_slowly_is_not_given_up(world):
    there, visitors, sweep = world
    there.append(line := Line(unread=70_000))
    visitors.add(line)

    for now in range(0, 1000, 50):
        line.unread -= 1
        sweep.look(now)

    assert not line.ended


def test_a_connection_that_is_being_closed_still_has_to_be_read(world):
    there, visitors, sweep = world
    there.append(line := Line(unread=5))
    visitors.add(line)
    sweep.look(0)
    line.transport = None

    sweep.look(100)

    assert line.ended


def test_what_has_ended_is_forgotten(world):
    there, visitors, sweep = world
    there.append(line := Line())
    visitors.update({line, Line()})
    sweep.look(0)
    assert visitors == {line}
    there.clear()

    sweep.look(1)

    assert visitors == set()
