"""Work that comes again and again for as long as the platform runs, whatever went wrong the last time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

_LOG = logging.getLogger(__name__)


async def again(what: str, every_s: float, look: Callable[[], Awaitable[None]]) -> None:
    """Do something, wait, and do it again, until cancelled.

    Args:
        what: it is, for the log.
        every_s: seconds between the end of one time and the beginning of the next.
        look: does it once; what it raises is logged.
    """
    while True:
        try:
            await look()
        except Exception:  # noqa: BLE001 - it is logged, and tried again
            # A bug or an exhausted system must not leave the platform without its upkeep.
            _LOG.exception("%s failed; trying again", what)
        await asyncio.sleep(every_s)
