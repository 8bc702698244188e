"""A platform that only tells: `python -m benchmarks.paged_platform PROJECT LATENCY_MS`.

It has what the project declares, and speaks the native face as the embedded platform does, page by page, each answer
late by the same time. It prints its address, counts requests, and runs until its input is closed.
"""

import argparse
import asyncio
import json
import sys
import urllib.request
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from aiohttp import web

from benchmarks.children import child
from benchmarks.large_project import BEGAN, as_declared, versions_of
from gitops.model.live import Live
from gitops.sources.project import FileSource
from gitops.wire import paths
from gitops.wire.messages import PAGE, CountersList, EndpointList, PlatformInfo, VersionList

_COUNTED: Final = "/counted"
_WITHIN_S: Final = 60.0


class Asked(NamedTuple):
    """How many requests there were: for pages of the list, and for anything else."""

    pages: int
    others: int


@dataclass(frozen=True, slots=True)
class PagedPlatform:
    """One that runs."""

    url: str

    def asked(self) -> Asked:
        """What was asked since this was last called; not counted itself, and not late."""
        with urllib.request.urlopen(self.url + _COUNTED, timeout=_WITHIN_S) as answer:
            counts = json.load(answer)
        return Asked(counts.get("pages", 0), counts.get("others", 0))


@contextmanager
def paged_platform(project: Path, latency_ms: int) -> Iterator[PagedPlatform]:
    """A process of its own, with what the project declares now."""
    with child("benchmarks.paged_platform", str(project), str(latency_ms)) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError("the platform did not come up")
        yield PagedPlatform(url)


@dataclass(slots=True)
class _Face:
    """The answers, made beforehand: what is measured is who asks."""

    latency_s: float
    names: list[str]
    pages: dict[int, bytes]
    lives: dict[str, Live]
    info: bytes
    versions: bytes
    no_counters: bytes
    counts: Counter[str] = field(default_factory=Counter)

    async def page(self, request: web.Request) -> web.Response:
        """Those behind a name, or those of some names."""
        self.counts["pages"] += 1
        if asked := request.query.getall("name", []):
            found = tuple(self.lives[name] for name in sorted(asked) if name in self.lives)
            return await self._late(EndpointList(endpoints=found).model_dump_json().encode())
        return await self._late(self.pages[bisect_right(self.names, request.query.get("after", ""))])

    async def platform(self, _request: web.Request) -> web.Response:
        """Who answers."""
        self.counts["others"] += 1
        return await self._late(self.info)

    async def model(self, _request: web.Request) -> web.Response:
        """Versions of the one card."""
        self.counts["others"] += 1
        return await self._late(self.versions)

    async def counters(self, _request: web.Request) -> web.Response:
        """Of traffic, which it has none of."""
        self.counts["others"] += 1
        return await self._late(self.no_counters)

    async def counted(self, _request: web.Request) -> web.Response:
        """Requests since the last time."""
        counts, self.counts = self.counts, Counter()
        return web.json_response(dict(counts))

    async def _late(self, body: bytes) -> web.Response:
        await asyncio.sleep(self.latency_s)
        return web.Response(body=body, content_type="application/json")


def _face(project: Path, latency_s: float) -> _Face:
    desired = FileSource(project, environ={}).load("local").desired
    assert desired is not None, f"the files in {project} are not valid"
    lives = dict(sorted(as_declared(desired).items()))
    names = list(lives)
    info = PlatformInfo(installation="benchmark", pid=1, version="0", started_at=BEGAN)
    return _Face(
        latency_s,
        names,
        {start: _page(lives, names, start) for start in range(0, len(names), PAGE)},
        lives,
        info.model_dump_json().encode(),
        VersionList(versions=versions_of(desired)).model_dump_json().encode(),
        CountersList(counters=()).model_dump_json().encode(),
    )


def _page(lives: dict[str, Live], names: list[str], start: int) -> bytes:
    here = names[start : start + PAGE]
    following = here[-1] if start + PAGE < len(names) else None
    return EndpointList(endpoints=tuple(lives[name] for name in here), next=following).model_dump_json().encode()


async def _serve(face: _Face) -> None:
    application = web.Application()
    application.add_routes(
        [
            web.get(paths.ENDPOINTS, face.page),
            web.get(paths.PLATFORM, face.platform),
            web.get(paths.VERSIONS, face.model),
            web.get(paths.COUNTERS, face.counters),
            web.get(_COUNTED, face.counted),
        ]
    )
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("latency_ms", type=int)
    options = parser.parse_args()
    asyncio.run(_serve(_face(options.project, options.latency_ms / 1000)))


if __name__ == "__main__":
    main()
