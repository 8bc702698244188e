"""Turns the bytes after a request's head into its body, as they arrive. Knows no headers and no sockets."""

from __future__ import annotations

from fedml.serving._refusal import Refused

MAX_BODY = 1 << 30
"""Bytes. A model's input is kept in memory as a whole, so there has to be an end."""

_MAX_LINE = 4096
"""Bytes of one chunk-size line with its extensions, or of all trailers."""

_HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")


class SizedBody:
    """A body whose length the head told."""

    __slots__ = ("_length", "data")

    def __init__(self, length: int) -> None:
        if length > MAX_BODY:
            raise Refused(413, f"the body has {length} bytes; at most {MAX_BODY} are taken")
        self._length = length
        self.data = b""

    def take(self, buffer: bytearray) -> bool:
        """Take this body's bytes off the front of `buffer`; true as soon as `data` is the whole body."""
        if len(buffer) < self._length:
            return False
        if self._length:
            self.data = bytes(memoryview(buffer)[: self._length])
            del buffer[: self._length]
        return True


class ChunkedBody:
    """A body in chunks, each with its size before it; what comes after the last one is dropped."""

    __slots__ = ("_in_trailers", "_left", "_parts")

    def __init__(self) -> None:
        self._parts = bytearray()
        self._left = 0  # bytes of the chunk at hand that are still to come, its line end included
        self._in_trailers = False

    @property
    def data(self) -> bytes:
        """The chunks so far, joined."""
        return bytes(self._parts)

    def take(self, buffer: bytearray) -> bool:
        """Take this body's bytes off the front of `buffer`; true as soon as `data` is the whole body.

        Raises:
            Refused: for a chunk that HTTP does not allow, or a body that is too large.
        """
        while not self._in_trailers:
            if not (self._take_chunk(buffer) if self._left else self._take_size(buffer)):
                return False
        return self._take_trailers(buffer)

    def _take_size(self, buffer: bytearray) -> bool:
        line = _take_line(buffer)
        if line is None:
            return False
        digits = line.partition(b";")[0].rstrip(b" \t")
        if not 0 < len(digits) <= 16 or not _HEX_DIGITS.issuperset(digits):
            raise Refused(400, "a chunk of the body does not begin with its size")
        size = int(digits, 16)
        if len(self._parts) + size > MAX_BODY:
            raise Refused(413, f"the body is larger than the {MAX_BODY} bytes that are taken")
        self._in_trailers = size == 0
        self._left = size + 2 if size else 0
        return True

    def _take_chunk(self, buffer: bytearray) -> bool:
        payload = min(len(buffer), self._left - 2)
        if payload > 0:
            self._parts += memoryview(buffer)[:payload]
            del buffer[:payload]
            self._left -= payload
        if self._left > 2 or len(buffer) < 2:
            return False
        if buffer[:2] != b"\r\n":
            raise Refused(400, "a chunk of the body is longer than its size says")
        del buffer[:2]
        self._left = 0
        return True

    def _take_trailers(self, buffer: bytearray) -> bool:
        while (line := _take_line(buffer)) is not None:
            if not line:
                return True
        return False


def _take_line(buffer: bytearray) -> bytes | None:
    end = buffer.find(b"\r\n", 0, _MAX_LINE)
    if end < 0:
        if len(buffer) >= _MAX_LINE:
            raise Refused(400, "a line between the body's chunks is too long")
        return None
    line = bytes(buffer[:end])
    del buffer[: end + 2]
    return line
