"""A long list, read in stretches."""

import threading
from bisect import bisect_right

import pytest

from gitops.errors import Unreachable
from gitops.model.live import Live, Phase
from gitops.platforms.listing import listed
from gitops.wire.messages import PAGE, EndpointList


class Platform:
    """One that lists what it has, and remembers which pages it was asked for."""

    def __init__(self, names: list[str], page: int = PAGE) -> None:
        self.names = sorted(names)
        self.page = page
        self.asked: list[str] = []
        self.together = 0
        self._lock = threading.Lock()

    def __call__(self, after: str) -> EndpointList:
        """The page behind a name."""
        with self._lock:
            self.asked.append(after)
        start = bisect_right(self.names, after)
        here = self.names[start : start + self.page]
        following = here[-1] if start + self.page < len(self.names) else None
        return EndpointList(endpoints=tuple(map(_live, here)), next=following)


def _live(name: str) -> Live:
    return Live(name=name, model="aloha", replicas=1, phase=Phase.SERVING)


def _names(count: int) -> list[str]:
    return [f"aloha-{number}" for number in range(count)]


@pytest.mark.parametrize("count", [51, 199, 200, 201, 1000, 3200, 3201, 10_000])
def test_everything_is_found_and_no_page_is_asked_for_in_vain(count: int) -> None:
    names = _names(count)
    platform = Platform(names)
    assert sorted(listed(names, platform)) == platform.names
    assert len(platform.asked) == len(set(platform.asked)) == -(-count // PAGE)


@pytest.mark.parametrize("page", [1, 7, 150, 500])
def test_a_platform_with_other_pages_tells_everything_too(page: int) -> None:
    names = _names(2000)
    assert sorted(listed(names, Platform(names, page))) == sorted(names)


def test_what_is_not_there_is_not_found_and_what_was_not_asked_for_does_no_harm() -> None:
    there, others = _names(2000)[::2], [f"aloha-{number}-other" for number in range(3000)]
    platform = Platform([*there, *others, "a", "zz"])
    found = listed(_names(2000), platform)
    assert set(there) <= set(found) <= {*there, *others, "a", "zz"}
    assert len(platform.asked) <= len(platform.names) // PAGE + 17


def test_nothing_is_read_behind_the_last_name() -> None:
    platform = Platform([*_names(100), *(f"zz-{number}" for number in range(5000))])
    assert set(_names(100)) <= set(listed(_names(100), platform))
    assert platform.asked == [""]


def test_an_empty_platform_is_asked_once_for_each_stretch() -> None:
    platform = Platform([])
    assert listed(_names(1000), platform) == {}
    assert len(platform.asked) == 5


def test_a_page_that_does_not_come_is_the_end_of_it() -> None:
    whole = Platform(_names(2000))

    def page(after: str) -> EndpointList:
        if after > "aloha-5":
            raise Unreachable("the connection broke")
        return whole(after)

    with pytest.raises(Unreachable, match="the connection broke"):
        listed(_names(2000), page)
