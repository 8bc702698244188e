"""Models -> JSON text for other programs: ASCII only, so that no terminal or stream can stumble over it."""

import json
from typing import Any

from pydantic import BaseModel


def as_json(value: BaseModel | dict[str, Any]) -> str:
    """The value as indented JSON with a final newline; equal values give equal text."""
    return json.dumps(_data(value), indent=2) + "\n"


def as_json_line(value: BaseModel | dict[str, Any]) -> str:
    """The value as JSON on one line, without a newline."""
    return json.dumps(_data(value), separators=(",", ":"))


def _data(value: BaseModel | dict[str, Any]) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
