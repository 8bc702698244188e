"""Git is the memory: deployments, drift, a plan that knows why, a revert, a refused deletion, an adoption.

Everything happens in a repository of its own, with the public command line and plain git. What somebody would click on
the platform's console is done here by requests to the embedded platform that no file knows of. What was promised stands
beside what was seen, and the exit code is 1 if a promise was broken.
"""

import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))

from stage import Promises, Stage, begin, say

HISTORY = "refs/gitops/aloha/local/history"


def main() -> int:
    """Tell the story; 0 if every promise was kept."""
    promises = Promises()
    with begin(Path(__file__).parent, "aloha") as stage:
        three_deployments(stage, promises)
        drift_by_hand(stage, promises)
        why_a_field_differs(stage, promises)
        a_plan_that_goes_stale(stage, promises)
        back_to_a_deployment(stage, promises)
        what_is_held(stage, promises)
        a_refused_deletion(stage, promises)
        an_adoption(stage, promises)
        what_git_tells(stage, promises)
    return promises.exit_code()


def three_deployments(stage: Stage, promises: Promises) -> None:
    """Commits of files, and what each of them became on the platform."""
    say("Three commits, three deployments")
    stage.repository("Two endpoints of one model")
    stage.run("apply", "--yes")
    stage.edit("aloha/main_entry.py", "first words", "second words")
    stage.commit("Better words")
    stage.run("apply", "--yes")
    stage.edit("endpoints/aloha.yaml", "replicas: 2", "replicas: 3")
    stage.commit("A third replica")
    stage.run("apply", "--yes")
    told = stage.run("history")
    rows = [line for line in told.splitlines() if "succeeded" in line]
    promises.check("git remembers all of them", f"{len(rows)} deployments", kept=len(rows) == 3)
    stage.run("show", "2")


def drift_by_hand(stage: Stage, promises: Promises) -> None:
    """Somebody clicks, and tells nobody."""
    say("Somebody scales by hand")
    clicked(stage, "PUT", "endpoints/aloha/scale", replicas=4)
    stage.run("drift", "--detailed-exitcode", expect=2)
    origins = planned(stage)
    promises.check("a plan knows that nobody asked for it", str(origins), kept=origins == {"replicas": "drift"})


def why_a_field_differs(stage: Stage, promises: Promises) -> None:
    """A pull request changes one thing; the plan tells it from what moved by itself."""
    say("A branch changes the words: which difference is whose?")
    stage.git("switch", "--quiet", "--create", "words")
    stage.edit("aloha/main_entry.py", "second words", "third words")
    stage.commit("Even better words")
    stage.run("plan", "--base", "main")
    origins = planned(stage, "--base", "main")
    kept = origins == {"version": "declared", "replicas": "drift"}
    promises.check("declared by this branch, and drift", str(origins), kept=kept)


def a_plan_that_goes_stale(stage: Stage, promises: Promises) -> None:
    """What was reviewed is applied exactly, or not at all."""
    say("A plan is saved and reviewed; meanwhile the world moves")
    stage.run("plan", "--out", ".gitops/plan.json")
    clicked(stage, "PUT", "endpoints/aloha/scale", replicas=2)
    told = stage.run("apply", ".gitops/plan.json", expect=10)
    why = "replicas planned from 4, now it is 2"
    promises.check("it is refused, and says what moved", why, kept=why in told)
    stage.run("plan", "--out", ".gitops/plan.json")
    stage.run("apply", ".gitops/plan.json")
    promises.check("a fresh one is applied", stage.answer(), kept="third words" in stage.answer())


def back_to_a_deployment(stage: Stage, promises: Promises) -> None:
    """An earlier state, on today's platform: nothing is pushed again."""
    say("The words were wrong: back to deployment 3")
    told = stage.run("revert", "--to", "3", "--yes")
    answer = stage.answer()
    promises.check("the old words answer", answer, kept="second words" in answer)
    promises.check("their version was still there", "nothing is pushed", kept="pushed as" not in told)


def what_is_held(stage: Stage, promises: Promises) -> None:
    """The files still ask for what was taken back; that is not done again behind one's back."""
    say("The files still ask for the third words")
    told = stage.run("plan", "--detailed-exitcode")
    promises.check("that is held, with its reason", "reverted to deployment 3", kept="reverted to deployment 3" in told)
    stage.run("revert", "--to", "3", "--branch", "back-to-3")
    stage.git("switch", "--quiet", "back-to-3")
    told = stage.run("plan")
    promises.check("on the branch that git made nothing is", "No changes", kept="No changes." in told)


def a_refused_deletion(stage: Stage, promises: Promises) -> None:
    """What is no longer declared goes, but never by accident."""
    say("An endpoint is removed from the files")
    stage.git("rm", "--quiet", "endpoints/greeter.yaml")
    stage.commit("Nobody needs the greeter")
    stage.run("plan", expect=11)
    stage.run("apply", "--yes", expect=11)
    stage.run("apply", "--yes", "--allow", "deletes=1")
    names = [one["name"] for one in listed(stage)]
    promises.check("acknowledged, and gone", " ".join(names), kept=names == ["aloha"])


def an_adoption(stage: Stage, promises: Promises) -> None:
    """What somebody else made is touched only after it was said to be ours."""
    say("An endpoint that somebody made by hand is declared")
    version = stage.status()["version"]
    wish = {"model": "aloha", "version": version, "replicas": 1, "gpus_per_replica": 0, "progress_deadline_s": 60}
    clicked(stage, "PUT", "endpoints/legacy", **wish)
    stage.write("endpoints/legacy.yaml", "kind: Endpoint\nname: legacy\nmodel: aloha\nreplicas: 2\n")
    stage.commit("The legacy endpoint is ours now")
    stage.run("apply", "--yes", expect=11)
    stage.run("apply", "--yes", "--allow", "adoptions=1")
    told = stage.text("plan")
    promises.check("it is ours, and as declared", "No changes", kept="No changes." in told)
    stage.run("history", "--endpoint", "legacy")


def what_git_tells(stage: Stage, promises: Promises) -> None:
    """Whoever has never heard of this program reads the same history."""
    say("The same with git alone")
    log = stage.git("log", "--first-parent", "--format=%h %an, %ad%n%n%w(0,4,4)%B", "--date=iso", "-2", HISTORY)
    promises.check("who, what, from which commit", "in the log", kept="Source-Commit:" in log and "Ada" in log)
    stage.git("ls-tree", "--name-only", "-r", HISTORY)
    status = stage.git("status", "--short")
    promises.check("nothing of it touches the work tree", repr(status), kept=not status)


def planned(stage: Stage, *words: str) -> dict[str, str]:
    """Field of the endpoint aloha -> why it differs."""
    changes = json.loads(stage.text("plan", "--json", *words))["changes"]
    return {field["field"]: field["origin"] for one in changes for field in one["fields"] if one["endpoint"] == "aloha"}


def clicked(stage: Stage, method: str, path: str, **wish: Any) -> None:
    """Ask the platform for something behind the files' back."""
    print(f"(somebody else: {method} {path} {json.dumps(wish)})\n")
    asked(stage, method, path, wish)
    stage.until_settled()


def listed(stage: Stage) -> list[dict[str, Any]]:
    """Every endpoint that the platform has."""
    return asked(stage, "GET", "endpoints")["endpoints"]


def asked(stage: Stage, method: str, path: str, wish: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the platform answers."""
    platform = stage.platform()
    request = urllib.request.Request(
        f"{platform['url']}/gitops/v1/{path}",
        method=method,
        data=json.dumps(wish).encode() if wish is not None else None,
        headers={
            "Authorization": f"Bearer {Path(platform['api_key_file']).read_text().strip()}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"{}")


if __name__ == "__main__":
    sys.exit(main())
