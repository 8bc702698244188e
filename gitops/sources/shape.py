"""What the models say about a place in a document: which keys it may have, and whether it holds a secret."""

import types
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from gitops.model.secret import Secret
from gitops.sources.steps import Steps


@lru_cache(maxsize=4096)
def is_secret(model: type[BaseModel], steps: Steps) -> bool:
    """Whether the value there is a secret."""
    return Secret in _types_at(model, steps)


def keys_at(model: type[BaseModel], steps: Steps) -> tuple[str, ...]:
    """The keys that the mapping there may have; empty where any key is allowed.

    Args:
        steps: the way there; where one of several kinds is meant, its `kind` may stand as a step of its own.
    """
    return tuple(key for found in _types_at(model, steps) if _is_model(found) for key in found.model_fields)


def _types_at(annotation: Any, steps: Steps) -> Iterator[Any]:
    members = tuple(_members(annotation))
    kinds = [member for member in members if _is_model(member) and steps and steps[0] in _kinds(member)]
    if len(members) > 1 and kinds:
        yield from _types_at(kinds[0], steps[1:])
        return
    for member in members:
        if not steps:
            yield member
        elif _is_model(member):
            field = member.model_fields.get(str(steps[0]))
            if field is not None:
                yield from _types_at(field.annotation, steps[1:])
        elif get_origin(member) in (dict, list, tuple):
            yield from _types_at(get_args(member)[1 if get_origin(member) is dict else 0], steps[1:])


def _members(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _kinds(model: type[BaseModel]) -> tuple[Any, ...]:
    """What the `kind` of a model may be."""
    kind = model.model_fields.get("kind")
    return get_args(kind.annotation) if kind is not None else ()


def _is_model(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, BaseModel)
