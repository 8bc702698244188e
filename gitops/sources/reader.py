"""Turns the text of a YAML file into plain values, document by document, in one pass over the C parser's events.

Makes nothing but dicts with text keys, lists and scalars. It does not recurse, does not trust the size of anything, and
knows nothing of kinds; what it cannot accept is a flaw with a place.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
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

from gitops.diagnostics import Code
from gitops.sources.flaws import Flaw, syntax_flaw
from gitops.sources.frames import Frame, ListFrame, MapFrame, Marks, RootFrame, Spot
from gitops.sources.scalars import plain
from gitops.sources.wording import shown

MAX_DEPTH: Final = 100
MAX_EXPANSION: Final = 100_000
"""Values that all aliases of one file may stand for together."""

MAX_VALUES: Final = 100_000
"""Values in one document: a hundred times more than any declaration has."""

MAX_DOCUMENTS: Final = 50_000
"""Documents in one file."""

MAX_FLAWS: Final = 100
"""More of one file help nobody."""

_TAG: Final = "tag:yaml.org,2002:"
_SCALAR_TAGS: Final = {"int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),)}


@dataclass(frozen=True, slots=True)
class Parsed:
    """One document of a file: its value, and where it begins (line and column from 1)."""

    content: Any
    line: int
    column: int


@dataclass(slots=True)
class Reading:
    """What a file gave.

    Attributes:
        complete: False if the rest of the file could not be read.
        marks: where keys and values stand, by the identity of their container; empty unless asked for.
    """

    documents: list[Parsed] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    complete: bool = True
    marks: dict[int, Marks] = field(default_factory=dict)


class _Stop(Exception):
    """The rest of the file is not worth or not safe to read."""


def read(text: str, *, with_marks: bool = False) -> Reading:
    """Read every document of a file.

    Args:
        text: what the file says, without a byte order mark and without characters that YAML forbids.
        with_marks: also note where everything stands; costs time and memory, so only for files that are asked about.
    """
    builder = _Builder(with_marks=with_marks)
    try:
        for event in events_of(text):
            handle = builder.handlers.get(type(event))
            if handle is not None:
                handle(event)
    except _Stop:
        builder.reading.complete = False
    except YAMLError as broken:
        builder.reading.complete = False
        builder.reading.flaws.append(syntax_flaw(broken, text))
    return builder.reading


def events_of(text: str) -> Iterator[Any]:
    """The C parser's events of a text; the indexes of their marks count its characters."""
    events: Iterator[Any] = YAML(typ="safe", pure=False).parse(io.BytesIO(text.encode()))
    return events


class _Builder:
    """Puts events together; the open containers are a stack of its own, so depth costs no recursion."""

    def __init__(self, *, with_marks: bool) -> None:
        self.reading = Reading()
        self._with_marks = with_marks
        self._stack: list[Frame] = []
        self._anchors: dict[str, tuple[Any, int] | None] = {}
        self._expanded = 0
        self._values = 0
        self.handlers: dict[type, Callable[[Any], None]] = {
            ScalarEvent: self._scalar,
            MappingStartEvent: self._open_map,
            MappingEndEvent: self._close,
            SequenceStartEvent: self._open_list,
            SequenceEndEvent: self._close,
            AliasEvent: self._alias,
            DocumentStartEvent: self._start,
            DocumentEndEvent: self._end,
        }

    def _flaw(self, code: Code, summary: str, spot: Spot, hint: str = "") -> None:
        self.reading.flaws.append(Flaw(code, summary, spot.line + 1, spot.column + 1, hint))
        if len(self.reading.flaws) == MAX_FLAWS:
            raise _Stop

    def _give_up(self, code: Code, summary: str, spot: Spot, hint: str) -> NoReturn:
        self._flaw(code, summary, spot, hint)
        raise _Stop

    def _start(self, event: Any) -> None:
        self._anchors = {}
        self._values = 0
        self._stack = [RootFrame()]
        if len(self.reading.documents) == MAX_DOCUMENTS:
            summary = f"the file holds more than {MAX_DOCUMENTS:,} documents"
            self._give_up(Code.TOO_LARGE, summary, event.start_mark, "split it into several files")

    def _end(self, event: Any) -> None:
        root = self._stack.pop()
        assert isinstance(root, RootFrame)
        spot = root.spot or event.start_mark
        self.reading.documents.append(Parsed(root.value, spot.line + 1, spot.column + 1))

    def _scalar(self, event: Any) -> None:
        value = event.value
        if event.tag is not None:
            value = self._tagged(event)
        elif event.implicit[0]:
            value = plain(value)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        self._count(event)
        frame = self._stack[-1]
        if frame.wants_key:
            self._key(frame, event)
        else:
            frame.add(value, 1, event.start_mark)

    def _count(self, event: Any) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            summary = f"the document holds more than {MAX_VALUES:,} values"
            self._give_up(Code.TOO_LARGE, summary, event.start_mark, "no declaration is that large; split it")

    def _tagged(self, event: Any) -> Any:
        tag: str = event.tag
        name = tag.removeprefix(_TAG)
        if tag in (f"{_TAG}str", "!"):
            return event.value
        if tag.startswith(_TAG) and name in _SCALAR_TAGS:
            value = plain(event.value)
            if type(value) in _SCALAR_TAGS[name]:
                return value
        self._refuse_tag(event)
        return event.value

    def _refuse_tag(self, event: Any) -> None:
        tag = event.tag.replace(_TAG, "!!")
        summary = f"the tag {shown(tag)} is not accepted here"
        hint = "remove the tag; files are data: text, numbers, true and false, lists and mappings"
        self._flaw(Code.INVALID_YAML, summary, event.start_mark, hint)

    def _key(self, frame: Frame, event: Any) -> None:
        assert isinstance(frame, MapFrame)
        merge = event.value == "<<" and event.implicit[0] and event.tag is None
        first = frame.take_key(event.value, event.start_mark, merge=merge)
        if first is not None:
            where = f": first in line {first.line + 1}" if self._with_marks else ""
            summary = f"the key {shown(event.value)} is there twice{where}"
            self._flaw(Code.DUPLICATE_KEY, summary, event.start_mark, "keep one of them")

    def _open_map(self, event: Any) -> None:
        self._open(MapFrame(event.start_mark, event.anchor, with_marks=self._with_marks), event, "map")

    def _open_list(self, event: Any) -> None:
        self._open(ListFrame(event.start_mark, event.anchor, with_marks=self._with_marks), event, "seq")

    def _open(self, frame: Frame, event: Any, kind: str) -> None:
        if event.tag is not None and event.tag not in (_TAG + kind, "!"):
            self._refuse_tag(event)
        if len(self._stack) > MAX_DEPTH:
            summary = f"lists and mappings are nested more than {MAX_DEPTH} deep"
            self._give_up(Code.NESTING_TOO_DEEP, summary, event.start_mark, "no declaration needs that depth")
        self._count(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._stack.append(frame)

    def _close(self, _event: Any) -> None:
        frame = self._stack.pop()
        for spot in frame.finish(self.reading.marks):
            summary = "`<<` takes a mapping or a list of mappings"
            self._flaw(Code.INVALID_YAML, summary, spot, "merge an alias of a mapping: `<<: *name`")
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (frame.value, frame.nodes)
        if self._with_marks:
            self.reading.marks[id(frame.value)] = frame.marks
        self._place(frame.value, frame.nodes, frame.spot)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            summary = f"the alias *{event.anchor} has no anchor &{event.anchor} before it in this document"
            self._flaw(Code.INVALID_YAML, summary, event.start_mark, "anchors do not reach across documents or files")
            target: tuple[Any, int] = (None, 1)
        else:
            known = self._anchors[event.anchor]
            if known is None:
                summary = f"the alias *{event.anchor} stands inside the anchor that it refers to"
                self._give_up(Code.ALIAS_EXPANSION, summary, event.start_mark, "write the values out instead")
            target = known
        self._expanded += target[1]
        if self._expanded > MAX_EXPANSION:
            summary = f"the aliases of this file stand for more than {MAX_EXPANSION:,} values"
            self._give_up(Code.ALIAS_EXPANSION, summary, event.start_mark, "write the values out, or in several files")
        self._place(*target, event.start_mark)

    def _place(self, value: Any, nodes: int, spot: Spot) -> None:
        frame = self._stack[-1]
        if frame.wants_key:
            assert isinstance(frame, MapFrame)
            frame.skip_value()
            hint = "write the key itself, not a list, a mapping or an alias"
            self._flaw(Code.INVALID_YAML, "a key must be a text written out", spot, hint)
        else:
            frame.add(value, nodes, spot)
