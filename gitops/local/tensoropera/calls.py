"""A call of TensorOpera's contract: its path, where it carries the key, what it asks, and who answers it."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from gitops.local.tensoropera.envelope import Declined
from gitops.local.tensoropera.keys import KeyIn

Message = TypeVar("Message", bound=BaseModel)

BODY_BYTES: Final = 1 << 20
"""Of a call's JSON body; it is read before anybody knows whether its sender has the key."""


DEEPEST: Final = 64
"""Levels of a call's body."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks, once its sender has shown the key.

    Attributes:
        body: the JSON object that it came with; empty where there was none.
    """

    request: web.Request
    body: Mapping[str, Any]

    def read(self, kind: type[Message]) -> Message:
        """The body as a message.

        Raises:
            Declined: it is none, with the first thing that is wrong.
        """
        return message_of(kind, self.body)

    def query(self, key: str) -> str:
        """A value of the query.

        Raises:
            Declined: it is missing.
        """
        if not (value := self.request.query.get(key, "")):
            raise Declined(f"{self.request.path} needs {key} in its query")
        return value


@dataclass(frozen=True, slots=True)
class Call:
    """One row of the contract.

    Attributes:
        key: where it carries the key; None for a call that needs none.
        answer: gives the `data` of the answer, or raises `Declined` or a `GitopsError`.
        limit: bytes of its body.
        stranger: the `data` that who has not the key is told with the refusal.
    """

    method: str
    path: str
    key: KeyIn | None
    answer: Callable[[Asked], Awaitable[Any]]
    limit: int = BODY_BYTES
    stranger: Any = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A path of the URLs that carry their own permission, and no key.

    Attributes:
        answer: gives the whole answer, or raises `Declined` or a `GitopsError`.
    """

    method: str
    path: str
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]]


def message_of(kind: type[Message], body: Any) -> Message:
    """A JSON value as a message.

    Raises:
        Declined: it is none, with the first thing that is wrong; never with a value, which may be secret.
    """
    try:
        return kind.model_validate(body)
    except ValidationError as fault:
        raise Declined(f"the request is not valid: {first(fault)}") from fault


def first(fault: ValidationError) -> str:
    """The first thing that is wrong, without the value."""
    found = fault.errors(include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, found['loc'])) or 'body'}: {found['msg']}"


def object_of(body: bytes) -> Mapping[str, Any]:
    """The JSON object of a body; an empty body is an empty object.

    Raises:
        Declined: it is none, or none that can be kept and said again.
    """
    if not body:
        return {}
    try:
        found = json.loads(body, parse_constant=_no_number)
        if b"\\ud" in body or b"\\uD" in body:  # half a character
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as fault:
        raise Declined("the request is not a JSON object") from fault
    if not isinstance(found, dict):
        raise Declined("the request is not a JSON object")
    if _deeper(found, DEEPEST):
        raise Declined(f"the request is nested deeper than {DEEPEST} levels")
    return found


def _no_number(word: str) -> None:
    raise ValueError(word)


def _deeper(value: Any, levels: int) -> bool:
    """Whether a JSON value has more levels."""
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_deeper(one, levels - 1) for one in within if isinstance(one, dict | list))
