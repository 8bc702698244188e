"""The public side of the server: every handler behind the door, every connection under the limits."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from gitops.local.face.door import Door
from gitops.local.face.sweep import Sweep
from gitops.local.gateway.limits import Limits
from gitops.local.gateway.refusal import refused

_READ_WHOLE: Final = 1 << 20
"""Bytes of a body that aiohttp reads whole; packages and requests to models are streamed and not bound by it."""

Admit = Callable[[web.Request], None]

_LOG: Final = logging.getLogger(__name__)


@asynccontextmanager
async def front(
    routes: Callable[..., Iterable[web.RouteDef]],
    api_key: str,
    limits: Limits | None = None,
    guarded: Callable[[Admit], Iterable[web.RouteDef]] = lambda _: (),
) -> AsyncIterator[web.AppRunner]:
    """A runner to start sites with; it is cleaned up at the end.

    Args:
        routes: every path with its handler, made with aiohttp's options of a route.
        guarded: the same of paths whose handlers ask for the key themselves; given whom to tell that it was shown.
    """
    limits = limits or Limits()
    door = Door(api_key)
    own = [*guarded(door.admit)]
    door.leave_to(route.handler for route in own)
    options: dict[str, Any] = {"expect_handler": door.expect}
    app = web.Application(client_max_size=_READ_WHOLE, middlewares=[door.guard])
    app.add_routes([*routes(**options), *own, web.route("*", "/{rest:.*}", _nothing, **options)])
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=_LOG,
        handler_cancellation=True,
        auto_decompress=False,
        shutdown_timeout=1.0,
        keepalive_timeout=limits.idle_s,
        lingering_time=limits.linger_s,
    )
    await runner.setup()
    server = runner.server
    assert server is not None
    looking = asyncio.create_task(Sweep(lambda: server.connections, door.visitors, limits).run())
    try:
        yield runner
    finally:
        looking.cancel()
        await runner.cleanup()


async def _nothing(request: web.Request) -> web.StreamResponse:
    return refused(request, 404, f"nothing takes {request.method} {request.path}")


class _Ours(logging.Filter):
    """What others send that is no HTTP is answered, and no news: it must not fill the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is worth keeping."""
        return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


_LOG.addFilter(_Ours())
