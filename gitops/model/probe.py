"""The paths of a model's own server as a card names them: `/ready`, or `{httpGet: {path: /ready}}`."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, WithJsonSchema

GET: Final = "httpGet"
POST: Final = "httpPost"
_EXAMPLES: Final = {GET: "/ready", POST: "/predict"}
_PATH: Final = re.compile(r"/[^\s#\x00-\x1f\x7f]{0,1000}")


def named_path(written: str | Mapping[str, Any], verb: str) -> str:
    """The path that a probe or a service names; whatever else a mapping says is not looked at, as in the original.

    Raises:
        ValueError: there is none, or it does not begin with a slash.
    """
    if isinstance(written, str):
        if not _PATH.fullmatch(written):
            raise ValueError("must be a path that begins with /")
        return written
    asked = written.get(verb)
    path = asked.get("path") if isinstance(asked, Mapping) else None
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise ValueError(f"must name a path that begins with /, like {{{verb}: {{path: {_EXAMPLES[verb]}}}}}")
    return path


def _probe(written: str | dict[str, Any]) -> str | dict[str, Any]:
    named_path(written, GET)
    return written


def _service(written: dict[str, Any]) -> dict[str, Any]:
    named_path(written, POST)
    return written


Probe = Annotated[
    str | dict[str, Any],
    AfterValidator(_probe),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": "^/"}, {"type": "object", "required": [GET]}]}),
]
"""What is asked to learn how a replica is, kept as it is written."""

Service = Annotated[dict[str, Any], AfterValidator(_service), WithJsonSchema({"type": "object", "required": [POST]})]
"""Where requests go in a model's own server, kept as it is written."""
