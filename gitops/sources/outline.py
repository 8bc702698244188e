"""Turns the text of a YAML file into an outline: where in the text every key and value of its documents stands.

Offsets count characters. Made for texts that the reader accepted; it keeps no values but their spelling.
"""

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from gitops.sources.reader import events_of

_KEEPS: Final = re.compile(r"(?:[&!]\S*\s+)*[|>][1-9]?\+")
_LAST_BREAK: Final = re.compile(r"(?:\r\n|[\n\r\x85\u2028\u2029])\Z")


class Form(Enum):
    """What a value is written as."""

    SCALAR = auto()
    MAPPING = auto()
    LIST = auto()
    ALIAS = auto()


@dataclass(slots=True)
class Entry:
    """A key of a mapping with its value."""

    start: int
    column: int
    value: "Node"


@dataclass(slots=True)
class Node:
    """A value as it is written.

    Attributes:
        start: of its first character, an anchor or a tag in front included.
        end: behind its last character; comments and empty lines behind it are not part of it.
        column: of its first character.
        flow: whether it is written in brackets.
        anchor: its name; empty where it has none.
        quote: `'`, `"` or empty.
        entries: of a mapping, by key, `<<` among them.
        items: of a list.
    """

    form: Form
    start: int
    end: int
    column: int
    flow: bool = False
    anchor: str = ""
    quote: str = ""
    entries: dict[str, Entry] = field(default_factory=dict)
    items: list["Node"] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    """A container that is being read, and the key whose value comes next."""

    node: Node
    key: Any = None

    def take(self, event: Any, node: Node) -> None:
        if self.node.form is Form.LIST:
            self.node.items.append(node)
        elif self.key is None:
            self.key = event
        else:
            mark = self.key.start_mark
            self.node.entries.setdefault(self.key.value, Entry(mark.index, mark.column, node))
            self.key = None
        if not self.node.flow:
            self.node.end = max(self.node.end, node.end)


def outline(text: str) -> list[Node | None]:
    """The value of every document of a file; None for one without any."""
    documents: list[Node | None] = []
    stack: list[_Open] = []
    for event in events_of(text):
        match event:
            case DocumentStartEvent():
                # A list holds the document's value while it is read; it is no part of the outline.
                stack = [_Open(Node(Form.LIST, 0, 0, 0))]
            case DocumentEndEvent():
                documents.append(next(iter(stack[0].node.items), None))
            case ScalarEvent():
                stack[-1].take(event, _scalar(event, text))
            case AliasEvent():
                stack[-1].take(event, _node(event, Form.ALIAS))
            case MappingStartEvent() | SequenceStartEvent():
                form = Form.MAPPING if isinstance(event, MappingStartEvent) else Form.LIST
                stack.append(_Open(_node(event, form)))
            case MappingEndEvent() | SequenceEndEvent():
                node = stack.pop().node
                node.end = event.end_mark.index if node.flow else node.end
                stack[-1].take(event, node)
            case _:
                continue
    return documents


def _node(event: Any, form: Form) -> Node:
    mark = event.start_mark
    flow = form in (Form.MAPPING, Form.LIST) and event.flow_style
    anchor = event.anchor if form is not Form.ALIAS else ""
    return Node(form, mark.index, event.end_mark.index, mark.column, flow=bool(flow), anchor=anchor or "")


def _scalar(event: Any, text: str) -> Node:
    node = _node(event, Form.SCALAR)
    node.quote = event.style if event.style in ("'", '"') else ""
    if event.style in ("|", ">"):
        written = text[node.start : node.end]
        # What `+` keeps is part of the value; the last line's end is not, as it is not of any other value.
        ended = _LAST_BREAK.sub("", written) if _KEEPS.match(written) else written.rstrip()
        node.end = node.start + len(ended)
    return node
