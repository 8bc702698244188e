"""Writes down what the SDK sends: `python -m tests.sdk.record`, run by the SDK's own Python (see README.md).

Each request becomes a file: what was sent, scrubbed, what it was answered, and what the SDK made of its step's answers.
"""

import json
import os
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from tests.sdk import plausible
from tests.sdk.package import BALLAST, NAME, sdk_environment, write_workspace
from tests.sdk.plausible import Plausible

FOLDER = Path(__file__).parent / "recorded"
HEADERS = ("Accept", "Authorization", "Connection", "Content-Type", "User-Agent")
Recorded = dict[str, object]


class Recorder(ThreadingHTTPServer):
    """Answers on loopback and keeps every request in the order of arrival."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.plausible = Plausible(self.base)
        self.kept: list[Recorded] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Recorder

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(json.loads(self._read()))

    def do_PUT(self) -> None:
        self._read()
        number = self.path.rpartition("/")[2]
        self._keep("part", f"<part {number}>", {"status": 200})
        self._send(b"", {"ETag": plausible.etag(int(number))})

    def _read(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _answer(self, body: Recorded) -> None:
        call, answer = self.server.plausible.answer(self.command, self.path, body)
        self._keep(call, body or None, {"status": 200, "code": answer["code"]})
        self._send(json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _keep(self, call: str, body: object, answered: Recorded) -> None:
        target = urlsplit(self.path)
        self.server.kept.append(
            {
                "call": call,
                "method": self.command,
                "path": target.path,
                "query": {key: values[0] for key, values in parse_qs(target.query).items()},
                "headers": {name: self.headers[name] for name in HEADERS if name in self.headers},
                "body": body,
                "answered": answered,
            }
        )

    def _send(self, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


def scrubbed(value: object, names: dict[str, str]) -> object:
    """The value with everything that another platform would say otherwise by its name.

    A number that stands for an id is `<int NAME>`: the SDK made it one.
    """
    match value:
        case dict():
            return {key: scrubbed(below, names) for key, below in value.items()}
        case list():
            return [scrubbed(below, names) for below in value]
        case str():
            for said, name in names.items():
                value = value.replace(said, f"<{name}>")
            return value
        case int() if str(value) in names:
            return f"<int {names[str(value)]}>"
    return value


def names(base: str, archive_size: int) -> dict[str, str]:
    """What the made-up values stand for."""
    return {
        base: "url",
        plausible.API_KEY: "api-key",
        plausible.MODEL_URL: "model-url",
        plausible.FILE_URL: "file-url",
        plausible.CARD_ID: "card-id",
        plausible.ENDPOINT_ID: "endpoint-id",
        plausible.USER_ID: "user-id",
        plausible.UPLOAD_ID: "upload-id",
        **dict.fromkeys(plausible.VERSIONS, "version"),
        **{plausible.part_path(number): f"part-path {number}" for number in (1, 2)},
        **{plausible.etag(number): f"etag {number}" for number in (1, 2)},
        str(archive_size): "file-size",
    }


def record(server: Recorder, scratch: Path) -> int:
    """Drive the SDK against the recorder; gives how big its archive was."""
    from fedml.computing.scheduler.model_scheduler.device_client_constants import ClientConstants

    from tests.sdk.drive import journey

    workspace = write_workspace(scratch, "2", BALLAST)
    for step, result in journey(plausible.API_KEY, plausible.MODEL_URL, workspace):
        for request in server.kept:
            if "step" not in request:
                request |= {"step": step, "sdk": result}
    return (Path(ClientConstants.get_model_package_dir()) / f"{NAME}.zip").stat().st_size


def write(kept: list[Recorded], meanings: dict[str, str]) -> None:
    """Put a new recording in the place of the old one."""
    for old in FOLDER.glob("*.json"):
        old.unlink()
    FOLDER.mkdir(exist_ok=True)
    for number, request in enumerate(kept, start=1):
        order = ("step", "call", "method", "path", "query", "headers", "body", "answered", "sdk")
        told = scrubbed({key: request[key] for key in order}, meanings)
        (FOLDER / f"{number:02d}-{request['call']}.json").write_text(json.dumps(told, indent=2) + "\n")


def main() -> int:
    """Record everything anew, in a home folder of its own."""
    server = Recorder()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    said = StringIO()
    try:
        with tempfile.TemporaryDirectory(prefix="gitops-sdk-") as scratch:
            os.environ |= sdk_environment(Path(scratch), "127.0.0.1", server.server_port)
            with redirect_stdout(said), redirect_stderr(said):
                size = record(server, Path(scratch) / "card")
    except BaseException:
        print(said.getvalue())
        raise
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    write(server.kept, names(server.base, size))
    print(f"{len(server.kept)} requests in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
