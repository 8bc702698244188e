"""`python -m benchmarks.parse_only FOLDER`: what ruamel.yaml's own C load of a project's files costs, and no more."""

import io
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def documents(folder: Path) -> int:
    """How many documents the parser finds in the endpoints' files of a project."""
    found: list[Any] = []
    for path in sorted((folder / "endpoints").glob("*.yaml")):
        found += YAML(typ="safe", pure=False).load_all(io.StringIO(path.read_text()))
    return len(found)


if __name__ == "__main__":
    print(documents(Path(sys.argv[1])))
