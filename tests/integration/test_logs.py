"""`gitops logs` over real replicas that write, are rotated, are killed, and a platform that is killed as well."""

import json
import os
import queue
import signal
import threading
import time
from contextlib import contextmanager

import httpx
import pytest

from tests.integration.embedded import eventually

pytestmark = pytest.mark.slow

LIMIT = 20_000
MODEL = """
import os
from fedml.serving import FedMLInferenceRunner, FedMLPredictor

class Aloha(FedMLPredictor):
    def predict(self, request):
        for number in range(request["first"], request["last"]):
            print(f"INFO line {number} {'x' * 80}", flush=True)
        if "text" in request:
            print(request["text"].replace("SECRET", os.environ["TOKEN"]), flush=True)
        return {}

if __name__ == "__main__":
    print("WARNING: starting", flush=True)
    FedMLInferenceRunner(Aloha()).run()
"""


@pytest.fixture
def talking(project):
    """The quickstart with one replica of a model that says what it is asked to, and a secret."""
    project.environ |= {"GITOPS_LOCAL_LOG_LIMIT": str(LIMIT), "TOKEN": "hunter2-hunter2"}
    project.write("aloha/main_entry.py", MODEL)
    project.write(
        "aloha/config.yaml",
        "workspace: .\nentry_point: main_entry.py\nenvironment_variables: {TOKEN: '${env:TOKEN}'}\n",
    )
    project.write(
        "models/aloha.yaml",
        "kind: ModelCard\nname: aloha\nspec:\n  workspace: ../aloha\n  entry_point: main_entry.py\n"
        "  environment_variables: {TOKEN: '${env:TOKEN}'}\n",
    )
    project.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 1")
    project.good("apply", "--yes")
    return project


def ask(project, first=0, last=0, **request):
    platform = project.platform
    answer = httpx.post(
        platform.url(), json={"first": first, "last": last, **request}, headers=platform.headers, timeout=30
    )
    assert answer.status_code == 200, answer.text


def lines(project, *words):
    return [json.loads(line) for line in project.good("logs", "aloha", "--json", *words).splitlines()]


def numbers(found):
    return [int(line["text"].split()[2]) for line in found if line["text"].startswith("INFO line")]


@contextmanager
def running(project):
    """The platform as it runs now."""
    platform = project.platform
    try:
        yield platform
    finally:
        for adapter in platform.adapters.values():
            adapter.close()


def kill_replica(project):
    """SIGKILL to the only replica; its id, once another one is ready."""
    with running(project) as platform:
        (member,) = platform.live().members
        os.kill(member.pid, signal.SIGKILL)
        platform.until(lambda live: live.ready == 1 and live.members[0].id != member.id)
    return member.id


@contextmanager
def following(project, *words):
    """The process of a `logs --follow`, and its output line by line."""
    process = project.begin("logs", "aloha", "--follow", *words)
    said: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=lambda: [said.put(line.rstrip("\n")) for line in process.stdout], daemon=True)
    reader.start()
    seen: list[str] = []

    def until(text, patience_s=60.0):
        deadline = time.monotonic() + patience_s
        while not any(text in line for line in seen):
            try:
                seen.append(said.get(timeout=max(0.01, deadline - time.monotonic())))
            except queue.Empty:
                pytest.fail(f"it never said {text!r}: {seen}")
        return seen

    try:
        yield process, until
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        reader.join()
        for stream in (process.stdout, process.stderr):
            stream.close()


def test_what_was_rotated_away_is_bounded_and_what_is_kept_has_no_gap(talking):
    for first in range(0, 2000, 500):
        ask(talking, first, first + 500)
        time.sleep(1.2)
    folder = talking.data.logs / "aloha"
    eventually(lambda: (folder / "aloha-1.log").stat().st_size, lambda size: size <= LIMIT)

    found = numbers(lines(talking))
    assert found == list(range(found[0], 2000))
    assert 150 < len(found) < 700
    assert sum(path.stat().st_size for path in folder.iterdir()) < 3 * LIMIT
    assert numbers(lines(talking, "--tail", "3")) == [1997, 1998, 1999]


def test_the_dead_can_be_read_and_events_stand_between_the_lines(talking):
    ask(talking, text="last words of the first")
    dead = kill_replica(talking)

    said = [line["text"] for line in lines(talking, "--replica", dead)]
    assert (said[0], said[-1]) == ("WARNING: starting", "last words of the first")
    told = lines(talking, "--events")
    assert [line["at"] for line in told] == sorted(line["at"] for line in told)
    assert {line["source"] for line in told} == {"platform", dead, "aloha-2"}
    failed = next(line for line in told if line["text"].startswith(f"replica {dead} failed"))
    assert failed["severity"] == "error"
    assert {line["text"] for line in lines(talking, "--severity", "warning")} == {"WARNING: starting"}


def test_no_secret_shows_in_any_line(talking):
    ask(talking, text="the key is SECRET, as {'key': 'SECRET'}")

    text = talking.good("logs", "aloha")
    assert "the key is ***, as {'key': '***'}" in text
    assert "hunter2" not in text + talking.good("logs", "aloha", "--json", "--events")


def test_following_lives_through_the_end_of_replica_and_platform_and_ends_with_ctrl_c(talking):
    with following(talking) as (process, until):
        until("starting")
        ask(talking, text="one")
        until("one")
        kill_replica(talking)
        ask(talking, text="two")
        until("aloha-2 v0  two")
        talking.platform.kill()
        talking.good("platform", "up")
        with running(talking) as platform:
            platform.until_serving()
        ask(talking, text="three")
        seen = until("three")
        process.send_signal(signal.SIGINT)
        status = process.wait(30)
        errors = process.stderr.read()

    assert status == 130
    assert [sum(word in line for line in seen) for word in (" one", " two", " three", "starting")] == [1, 1, 1, 2]
    assert errors.count("waiting for it to come back") <= 1
    assert "Traceback" not in errors


def test_a_reader_that_leaves_ends_it_like_everything_else(talking):
    with talking.begin("logs", "aloha", "--follow") as process:
        try:
            assert "starting" in process.stdout.readline()
            process.stdout.close()
            for number in range(100):  # it learns that nobody reads when it writes
                if process.poll() is not None:
                    break
                ask(talking, number, number + 1)
                time.sleep(0.2)
            assert (process.poll(), "Traceback" in process.stderr.read()) == (141, False)
        finally:
            process.kill()


def test_what_makes_no_sense_is_refused_with_what_there_is(talking):
    for words, hint in [
        (("logs", "alhoa"), "declared: aloha"),
        (("logs", "aloha", "--replica", "aloha-9"), "aloha-1"),
        (("logs", "aloha", "--version", "v9"), "v0"),
        (("logs", "aloha", "--grep", "("), "regular expression"),
        (("logs", "aloha", "--since", "soon"), "10m"),
        (("logs", "aloha", "--severity", "bad"), "debug"),
        (("logs", "aloha", "--tail", "-1"), "tail"),
    ]:
        done = talking.gitops(*words)
        assert (done.returncode, hint in done.stderr) == (64, True), done.stderr


def test_a_bootstrap_s_output_is_shown_with_its_version(talking):
    log = talking.data.environments / "aloha/v0/bootstrap.log"
    log.parent.mkdir(parents=True)
    log.write_text("collecting torch\nusing hunter2-hunter2\n")

    found = [line for line in lines(talking, "--version", "v0") if line["source"] == "bootstrap"]
    assert [(line["text"], line["version"]) for line in found] == [("collecting torch", "v0"), ("using ***", "v0")]
