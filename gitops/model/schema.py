"""The published JSON Schemas: of the kinds that people write, and of the artifacts that the commands leave."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter

from gitops.model.baseline import DriftBaseline
from gitops.model.checkup import Checkup
from gitops.model.desired import Endpoint, ModelCard, Project
from gitops.model.drift import Drift
from gitops.model.event import Event
from gitops.model.log import LogLine
from gitops.model.plan import Plan
from gitops.model.record import Record
from gitops.model.report import Report
from gitops.model.snapshot import Snapshot

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

SCHEMAS: Final[Mapping[str, type[BaseModel] | TypeAdapter[Any]]] = MappingProxyType(
    {
        "project": Project,
        "modelcard": ModelCard,
        "endpoint": Endpoint,
        "driftbaseline": DriftBaseline,
        "plan": Plan,
        "snapshot": Snapshot,
        "report": Report,
        "checkup": Checkup,
        "event": TypeAdapter(Event),
        "logline": LogLine,
        "record": Record,
        "drift": Drift,
    }
)
"""Name -> what it describes."""

_WRITTEN: Final = frozenset(("project", "modelcard", "endpoint", "driftbaseline"))
"""What people write; there `kind` is what tells a document from another, so it must be said."""

_ABOUT: Final = {
    "project": ("Project", "The document of kind Project in gitops.yaml."),
    "modelcard": ("ModelCard", "A document of kind ModelCard: a configuration of TensorOpera, by file or in place."),
    "endpoint": ("Endpoint", "A document of kind Endpoint: which model card it serves, and with how many replicas."),
    "driftbaseline": (
        "DriftBaseline",
        "The document of kind DriftBaseline in drift.yaml: what may differ for a while.",
    ),
    "plan": ("Plan", "What `gitops plan --json` prints: the changes, and the ordered steps that realise them."),
    "snapshot": ("Snapshot", "What `gitops snapshot` prints: one observation of every endpoint of an environment."),
    "report": ("Report", "What `gitops report --json` prints: every endpoint before and after an apply."),
    "checkup": ("Checkup", "What `gitops doctor --json` prints: every check of an environment's platform."),
    "event": ("Event", "One thing that happened during an apply."),
    "logline": ("LogLine", "A line of what `gitops logs --json` prints."),
    "record": ("Record", "One deployment, as the history keeps it: who did what, from what, and how it ended."),
    "drift": ("Drift", "What `gitops drift --json` prints: every field that is not as it was declared and applied."),
}


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a kind or an artifact.

    Raises:
        KeyError: there is no schema of that name.
    """
    described = SCHEMAS[name]
    adapter: TypeAdapter[Any] = described if isinstance(described, TypeAdapter) else TypeAdapter(described)
    schema = adapter.json_schema(mode="validation" if name in _WRITTEN else "serialization")
    title, description = _ABOUT[name]
    schema |= {"$schema": DIALECT, "$id": f"urn:gitops:{name}:v1", "title": title, "description": description}
    if name in _WRITTEN:
        schema["required"] = ["kind", *schema.get("required", ())]
    return schema


def render(name: str) -> str:
    """The schema as it stands in `schemas/<name>/v1.json`.

    Raises:
        KeyError: there is no schema of that name.
    """
    return json.dumps(json_schema(name), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
