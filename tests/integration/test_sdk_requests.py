"""The requests of the fedml SDK, as recorded (tests/sdk), are answered as it needs by the embedded platform."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import httpx
import pytest

from tests.integration.embedded import Embedded
from tests.sdk import plausible
from tests.sdk.package import make_package, served
from tests.sdk.plausible import Answer, Plausible
from tests.sdk.record import Recorder, names, scrubbed
from tests.sdk.replay import CARD_KEYS, RECORDED, Replay, requests


@contextmanager
def replay_against(url: str, key: str, folder: Path) -> Iterator[Replay]:
    """A replay that is about to begin: a card of the marker 1 to be fetched, one of the marker 2 to be uploaded."""
    first, second = folder / "first", folder / "second"
    first.mkdir()
    second.mkdir()
    package = make_package(first, "1")
    archive = make_package(second, "2").read_bytes()
    with served(first) as base, httpx.Client(timeout=60) as client:
        known = {"api-key": key, "model-url": f"{base}/{package.name}", "file-size": len(archive)}
        yield Replay(client, url, archive, known)


@contextmanager
def recorder() -> Iterator[Recorder]:
    """What the recording was made with, in this process."""
    with Recorder() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_every_recorded_request_is_answered_as_the_sdk_needs(running: Embedded, tmp_path: Path) -> None:
    with replay_against(running.record.url, running.key, tmp_path) as replay:
        replay.run()


def test_a_replay_sends_what_was_recorded(tmp_path: Path) -> None:
    with recorder() as server, replay_against(server.base, plausible.API_KEY, tmp_path) as replay:
        replay.values["model-url"] = plausible.MODEL_URL
        replay.run()
        meanings = names(server.base, len(replay.archive))

    assert [json.loads(path.read_text()) for path in sorted(RECORDED.glob("*.json"))] == [
        {"step": request.step, "sdk": request.sdk, **scrubbed(kept, meanings)}
        for request, kept in zip(requests(), server.kept, strict=True)
    ]


@dataclass
class Forgetful(Plausible):
    """Leaves out one key of every card."""

    key: str = ""

    def answer(self, method: str, target: str, body: Answer) -> tuple[str, Answer]:
        call, answer = super().answer(method, target, body)
        if call == "model-list":
            for card in answer["data"]["data"]:
                del card[self.key]
        return call, answer


@pytest.mark.parametrize("key", CARD_KEYS)
def test_a_platform_that_leaves_out_what_the_sdk_indexes_is_noticed(key: str, tmp_path: Path) -> None:
    with recorder() as server, replay_against(server.base, plausible.API_KEY, tmp_path) as replay:
        server.plausible = Forgetful(server.base, key=key)

        with pytest.raises(AssertionError, match=f"^05-model-list: .*{key}"):
            replay.run()


def test_the_recording_names_no_host_and_no_key() -> None:
    made_up = ("127.0.0.1", "localhost", "made-up", *plausible.VERSIONS)

    told = "".join(path.read_text() for path in RECORDED.glob("*.json"))

    assert [value for value in made_up if value in told] == []
