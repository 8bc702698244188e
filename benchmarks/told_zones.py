"""What octoDNS's target is asked for: `python -m benchmarks.told_zones FOLDER`.

It answers at `/ZONE` with the records of a zone, from memory, prints its address and runs until its input is closed:
what the paged platform is for ours.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

from benchmarks.children import child


@contextmanager
def told_zones(folder: Path) -> Iterator[str]:
    """A process of its own; its address."""
    with child("benchmarks.told_zones", str(folder)) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError("the zones' server did not come up")
        yield url


async def _serve(folder: Path) -> None:
    zones = {f"{path.stem}.": path.read_bytes() for path in folder.iterdir()}

    async def told(request: web.Request) -> web.Response:
        return web.Response(body=zones[request.match_info["zone"]], content_type="application/json")

    application = web.Application()
    application.add_routes([web.get("/{zone}", told)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    asyncio.run(_serve(parser.parse_args().folder))
