"""Turns the bytes of one connection into requests, in order. Knows no sockets and answers nothing."""

from __future__ import annotations

from fedml.serving._body import ChunkedBody, SizedBody
from fedml.serving._refusal import Refused

MAX_HEAD = 64 * 1024
"""Bytes of a request line with its headers."""


class Request:
    """One request, whole.

    Attributes:
        path: without the query.
        headers: lower-case name -> value; the values of a repeated one are joined with commas.
        minor: 1 for HTTP/1.1, 0 for HTTP/1.0.
        keep_alive: whether the client wants to send another request on this connection.
    """

    __slots__ = ("body", "headers", "keep_alive", "method", "minor", "path")

    def __init__(self, method: str, path: str, headers: dict[str, str], minor: int) -> None:
        self.method = method
        self.path = path
        self.headers = headers
        self.minor = minor
        self.keep_alive = _keeps_alive(headers, minor)
        self.body = b""


class RequestReader:
    """The bytes that arrived and are not a request yet."""

    __slots__ = ("_awaited", "_body", "_buffer", "_request", "_scanned")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._request: Request | None = None
        self._body: SizedBody | ChunkedBody = SizedBody(0)
        self._awaited = False

    @property
    def pending(self) -> int:
        """Bytes that are kept and not part of a request yet."""
        return len(self._buffer)

    @property
    def is_between_requests(self) -> bool:
        """Whether nothing of a further request has arrived."""
        return self._request is None and not self._buffer

    def feed(self, data: bytes) -> None:
        """Keep bytes that arrived."""
        self._buffer += data

    def next(self) -> Request | None:
        """The next whole request; None until more bytes arrive.

        Raises:
            Refused: for what HTTP or this server does not allow; the reader is of no use after it.
        """
        if self._request is None:
            head = self._take_head()
            if head is None:
                return None
            self._request = parse_head(head)
            self._body = _body_of(self._request)
            self._awaited = _expects_continue(self._request)
        if not self._body.take(self._buffer):
            return None
        request, self._request = self._request, None
        request.body = self._body.data
        return request

    def take_expectation(self) -> bool:
        """Whether the client waits for `100 Continue` before it sends the body; true once."""
        waits = self._awaited and self._request is not None
        self._awaited = False
        return waits

    def _take_head(self) -> bytes | None:
        buffer = self._buffer
        while buffer.startswith(b"\r\n"):  # some clients end a body with a line end that belongs to nothing
            del buffer[:2]
            self._scanned = 0
        end = buffer.find(b"\r\n\r\n", self._scanned)
        if end > MAX_HEAD or (end < 0 and len(buffer) > MAX_HEAD):
            raise Refused(431, f"the request's headers are larger than the {MAX_HEAD} bytes that are taken")
        if end < 0:
            self._scanned = max(0, len(buffer) - 3)
            return None
        head = bytes(buffer[:end])
        del buffer[: end + 4]
        self._scanned = 0
        return head


def parse_head(head: bytes) -> Request:
    """The request that a head announces; `head` ends before the empty line.

    Raises:
        Refused: for a head that HTTP/1.0 and HTTP/1.1 do not allow.
    """
    ends = head.count(b"\r\n")
    if b"\0" in head or head.count(b"\n") != ends or head.count(b"\r") != ends:
        raise Refused(400, "the request's headers hold a control character")
    first, *lines = head.decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[0]:
        raise Refused(400, "the first line is not METHOD PATH VERSION")
    method, target, version = parts
    if version not in {"HTTP/1.1", "HTTP/1.0"}:
        raise Refused(505, f"{version[:16]} is not spoken here; HTTP/1.1 and HTTP/1.0 are")
    headers = _parse_headers(lines)
    minor = int(version[-1])
    if minor and "host" not in headers:
        raise Refused(400, "a request in HTTP/1.1 needs a Host header")
    return Request(method, _path_of(target), headers, minor)


def _parse_headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or " " in name or "\t" in name:
            raise Refused(400, "a header is not NAME: VALUE on one line")
        name = name.lower()
        value = value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _path_of(target: str) -> str:
    if not target.startswith("/"):
        scheme, mark, rest = target.partition("://")
        if not mark or scheme.lower() not in {"http", "https"}:
            raise Refused(400, "the first line's path does not begin with /")
        target = "/" + rest.partition("/")[2]
    return target.partition("?")[0]


def _body_of(request: Request) -> SizedBody | ChunkedBody:
    encoding = request.headers.get("transfer-encoding")
    length = request.headers.get("content-length")
    if encoding is not None:
        if length is not None or not request.minor:
            # Two readers that disagree about where a request ends are how requests are smuggled.
            raise Refused(400, "Transfer-Encoding does not go with Content-Length, nor with HTTP/1.0")
        if encoding.lower() != "chunked":
            raise Refused(501, "the only Transfer-Encoding that is taken is chunked")
        return ChunkedBody()
    if length is None:
        return SizedBody(0)
    if not (length.isascii() and length.isdigit() and len(length) <= 18):
        raise Refused(400, "Content-Length is not a number of bytes")
    return SizedBody(int(length))


def _expects_continue(request: Request) -> bool:
    expect = request.headers.get("expect")
    if expect is None or not request.minor:
        return False
    if expect.lower() != "100-continue":
        raise Refused(417, "the only Expect that is met is 100-continue")
    return True


def _keeps_alive(headers: dict[str, str], minor: int) -> bool:
    connection = headers.get("connection")
    if connection is None:
        return minor == 1
    tokens = {token.strip() for token in connection.lower().split(",")}
    return "close" not in tokens if minor else "keep-alive" in tokens
