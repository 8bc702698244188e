"""`python -m tests.sdk.run SDK_PYTHON`: the unmodified SDK against a real embedded platform, as `make test-sdk` does.

The SDK must make of the platform's answers what it made of the recorder's (recorded/, key `sdk`), step by step.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from tests.integration.embedded import Embedded, embedded
from tests.sdk.package import BALLAST, make_package, sdk_environment, served, write_workspace
from tests.sdk.replay import requests

ROOT = Path(__file__).parents[2]
PATIENCE_S = 300.0


def drive(sdk_python: Path, platform: Embedded, folder: Path) -> tuple[dict[str, object], str]:
    """Drive the SDK in a process and a home folder of its own.

    Returns:
        What it made of each step that it came to, and what it printed, without the key.
    """
    results, home = folder / "results", folder / "home"
    home.mkdir()
    package = make_package(folder, "1")
    config = write_workspace(folder / "card", "2", BALLAST)
    address = urlsplit(platform.record.url)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FEDML_")}
    with served(folder) as base:
        options = ["--model-url", f"{base}/{package.name}", "--workspace", config, "--results", results]
        driven = subprocess.run(
            [sdk_python, "-m", "tests.sdk.drive", *options],
            cwd=ROOT,
            input=f"{platform.key}\n",
            env={**inherited, **sdk_environment(home, address.hostname, address.port)},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE_S,
            check=False,
        )
    steps = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    return {step["step"]: step["sdk"] for step in steps}, driven.stdout.replace(platform.key, "***")


def main() -> int:
    """Say of each step whether it went as recorded; 0 if all did."""
    sdk_python = Path(sys.argv[1]).absolute()
    with tempfile.TemporaryDirectory(prefix="gitops-sdk-") as scratch:
        folder = Path(scratch)
        with embedded(folder) as platform:
            made, printed = drive(sdk_python, platform, folder)
    expected = {request.step: request.sdk for request in requests()}
    failed = [step for step, wanted in expected.items() if step not in made or made[step] != wanted]
    for step in [*made, *(step for step in expected if step not in made)]:
        told = json.dumps(made[step]) if step in made else "not reached"
        print(f"FAIL {step}: {told}, not {json.dumps(expected[step])}" if step in failed else f"ok   {step}: {told}")
    if failed:
        print(f"What the SDK printed:\n{printed}")
    print(f"{len(expected) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
