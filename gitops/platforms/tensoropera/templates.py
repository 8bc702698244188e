"""Templates of operations: `{placeholder}` -> argument. Alone it keeps its type, inside text it becomes text."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")


def placeholders(template: Any) -> frozenset[str]:
    """The names of all arguments that a template names, at any depth."""
    match template:
        case str():
            return frozenset(_PLACEHOLDER.findall(template))
        case Mapping():
            return frozenset().union(*(placeholders(item) for item in template.values()))
        case list() | tuple():
            return frozenset().union(*(placeholders(item) for item in template))
        case _:
            return frozenset()


def filled(template: Any, arguments: Mapping[str, Any]) -> Any:
    """A template with its arguments; numbers stay numbers and null stays null where a placeholder stands alone."""
    match template:
        case str():
            whole = _PLACEHOLDER.fullmatch(template)
            if whole:
                return arguments[whole[1]]
            return _PLACEHOLDER.sub(lambda found: text_of(arguments[found[1]]), template)
        case Mapping():
            return {key: filled(item, arguments) for key, item in template.items()}
        case list() | tuple():
            return [filled(item, arguments) for item in template]
        case _:
            return template


def filled_path(template: str, arguments: Mapping[str, Any]) -> str:
    """A path with its arguments, each encoded so that it stays one piece of the path."""
    return _PLACEHOLDER.sub(lambda found: quote(text_of(arguments[found[1]]), safe=""), template)


def filled_query(template: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, str]:
    """A query; what is null is left away."""
    values = {key: filled(item, arguments) for key, item in template.items()}
    return {key: text_of(value) for key, value in values.items() if value is not None}


def text_of(value: Any) -> str:
    """An argument as text: true and false as JSON has them."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
