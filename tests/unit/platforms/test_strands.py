from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gitops.model.log import LogLine
from gitops.platforms.strands import Strand, weave


def strand(name, *seconds, more=False):
    lines = [
        (LogLine(at=at(second), source=name, text=f"{name} {number}"), number + 1)
        for number, second in enumerate(seconds)
    ]
    return Strand(name, lines, next=len(lines), more=more)


def at(second):
    return None if second is None else datetime.fromtimestamp(second, UTC)


def texts(woven):
    return [line.text for line in woven.lines]


def test_lines_of_several_sources_stand_in_the_order_of_their_times():
    assert texts(weave([strand("a", 1, 3), strand("b", 2, 4)])) == ["a 0", "b 0", "a 1", "b 1"]


def test_lines_of_one_time_stand_source_by_source():
    assert texts(weave([strand("a", 1, 1), strand("b", 1, 1)])) == ["a 0", "a 1", "b 0", "b 1"]


def test_what_may_stand_behind_lines_nobody_has_read_is_held_back():
    woven = weave([strand("a", 1, 3, more=True), strand("b", 2, 4)])

    assert texts(woven) == ["a 0", "b 0", "a 1"]
    assert (woven.places, woven.held) == ({"a": 2, "b": 1}, True)


def test_a_source_of_which_nothing_may_be_shown_yet_keeps_its_place():
    woven = weave([strand("a", 1, 3, more=True), strand("b", 5)])

    assert (woven.places, woven.held) == ({"a": 2}, True)


def test_a_clock_that_was_put_back_and_lines_without_a_time_change_no_order_within_a_source():
    assert texts(weave([strand("a", 9, 1, None), strand("b", 5)])) == ["b 0", "a 0", "a 1", "a 2"]


def test_nothing_gives_nothing():
    assert weave([]).lines == ()
    assert weave([Strand("a", (), 7)]).places == {"a": 7}


@given(sources=st.lists(st.lists(st.integers(0, 9).map(float), max_size=8), max_size=4), size=st.integers(1, 3))
def test_pages_give_every_line_once_each_source_in_its_order_and_all_by_time(sources, size):
    shown, places = [], dict.fromkeys(range(len(sources)), 0)
    for _ in range(200):
        parts = []
        for number, seconds in enumerate(map(sorted, sources)):
            whole = strand(str(number), *seconds).lines
            lines = whole[places[number] : places[number] + size]
            last = lines[-1][1] if lines else places[number]
            parts.append(Strand(str(number), lines, last, more=last < len(whole)))
        woven = weave(parts)
        shown += woven.lines
        places |= {int(one): place for one, place in woven.places.items()}
        if not woven.held and not any(part.more for part in parts):
            break

    assert sorted(line.text for line in shown) == sorted(
        f"{n} {i}" for n, s in enumerate(sources) for i in range(len(s))
    )
    assert [line.at for line in shown] == sorted(line.at for line in shown)
