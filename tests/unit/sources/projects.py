"""Small projects on disk."""

from collections.abc import Mapping
from pathlib import Path

from gitops.ports import Loaded
from gitops.sources.project import FileSource

PROJECT = """\
kind: Project
name: shop
include: [cards.yaml, endpoints.yaml]
environments:
  local:
    platform: {kind: local}
"""
CARD = """\
kind: ModelCard
name: aloha
config: aloha/config.yaml
"""
CONFIG = """\
workspace: src
entry_point: main.py
"""
ENDPOINT = """\
kind: Endpoint
name: aloha
model: aloha
replicas: 2
"""
FILES = {
    "gitops.yaml": PROJECT,
    "cards.yaml": CARD,
    "endpoints.yaml": ENDPOINT,
    "aloha/config.yaml": CONFIG,
    "aloha/src/main.py": "print('aloha')\n",
}


def write(root: Path, files: Mapping[str, str | bytes] | None = None) -> Path:
    """A project that is valid but for the files that are given."""
    for name, text in (FILES | dict(files or {})).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def load(root: Path, environment: str = "local", **outside: Mapping[str, str]) -> Loaded:
    """What a source makes of it, with an empty environment unless one is given."""
    return FileSource(root, outside.get("variables", {}), outside.get("environ", {})).load(environment)


def codes(loaded: Loaded) -> list[str]:
    return [str(diagnostic.code) for diagnostic in loaded.diagnostics]


def places(loaded: Loaded) -> list[str]:
    return [str(diagnostic.place) for diagnostic in loaded.diagnostics]
