"""Many endpoints out of a list that comes page by page: in stretches side by side, since pages wait for each other."""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import pairwise

from gitops.model.live import Live
from gitops.platforms.crowd import AT_ONCE, ask_each
from gitops.wire.messages import PAGE, EndpointList

Page = Callable[[str], EndpointList]
"""The page of those endpoints whose names come behind a name, in the order of names."""


def listed(names: Collection[str], page: Page) -> Mapping[str, Live]:
    """Those of the names that are there.

    The names that are asked for tell where to begin, so no stretch has to wait for another. Where the list has them and
    no others, no page is asked for twice; others that lie between them cost a page more here and there.
    """
    ordered = sorted(names)
    length = -(-len(ordered) // (AT_ONCE * PAGE)) * PAGE
    ends = ["", *ordered[length - 1 :: length]]
    if ends[-1] != ordered[-1]:
        ends.append(ordered[-1])
    until = dict(pairwise(ends))

    def stretch(after: str) -> list[Live]:
        return list(_stretch(after, until[after], page))

    return {live.name: live for found in ask_each(until, stretch).values() for live in found}


def _stretch(after: str, last: str, page: Page) -> Iterator[Live]:
    """The endpoints behind a name, at least as far as another one."""
    behind: str | None = after
    while behind is not None and behind < last:
        here = page(behind)
        yield from here.endpoints
        behind = here.next
