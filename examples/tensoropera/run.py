"""TensorOpera AI, declared: create, update, scale, move devices, a version that fails, and an import.

Every command is the one that production would see. Only url and key are others: here the embedded platform speaks
TensorOpera's contract and behaves as its agents do, so that the story needs no account and nothing but Python. What was
promised stands beside what was seen, and the exit code is 1 if a promise was broken.
"""

import json
import os
import shutil
import sys
import urllib.request
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from stage import Promises, Stage, begin, say


def main() -> int:
    """Tell the story; 0 if every promise was kept."""
    promises = Promises()
    with begin(Path(__file__).parent, "aloha") as stage:
        start(stage)
        create(stage, promises)
        update(stage, promises)
        scale_and_move(stage, promises)
        fail(stage, promises)
        watch(stage, promises)
        remove(stage, promises)
        take_over(stage, promises)
    return promises.exit_code()


def start(stage: Stage) -> None:
    """A platform that behaves like TensorOpera, and where the environment finds it."""
    say("The platform: TensorOpera's contract and its habits, on this machine")
    stage.repository("An endpoint of TensorOpera")
    stage.run("platform", "up", "--behave", "tensoropera")
    platform = stage.platform()
    key = Path(platform["api_key_file"]).read_text().strip()
    os.environ.update({"GITOPS_VAR_platform": platform["url"], "FEDML_API_KEY": key})
    stage.run("doctor")


def create(stage: Stage, promises: Promises) -> None:
    """An endpoint that was never there: it begins with one replica, and is scaled to three."""
    say("Create: the platform chooses the first number, a scale brings the wanted one")
    stage.run("apply", "--yes")
    status = stage.until_whole(3)
    promises.check("three replicas serve v0", f"{status['ready']} of {status['version']}", kept=is_version(status, 0))
    nothing_to_do(stage, promises, "after it the plan is empty")


def update(stage: Stage, promises: Promises) -> None:
    """What took a push, a copied id and three clicks."""
    say("Update: a new version, in place, window by window")
    stage.edit("aloha/main_entry.py", "AlohaV1From", "AlohaV2From")
    stage.run("plan")
    stage.run("apply", "--yes")
    answer = ask(stage)
    promises.check("the new version answers", answer, kept="AlohaV2From" in answer)


def scale_and_move(stage: Stage, promises: Promises) -> None:
    """Another number, then other devices; each is a request of its own."""
    say("Scale, then move to other devices")
    stage.edit("endpoints/aloha.yaml", "replicas: 3", "replicas: 4")
    stage.run("apply", "--yes")
    stage.edit("environments/laptop/aloha.yaml", "[102, 103]", "[102, 104]")
    stage.run("apply", "--yes")
    status = stage.until_whole(4)
    workers = status["resource"]["workers"]
    promises.check("four replicas on 102 and 104", " ".join(workers), kept=workers == ["102", "104"])


def fail(stage: Stage, promises: Promises) -> None:
    """A version that does not start: the platform puts it back, and the exit code says so."""
    say("A version that cannot start is put back")
    stage.edit("aloha/main_entry.py", "import os\n", "import os, there_is_no_such_module\n")
    stage.run("apply", "--yes", expect=14)
    answer = ask(stage)
    promises.check("the version before it answers", answer, kept="AlohaV2From" in answer)
    stage.run("status")
    said = stage.text("logs", "aloha", "--tail", "20")
    promises.check("its last words can be read", "gitops logs", kept="there_is_no_such_module" in said)
    stage.edit("aloha/main_entry.py", "import os, there_is_no_such_module\n", "import os\n")
    stage.run("apply", "--yes")
    nothing_to_do(stage, promises, "repaired, and the plan is empty again")


def watch(stage: Stage, promises: Promises) -> None:
    """What can be seen of it, and nothing that cannot."""
    say("Monitor: what the platform tells, and one request of our own")
    stage.run("report")
    (seen,) = json.loads(stage.text("snapshot"))["endpoints"]
    probe = seen["probe"]
    promises.check("a request of our own was timed", f"{probe['latency_ms']:.1f} ms", kept=probe["ok"])
    promises.check("what is not told is not made up", "counters: none", kept=seen["counters"] is None)


def remove(stage: Stage, promises: Promises) -> None:
    """All of it goes, once somebody says how many that is; the files are still there to bring it back."""
    say("Delete: refused, acknowledged, gone; and back again")
    stage.run("destroy", "--yes", expect=11)
    told = stage.run("destroy", "--yes", "--allow", "deletes=1")
    promises.check("acknowledged, and gone", "deleted", kept="aloha: deleted" in told)
    stage.run("apply", "--yes")
    stage.until_whole(4)
    answer = ask(stage)
    promises.check("back as it was", answer, kept="AlohaV2From" in answer)


def take_over(stage: Stage, promises: Promises) -> None:
    """Somebody else's endpoint becomes files that declare it as it runs."""
    say("Import: an endpoint that was clicked together becomes files")
    other = Stage(stage.project / "taken-over", stage.endpoint)
    other.project.mkdir()
    shutil.copy(stage.project / "gitops.yaml", other.project)
    other.edit("gitops.yaml", "name: aloha", "name: taken-over")
    other.edit("gitops.yaml", "    overlays: [environments/laptop/*.yaml]\n", "")
    other.edit("gitops.yaml", "    overlays: [environments/production/*.yaml]\n", "")
    other.run("import", "aloha")
    print((other.project / "endpoints/aloha.yaml").read_text())
    nothing_to_do(other, promises, "an imported endpoint plans empty")


def nothing_to_do(stage: Stage, promises: Promises, promise: str) -> None:
    """Plan, and hold the plan against a promise."""
    steps = json.loads(stage.text("plan", "--json"))["steps"]
    promises.check(promise, f"{len(steps)} steps", kept=not steps)


def is_version(status: dict[str, object], number: int) -> bool:
    """Whether an endpoint serves `v<number>-<date>`."""
    return str(status["version"]).startswith(f"v{number}-")


def ask(stage: Stage) -> str:
    """What the endpoint answers to a user."""
    request = urllib.request.Request(
        stage.status()["url"],
        data=json.dumps({"text": "hello"}).encode(),
        headers={"Authorization": f"Bearer {os.environ['FEDML_API_KEY']}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.dumps(json.load(answer)["data"])


if __name__ == "__main__":
    sys.exit(main())
