"""The story of declared model endpoints, told with the public command line on the embedded platform.

An endpoint is created from YAML; its model is changed while clients keep asking; the plan shows it, apply rolls it
out without one failed request; replicas are scaled; a report is written. Everything happens in a copy of this folder.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from load import LoadClient, LoadResult

HERE = Path(__file__).parent
GITOPS = [sys.executable, "-m", "gitops"]
RATE = 100.0
"""Requests per second, sent on schedule whether or not the ones before were answered."""


def main() -> int:
    """Tell the story; 0 if every request was answered and every counter agrees."""
    with tempfile.TemporaryDirectory(prefix="gitops-quickstart-") as scratch:
        project = Path(scratch) / "aloha"
        shutil.copytree(HERE, project, ignore=shutil.ignore_patterns("*.py[co]", "__pycache__", ".gitops"))
        try:
            return story(project)
        finally:
            say("Everything is stopped")
            gitops(project, "platform", "down")


def story(project: Path) -> int:
    say("An endpoint of two replicas, declared in YAML")
    print((project / "endpoints/aloha.yaml").read_text())
    gitops(project, "plan")
    gitops(project, "apply", "--yes")

    say(f"Clients begin to ask, {RATE:.0f} times a second, whatever happens")
    client = LoadClient(*address(project), rate=RATE, payload={"text": "hello"})
    client.start()
    try:
        time.sleep(2)
        say("The model is changed: V1 becomes V2")
        edit(project / "aloha/main_entry.py", "AlohaV1From", "AlohaV2From")
        gitops(project, "plan")
        gitops(project, "apply", "--yes")
        time.sleep(1)
        report = gitops_text(project, "report")

        say("More replicas: 2 become 4")
        edit(project / "endpoints/aloha.yaml", "replicas: 2", "replicas: 4")
        gitops(project, "apply", "--yes")
        time.sleep(1)
    finally:
        result = client.stop()

    gitops(project, "status")
    path = Path(tempfile.gettempdir()) / "gitops-quickstart-report.md"
    path.write_text(report)
    say("Did anybody notice? Three counters that know nothing of each other")
    good = compare(result, json.loads(gitops_text(project, "snapshot")))
    print(f"The rolling update, before and after: {path}")
    return 0 if good else 1


def compare(result: LoadResult, snapshot: dict) -> bool:
    """Print what clients, gateway and replicas counted; whether nothing failed and they agree."""
    counted = snapshot["endpoints"][0]["counters"]
    gateway = sum(replica["requests"] for replica in counted["replicas"])
    replicas = sum(replica["reported"] or 0 for replica in counted["replicas"])
    print(f"clients   {result.sent:,} requests, {result.failed} failed")
    print(f"gateway   {gateway:,} requests, {sum(replica['errors'] for replica in counted['replicas'])} failed")
    print(f"replicas  {replicas:,} requests")
    by_version = ", ".join(f"{count:,} by {version}" for version, count in sorted(result.by_version.items()))
    print(f"answered  {by_version}")
    print(f"latency   p50 {result.percentile(50):.1f} ms, p99 {result.percentile(99):.1f} ms")
    return result.failed == 0 and result.sent == gateway == replicas


def address(project: Path) -> tuple[str, str]:
    """Where the endpoint answers, and the key to ask it."""
    (endpoint,) = json.loads(gitops_text(project, "status", "--json"))["endpoints"]
    platform = json.loads(gitops_text(project, "platform", "status", "--json"))
    return endpoint["url"], Path(platform["api_key_file"]).read_text().strip()


def edit(path: Path, old: str, new: str) -> None:
    """Change a file as a person would, and show it."""
    text = path.read_text()
    assert text.count(old) == 1, f"{path} should have {old!r} once"
    path.write_text(text.replace(old, new))
    print(f"$ sed -i 's/{old}/{new}/' {path.parent.name}/{path.name}")


def gitops(project: Path, *words: str) -> None:
    """Run a command as a person would, and show it with what it prints."""
    print(f"$ gitops {' '.join(words)}", flush=True)
    subprocess.run([*GITOPS, *words], cwd=project, check=True, stdin=subprocess.DEVNULL)
    print(flush=True)


def gitops_text(project: Path, *words: str) -> str:
    """What a command prints."""
    done = subprocess.run(
        [*GITOPS, *words], cwd=project, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def say(text: str) -> None:
    """A headline."""
    print(f"\n=== {text}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
