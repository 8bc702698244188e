"""Work that must not end because something went wrong with it once: tried, insisted on, or done again and again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

_LOG = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]


async def attempt(what: str, work: Work) -> bool:
    """Do something; whether it went well. What it raises is logged.

    Args:
        what: it is, for the log.
        work: does it once.
    """
    try:
        await work()
    except Exception:  # noqa: BLE001 - a bug or an exhausted system; whoever calls goes on without it
        _LOG.exception("%s failed", what)
        return False
    return True


async def insist(what: str, work: Work, every_s: float = 1.0) -> None:
    """Do something that must be done, once more after each failure, until it went well."""
    while True:
        if await attempt(what, work):
            return
        await asyncio.sleep(every_s)


async def again(what: str, every_s: float, work: Work) -> None:
    """Do something again and again, until cancelled; `every_s` seconds lie between one time and the next."""
    while True:
        await attempt(what, work)
        await asyncio.sleep(every_s)
