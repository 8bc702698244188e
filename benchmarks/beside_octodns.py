"""A plan without changes beside one of octoDNS, which also keeps many small declarations in YAML and compares them.

octoDNS: A records of 1 to 5 addresses in 200 zones, a file each, against a target that has them all (`octodns_target`).
Ours: endpoints of 1 to 5 replicas in 200 files, all owned by a history in git, against a platform that has them all.
Both ask over HTTP on loopback, and are answered at once. Each is the whole command that its users type.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.children import ROOT
from benchmarks.figure import Budget, Figure, missing, of_rounds
from benchmarks.large_project import FILES, move_to, write_project
from benchmarks.other_tool import NotInstalled, interpreter
from benchmarks.owned_project import own
from benchmarks.paged_platform import paged_platform
from benchmarks.told_zones import told_zones
from benchmarks.whole_process import cost_of

SIZES: Final = (1_000, 10_000)
ROUNDS: Final = 5
_CONFIG: Final = """---
providers:
  files: {class: octodns.provider.yaml.YamlProvider, directory: ./zones, default_ttl: 300, enforce_order: false}
  told: {class: told.Told, url: '%s'}
zones:
"""


def measure() -> Iterator[Figure]:
    """Both commands in turn, for each size."""
    try:
        octodns = interpreter("octodns")
    except NotInstalled as fault:
        yield missing(
            "gitops plan / octodns-sync",
            "x",
            f"octoDNS could not be installed into .venv-octodns: {fault}; is the package index within reach?",
        )
        return
    for size in SIZES:
        yield from _measured(size, octodns)


def _measured(size: int, octodns: Path) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="gitops-bench-") as scratch:
        project, zones = write_project(Path(scratch) / "project", size), _zones(Path(scratch) / "octodns", size)
        with paged_platform(project, latency_ms=0) as platform, told_zones(zones / "told") as told:
            move_to(project, platform.url)
            config = zones / "config.yaml"
            config.write_text(config.read_text() % told)
            own(project, size)
            _pair(project, zones, size, octodns)
            pairs = [_pair(project, zones, size, octodns) for _ in range(ROUNDS)]
    yield of_rounds(
        f"{size:,} declarations: gitops plan / octodns-sync",
        [ours / theirs for ours, theirs in pairs],
        "x",
        Budget("<", 1),
        "whole processes in turn, nothing to change; both ask over HTTP, octoDNS once a zone, ours once a page",
    )
    yield of_rounds(f"{size:,} endpoints: gitops plan", [ours for ours, _ in pairs], "s")
    yield of_rounds(f"{size:,} records: octodns-sync", [theirs for _, theirs in pairs], "s")


def _pair(project: Path, zones: Path, size: int, octodns: Path) -> tuple[float, float]:
    ours = cost_of(sys.executable, "-m", "gitops", "plan", "-C", str(project))
    assert f"{size:,} endpoints are as declared" in ours.said, ours.said
    sync = ("-m", "octodns.cmds.sync", "--config-file", "config.yaml", "--log-stream-stdout", "--quiet")
    theirs = cost_of(str(octodns), *sync, folder=zones)
    assert "No changes were planned" in theirs.said, theirs.said
    return ours.seconds, theirs.seconds


def _zones(root: Path, size: int) -> Path:
    """A project of octoDNS's with so many records, and the target that has them already."""
    for folder in ("zones", "told"):
        (root / folder).mkdir(parents=True)
    each, config = size // FILES, [_CONFIG]
    for number in range(FILES):
        zone = f"aloha-{number:03}.test."
        records = {f"aloha-{index}": _addresses(index) for index in range(number * each, (number + 1) * each)}
        documents = (_record(name, addresses) for name, addresses in records.items())
        (root / f"zones/{zone}yaml").write_text("---\n" + "".join(documents))
        told = {name: {"type": "A", "ttl": 300, "values": addresses} for name, addresses in records.items()}
        (root / f"told/{zone}json").write_text(json.dumps(told))
        config.append(f"  {zone}: {{sources: [files], targets: [told]}}\n")
    (root / "config.yaml").write_text("".join(config))
    shutil.copy(ROOT / "benchmarks/octodns_target.py", root / "told.py")
    return root


def _addresses(index: int) -> list[str]:
    return [f"192.0.2.{last}" for last in range(1, index % 5 + 2)]


def _record(name: str, addresses: list[str]) -> str:
    return f"{name}:\n  ttl: 300\n  type: A\n  values:\n" + "".join(f"  - {address}\n" for address in addresses)
