"""A real replica process on a free loopback port, and a client that speaks to it byte by byte."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import gitops.local.replicas

LOCAL = Path(gitops.local.replicas.__file__).parent
TIMEOUT_S = 20


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Wire:
    """One connection, on which a test says exactly what it likes."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self.socket.makefile("rb")

    def send(self, *parts: bytes) -> "Wire":
        for part in parts:
            self.socket.sendall(part)
        return self

    def head(self) -> Answer:
        """The status line and the headers of the next answer."""
        line = self._file.readline()
        assert line, "the connection ended before an answer"
        headers = {}
        while (field := self._file.readline()) not in {b"\r\n", b""}:
            name, _, value = field.decode().partition(":")
            headers[name.lower()] = value.strip()
        return Answer(int(line.split()[1]), headers, b"")

    def chunk(self) -> bytes:
        """The next chunk of a body; empty at its end, None if the connection ended instead."""
        size = self._file.readline()
        if not size:
            raise ConnectionError("the answer was cut")
        payload = self._file.read(int(size, 16))
        assert self._file.read(2) == b"\r\n"
        return payload

    def answer(self, body: bool = True) -> Answer:
        """The next answer, whole."""
        answer = self.head()
        if not body:
            return answer
        if answer.headers.get("transfer-encoding") == "chunked":
            answer.body = b"".join(iter(self.chunk, b""))
        elif "content-length" in answer.headers:
            answer.body = self._file.read(int(answer.headers["content-length"]))
        else:
            answer.body = self._file.read()
        return answer

    def is_ended(self) -> bool:
        """Waits for the other side to end the connection; false if it says something instead."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self._file.close()
        self.socket.close()


def post(payload: object, *headers: str, path: str = "/predict", version: str = "1.1") -> bytes:
    """A request, as bytes."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    lines = [f"POST {path} HTTP/{version}", "Host: replica", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def get(path: str, method: str = "GET") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: replica\r\n\r\n".encode()


@dataclass
class Replica:
    process: subprocess.Popen
    port: int

    @contextmanager
    def wire(self) -> Iterator[Wire]:
        wire = Wire(self.port)
        try:
            yield wire
        finally:
            wire.close()

    def ask(self, request: bytes, body: bool = True) -> Answer:
        """The answer to one request on a connection of its own."""
        with self.wire() as wire:
            return wire.send(request).answer(body)

    def predict(self, payload: object, *headers: str) -> Answer:
        return self.ask(post(payload, *headers))

    def end(self) -> str:
        """SIGTERM, and what it had said on stderr."""
        self.process.terminate()
        return self.process.communicate(timeout=TIMEOUT_S)[1]


def spawn(entry_point: Path, **environment: str) -> subprocess.Popen:
    """A process that runs an entry point as the platform does, on a free port."""
    return subprocess.Popen(
        [sys.executable, LOCAL / "launch.py", LOCAL / "standin", entry_point],
        env={**os.environ, "HOST": "127.0.0.1", "PORT": "0", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(entry_point: Path, **environment: str) -> Iterator[Replica]:
    """A replica that listens; it is gone afterwards, however the test ends."""
    process = spawn(entry_point, **environment)
    try:
        said = process.stderr.readline()
        found = re.search(r"answers at http://127\.0\.0\.1:(\d+)", said)
        assert found, said + process.stderr.read()
        yield Replica(process, int(found[1]))
    finally:
        process.kill()
        process.wait(timeout=TIMEOUT_S)
        process.stdout.close()
        process.stderr.close()
