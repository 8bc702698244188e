"""Changes one value in the text of a YAML file, and leaves every other character as it is.

Nothing is written anew that need not be: comments, order, quotes, indentation and line ends stay.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from gitops.sources.exactness import contents, says, with_value, without
from gitops.sources.outline import Entry, Form, Node, outline
from gitops.sources.scalars import plain
from gitops.sources.steps import Steps, followed

Written: TypeAlias = str | int | Sequence["Written"] | Mapping[str, "Written"] | None
"""A value to write; None is `null`."""

_MERGE: Final = "<<"
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*")
_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class CannotSplice(Exception):
    """The value cannot be changed without changing something else; says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class _Splice:
    """A part of a text and what takes its place."""

    start: int
    end: int
    text: str


def put(text: str, index: int, steps: Steps, value: Written) -> str:
    """The text with a value put at the end of a way; keys on the way that are not there are added.

    Args:
        index: which document of the text, from 0.
        steps: the way to the value, by keys.

    Raises:
        CannotSplice: it comes from an alias or a merge, has an anchor, is no mapping where there has to be one, or is
            written so that something else would change with it.
    """
    before = contents(text)
    for splice in _putting(text, _document(text, index), steps, value, followed(before[index], steps)):
        text = text[: splice.start] + splice.text + text[splice.end :]
    return _exact(text, [*before[:index], with_value(before[index], steps, value), *before[index + 1 :]])


def drop(text: str, index: int, steps: Steps) -> str:
    """The text without a key, which is there.

    Raises:
        CannotSplice: as `put` does.
    """
    parent = _document(text, index)
    for step in steps[:-1]:
        parent = _own(_written(parent, step).value)
    _written(parent, steps[-1])
    if _MERGE in parent.entries:
        raise CannotSplice("may have another value from a YAML merge (<<)")
    before = contents(text)
    splice = _dropping(text, parent, str(steps[-1]))
    text = text[: splice.start] + splice.text + text[splice.end :]
    return _exact(text, [*before[:index], without(before[index], steps), *before[index + 1 :]])


def _exact(text: str, expected: list[Any]) -> str:
    """Refuse a text that says anything else: a value in front may go on where something was taken away."""
    if not says(text, expected):
        raise CannotSplice("is written so that something else would change with it")
    return text


def _document(text: str, index: int) -> Node:
    node = outline(text)[index]
    if node is None or node.form is not Form.MAPPING:
        raise CannotSplice("is not in a mapping")
    return _own(node)


def _own(node: Node) -> Node:
    """The node, if what is written there counts there only."""
    if node.form is Form.ALIAS:
        raise CannotSplice("comes from a YAML alias")
    if node.anchor:
        raise CannotSplice(f"is what the YAML anchor &{node.anchor} stands for")
    return node


def _unreferenced(node: Node) -> None:
    """Refuse to take away what an alias elsewhere may stand for."""
    inner = [node]
    while inner:
        one = inner.pop()
        if one.anchor:
            raise CannotSplice(f"holds what the YAML anchor &{one.anchor} stands for")
        inner += [*one.items, *(entry.value for entry in one.entries.values())]


def _orderly(text: str, node: Node) -> None:
    """Refuse where lines do not tell what belongs to which key: `? key`, and keys that are nothing."""
    inner = [node]
    while inner:
        one = inner.pop()
        for key, entry in () if one.flow else one.entries.items():
            if not key or text[_line_start(text, entry.start) : entry.start].strip(" -"):
                raise CannotSplice("stands among keys that do not begin their lines")
        inner += [*one.items, *(entry.value for entry in one.entries.values())]


def _written(node: Node, step: str | int) -> Entry:
    """A key that is there, if it is written there."""
    entry = node.entries.get(str(step))
    if entry is None:
        raise CannotSplice("comes from a YAML merge (<<)")
    return entry


def _putting(text: str, node: Node, steps: Steps, value: Written, known: int) -> list[_Splice]:
    """The splices that put a value, the last one in the text first.

    Args:
        known: how many of the steps lead somewhere, written or merged in.
    """
    for count, step in enumerate(steps):
        if node.form is not Form.MAPPING:
            return [_replacing(text, node, _nested(steps[count:], value))]
        if count == known and str(step) not in node.entries:
            return [_adding(text, node, str(step), _nested(steps[count + 1 :], value))]
        node = _own(_written(node, step).value)
    if node.form is Form.LIST and isinstance(value, Sequence) and not isinstance(value, str) and node.items and value:
        return _list(text, node, value)
    return [_replacing(text, node, value)]


def _nested(steps: Steps, value: Written) -> Written:
    for step in reversed(steps):
        value = {str(step): value}
    return value


def _replacing(text: str, node: Node, value: Written) -> _Splice:
    _unreferenced(node)
    written = flow(value, node.quote)
    if node.start == node.end:  # a key without a value: its mark is behind the colon
        return _Splice(node.start, node.end, f" {written}")
    if node.form is Form.LIST and not node.flow:  # it may stand below its key, where nothing else may
        written = f"  {written}"
    if text[node.end : node.end + 1] == "#":  # a bracket or a quote may have a comment close behind it
        written = f"{written} "
    return _Splice(node.start, node.end, written)


def _adding(text: str, node: Node, key: str, value: Written) -> _Splice:
    """A key at the end of a mapping, in the mapping's own style."""
    last = max(node.entries.values(), key=lambda entry: entry.start, default=None)
    if node.flow or last is None:
        place = last.value.end if last is not None else node.start + 1
        return _Splice(place, place, f"{', ' if last is not None else ''}{key}: {flow(value)}")
    _orderly(text, node)
    place = _line_end(text, node.end)
    return _Splice(place, place, _newline(text) + _block(key, value, last.column, _newline(text)))


def _block(key: str, value: Written, column: int, newline: str) -> str:
    """A key and its value as lines of a mapping that is indented by `column`."""
    if not isinstance(value, Mapping):
        return f"{' ' * column}{key}: {flow(value)}"
    lines = [f"{' ' * column}{key}:", *(f"{' ' * (column + 2)}{name}: {flow(item)}" for name, item in value.items())]
    return newline.join(lines)


def _dropping(text: str, node: Node, key: str) -> _Splice:
    entry = node.entries[key]
    _unreferenced(entry.value)
    ordered = sorted(node.entries.values(), key=lambda entry: entry.start)
    at = ordered.index(entry)
    if node.flow:
        if at > 0:
            return _Splice(ordered[at - 1].value.end, entry.value.end, "")
        return _Splice(entry.start, ordered[1].start if len(ordered) > 1 else entry.value.end, "")
    _orderly(text, node)
    if len(ordered) == 1:
        return _Splice(node.start, node.end, "{}")
    return _lines(text, _line_start(text, entry.start), entry.value.end)


def _lines(text: str, start: int, end: int) -> _Splice:
    """Without the lines from a line's start to the one in which `end` is."""
    after = _line_end(text, end)
    found = _BREAK.match(text, after)
    if found is not None:
        return _Splice(start, found.end(), "")
    before = text[:start].removesuffix("\n").removesuffix("\r")
    return _Splice(len(before), after, "")


def _list(text: str, node: Node, values: Sequence[Written]) -> list[_Splice]:
    """A list item by item, so that what is written beside an item stays with it."""
    for item in node.items:
        _own(item)
    both = min(len(node.items), len(values))
    kept = [
        _replacing(text, item, value)
        for item, value in zip(node.items[:both], values[:both], strict=True)
        if flow(value, item.quote) != text[item.start : item.end]
    ]
    splices = kept[::-1]
    last = node.items[both - 1]
    if len(values) > both:
        place = last.end if node.flow else _line_end(text, last.end)
        lead = ", " if node.flow else f"{_newline(text)}{' ' * node.column}- "
        splices.insert(0, _Splice(place, place, "".join(f"{lead}{flow(value)}" for value in values[both:])))
    elif len(node.items) > both:
        end = node.items[-1].end
        splices.insert(
            0,
            _Splice(last.end, end, "") if node.flow else _lines(text, _line_start(text, node.items[both].start), end),
        )
    return splices


def flow(value: Written, quote: str = "") -> str:
    """A value on one line, as it may stand in a mapping of either style.

    Args:
        quote: how the value that it takes the place of was quoted.
    """
    match value:
        case None:
            return "null"
        case str():
            return _text(value, quote)
        case int():
            return str(value)
        case Mapping():
            return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
        case _:
            return "[" + ", ".join(flow(item) for item in value) + "]"


def _text(value: str, quote: str) -> str:
    if quote == "'" and value.isprintable():
        doubled = value.replace("'", "''")
        return f"'{doubled}'"
    if quote or not _PLAIN.fullmatch(value) or (plain(value) != value and not _keeps(value)):
        return json.dumps(value, ensure_ascii=False)
    return value


def _keeps(value: str) -> bool:
    """Whether a text of digits says the same as a number: no leading zero, no exponent."""
    number = plain(value)
    return isinstance(number, int) and not isinstance(number, bool) and str(number) == value


def _newline(text: str) -> str:
    """How the lines of a text end."""
    return "\r\n" if "\r\n" in text else "\n"


def _line_end(text: str, place: int) -> int:
    found = _BREAK.search(text, place)
    return found.start() if found is not None else len(text)


def _line_start(text: str, place: int) -> int:
    return max((found.end() for found in _BREAK.finditer(text, 0, place)), default=0)
