"""Values of an endpoint's fields -> the words in which people compare them."""

from typing import assert_never

from gitops.model.autoscale import Autoscale, Bounds, bounds_text, policy_move, policy_text
from gitops.model.change import Value, VersionRef
from gitops.model.resource import Resource, resource_text
from gitops.views.names import version_text


def value_text(value: Value) -> str:
    """One value; none is said to be none."""
    match value:
        case VersionRef():
            return version_text(value)
        case Autoscale():
            return policy_text(value)
        case Bounds():
            return bounds_text(value)
        case Resource():
            return resource_text(value)
        case None:
            return "(none)"
        case int() | str():
            return str(value)
    assert_never(value)


def move_text(old: Value, new: Value) -> tuple[str, str]:
    """Both values; of two policies only what differs."""
    if isinstance(old, Autoscale) and isinstance(new, Autoscale) and old != new:
        return policy_move(old, new)
    return value_text(old), value_text(new)
