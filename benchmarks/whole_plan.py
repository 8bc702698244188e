"""`gitops plan` as people run it: whole processes, against a platform that lists what it has and answers late.

Everything is the project's own, so that the history in git is read with all that it remembers.
"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.figure import Budget, Figure, of_rounds
from benchmarks.large_project import FILES, ask_for_more, move_to, write_project
from benchmarks.owned_project import own
from benchmarks.paged_platform import PagedPlatform, paged_platform
from benchmarks.whole_process import Cost, cost_of
from gitops.wire.messages import PAGE

ROUNDS: Final = 5
LATENCY_MS: Final = 50
CHANGED: Final = 5
_AROUND: Final = 2
"""Requests of any plan besides the list: who answers, and the versions of the one card."""


@dataclass(frozen=True, slots=True)
class Site:
    """A project, and the platform that has everything as the project first declared it."""

    root: Path
    size: int
    platform: PagedPlatform

    def plan(self, says: str) -> tuple[Cost, int]:
        """Plan once; what it cost, and how many requests there were besides one for each page of the list."""
        cost = cost_of(sys.executable, "-m", "gitops", "plan", "-C", str(self.root))
        assert says in cost.said, f"the plan does not say {says!r}:\n{cost.said[:2000]}"
        return cost, sum(self.platform.asked()) - -(-self.size // PAGE)

    def parse(self) -> Cost:
        """Let the parser alone read the same files."""
        cost = cost_of(sys.executable, "-m", "benchmarks.parse_only", str(self.root))
        assert int(cost.said) == self.size
        return cost


@dataclass(frozen=True, slots=True)
class Round:
    """What both cost, and the requests besides the list."""

    plan: Cost
    parse: Cost
    besides: int


def measure(few: int, many: int) -> Iterator[Figure]:
    """Both sizes in one run, their rounds in turn; at last a few endpoints change."""
    with tempfile.TemporaryDirectory(prefix="gitops-bench-") as scratch:
        small, large = (write_project(Path(scratch) / str(size), size) for size in (few, many))
        with paged_platform(small, LATENCY_MS) as tells_few, paged_platform(large, LATENCY_MS) as tells_many:
            sites = Site(small, few, tells_few), Site(large, many, tells_many)
            for site in sites:
                move_to(site.root, site.platform.url)
                own(site.root, site.size)
                site.platform.asked()
                _round(site)
            rounds = [(_round(sites[0]), _round(sites[1])) for _ in range(ROUNDS)]
            yield from _figures(few, many, rounds)
            ask_for_more(large, CHANGED)
            changed, besides = sites[1].plan(f"{CHANGED} to update")
    what = f"{many:,} endpoints, {CHANGED} changed"
    yield Figure(f"{what}: gitops plan", changed.seconds, "s", note=f"{changed.cpu_s:.2f} s of CPU")
    yield Figure(f"{what}: requests", besides, "requests", Budget("<=", _AROUND + CHANGED))


def _round(site: Site) -> Round:
    parse = site.parse()
    plan, besides = site.plan(f"{site.size:,} endpoints are as declared")
    return Round(plan, parse, besides)


def _figures(few: int, many: int, rounds: list[tuple[Round, Round]]) -> Iterator[Figure]:
    large = [one for _, one in rounds]
    yield of_rounds(
        f"{many:,} endpoints: gitops plan / parse only, processes",
        [one.plan.seconds / one.parse.seconds for one in large],
        "x",
        Budget("<=", 2.5),
        f"nothing to change; in {FILES} files, all owned by a history in git; "
        f"live by a list, {PAGE} a page, each answer {LATENCY_MS} ms late",
    )
    yield of_rounds(
        f"{many:,} endpoints: CPU of gitops plan / of parse only",
        [one.plan.cpu_s / one.parse.cpu_s for one in large],
        "x",
        note="the platform's answers are waited for, and whoever else uses the machine, without any",
    )
    yield of_rounds(f"{many:,} endpoints: gitops plan", [one.plan.seconds for one in large], "s")
    yield of_rounds(f"{many:,} endpoints: parse only", [one.parse.seconds for one in large], "s")
    yield of_rounds(f"{few:,} endpoints: gitops plan", [one.plan.seconds for one, _ in rounds], "s")
    yield of_rounds(
        f"{many:,} endpoints: peak of gitops plan", [one.plan.peak_mib for one in large], "MiB", Budget("<=", 400)
    )
    yield of_rounds(
        f"growth of gitops plan from {few:,} to {many:,}",
        [more.plan.seconds / less.plan.seconds for less, more in rounds],
        "x",
        Budget("<=", 11),
    )
    yield of_rounds(
        f"{many:,} endpoints: requests besides the list",
        [one.besides for one in large],
        "requests",
        Budget("<=", _AROUND),
        f"the list has {-(-many // PAGE)} pages",
    )
