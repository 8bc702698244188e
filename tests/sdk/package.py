"""A model card as the SDK packs it, and a loopback server to fetch it from.

Standard library only: the SDK's Python and the project's both use it.
"""

import json
import random
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

NAME = "sdk-card"
ENDPOINT = "sdk-endpoint"
DEVICES = ("101", "102,103")
"""Master and workers, as a person gives them."""

BALLAST = 21 * 1024 * 1024
"""Bytes that make an archive of more than one part of an upload, which is 20 MiB."""

QUESTION: Mapping[str, str] = {"text": "hello"}

SPEC: Mapping[str, object] = {
    "workspace": "./",
    "entry_point": "main_entry.py",
    "use_gpu": False,
    "request_input_example": dict(QUESTION),
}
"""What goes as `parameters`: the whole configuration."""

ENTRY = """
from fedml.serving import FedMLInferenceRunner, FedMLPredictor


class Answering(FedMLPredictor):
    def predict(self, request):
        return {{"said": request["text"], "card": {marker!r}}}


if __name__ == "__main__":
    print("card", {marker!r}, "starts", flush=True)
    FedMLInferenceRunner(Answering()).run()
"""


def answer_of(marker: str) -> dict[str, str]:
    """What the card of that marker says to `QUESTION`."""
    return {"said": QUESTION["text"], "card": marker}


def write_workspace(folder: Path, marker: str, ballast: int = 0) -> Path:
    """A folder that `fedml model create` takes: the card's files, some bytes that do not compress, its configuration.

    Returns:
        The configuration's path.
    """
    source = folder / "source"
    source.mkdir(parents=True)
    (source / "main_entry.py").write_text(ENTRY.format(marker=marker))
    (source / "ballast.bin").write_bytes(random.Random(marker).randbytes(ballast))
    config = folder / "config.yaml"
    config.write_text(json.dumps({**SPEC, "workspace": "./source"}))
    return config


def make_package(folder: Path, marker: str) -> Path:
    """An archive as `fedml model package` makes it (fedml 0.9.6, `build_model`): one top folder of the card's name."""
    archive = folder / f"{NAME}.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr(f"{NAME}/fedml_model_config.yaml", json.dumps(SPEC))
        bundle.writestr(f"{NAME}/main_entry.py", ENTRY.format(marker=marker))
        bundle.writestr(f"{NAME}/README.md", "")
    return archive


def sdk_environment(home: Path, host: str, port: int) -> dict[str, str]:
    """What points the SDK at a platform, and at a home folder: a `.env` in the user's own would win over this."""
    return {
        "HOME": str(home),
        "TZ": "Etc/UTC",
        "NO_PROXY": host,
        "FEDML_ENV_VERSION": "local",
        "FEDML_ENV_LOCAL_ON_PREMISE_PLATFORM_HOST": host,
        "FEDML_ENV_LOCAL_ON_PREMISE_PLATFORM_PORT": str(port),
    }


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The files of a folder over HTTP, on loopback, for as long as this lasts; gives the URL that they lie under."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
