"""A request's body as its client sends it: whole or piece by piece, and never slower than the limits allow."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from gitops.local.gateway.limits import Limits
from gitops.local.gateway.refusal import Refused

WHOLE: Final = 1 << 20
"""Bodies of a known length up to this many bytes are read whole, so that they can be sent again; others stream."""


async def invite(request: web.BaseRequest) -> None:
    """Ask for the body if its client waits to be asked."""
    if "Expect" in request.headers and request.version >= (1, 1):
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # nothing of the answer itself has been sent


class Body:
    """What follows the head of one request.

    Attributes:
        length: bytes; None if the client has not said.
    """

    __slots__ = ("_limits", "_received", "_request", "_waited", "length")

    def __init__(self, request: web.Request, limits: Limits) -> None:
        self._request = request
        self._limits = limits
        self._received = 0
        self._waited = 0.0
        self.length = request.content_length if request.can_read_body else 0

    async def whole(self) -> bytes | None:
        """The body where it is small enough to be sent again; None where it must stream through.

        Raises:
            Refused: as `pieces` raises it.
        """
        if self.length is None or self.length > WHOLE:
            return None
        content = self._request.content
        if content.is_eof():
            return content.read_nowait()
        return b"".join([piece async for piece in self.pieces()])

    async def at_most(self, limit: int, advice: str) -> bytes:
        """The body, whatever its client said of its length.

        Raises:
            Refused: 413 with the advice if it has more than `limit` bytes; or as `pieces` raises it.
        """
        if self.length is not None and self.length > limit:
            raise Refused(413, f"the body has more than {limit} bytes; {advice}")
        found = bytearray()
        async for piece in self.pieces():
            found += piece
            if len(found) > limit:
                raise Refused(413, f"the body has more than {limit} bytes; {advice}")
        return bytes(found)

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes.

        Raises:
            Refused: 408, the client was too slow; 400, what it sends is no body.
        """
        await invite(self._request)
        while piece := await self._next():
            yield piece

    async def _next(self) -> bytes:
        """What has arrived; empty at the end. Only waiting counts as slow: a replica may hold its client back."""
        limits, content = self._limits, self._request.content
        clock = asyncio.get_running_loop().time
        began = clock()
        left = limits.body_grace_s + self._received / limits.body_rate - self._waited
        try:
            async with asyncio.timeout(max(0.0, left)):
                piece = await content.readany()
        except TimeoutError:
            raise Refused(
                408,
                f"the body came too slowly: {self._received} bytes, where {limits.body_grace_s:g} s "
                f"and one more for each {limits.body_rate:g} bytes are given",
            ) from None
        except (web.RequestPayloadError, HttpProcessingError, ConnectionError) as fault:
            raise Refused(400, "the body is not what its head said, or its sender has gone") from fault
        self._waited += clock() - began
        self._received += len(piece)
        return piece
