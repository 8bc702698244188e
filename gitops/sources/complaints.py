"""Turns what pydantic says about a document into complaints in the user's words, each with a way to its place.

Knows the models' shape, not the files; a union that fails in several ways is one complaint.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gitops.diagnostics import Code
from gitops.sources.hints import HINTS, PATTERNS
from gitops.sources.scalars import plain
from gitops.sources.shape import is_secret, keys_at
from gitops.sources.steps import Steps, followed
from gitops.sources.wording import described, did_you_mean, listing, shown

MOST: Final = 100
"""Complaints about one document; more help nobody."""

_EXPECTED: Final = {
    "int": "a whole number",
    "float": "a number",
    "string": "a text",
    "str": "a text",
    "bool": "true or false",
    "dict": "a mapping",
    "list": "a list",
    "tuple": "a list",
    "model": "a mapping",
}
"""By the beginning of pydantic's error type, or the name of a Python type."""

_LIMITS: Final = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("more than", "gt"),
    "less_than": ("less than", "lt"),
}
_NAME_PATTERN: Final = "^[a-z0-9][a-z0-9-]{0,62}$"
_NAME_RULE: Final = "must be a name of at most 63 lower-case letters, digits and hyphens"
_NAME_HINT: Final = "for example aloha-v2; a name begins with a letter or a digit"
_CHOICES: Final = frozenset(("literal_error", "enum"))
_REPLICAS: Final = frozenset(("replicas", "min_replicas", "max_replicas"))
_NO_ZERO: Final = "scale to zero is not offered; the least is 1"
_ONLY_THE_START: Final = "under autoscale it is only the number to begin with; without it, min_replicas is"
_DEVICES: Final = frozenset(("master", "workers"))


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a document: the way to it, and whether the key is at fault rather than its value."""

    code: Code
    summary: str
    steps: Steps
    at_key: bool = False
    hint: str = ""


def complaints(
    model: type[BaseModel], content: Mapping[str, Any], invalid: ValidationError, unfilled: Collection[Steps] = ()
) -> list[Complaint]:
    """Everything that a model does not accept of a document, one complaint for each place.

    Args:
        content: what the model was given.
        unfilled: ways to values that could not be filled in; a complaint of those is already made.
    """
    found: dict[tuple[Steps, bool], list[ErrorDetails]] = {}
    known = set(unfilled)
    for detail in invalid.errors(include_url=False):
        steps = _steps(content, detail)
        if not _miscounted(detail) and not any(steps[:count] in known for count in range(len(steps) + 1)):
            found.setdefault((steps, detail["type"] == "missing"), []).append(detail)
    outer = {steps[:count] for steps, _ in found for count in range(len(steps))}
    telling = [
        (steps, details)
        for (steps, _), details in found.items()
        # one member of a union took the value and complains about what is in it; the other members say nothing
        if steps not in outer or not all(_wanted(detail) for detail in details)
    ]
    made = [_complaint(model, steps, details) for steps, details in telling[:MOST]]
    if len(telling) > MOST:
        summary = f"this document has {len(telling) - MOST:,} more mistakes"
        hint = "correct the first ones, then look again"
        made.append(Complaint(Code.INVALID_VALUE, summary, telling[MOST][0], hint=hint))
    return made


def _steps(content: Any, detail: ErrorDetails) -> Steps:
    """The part of pydantic's location that is in the document; it also names the members of unions."""
    steps: Steps = ()
    value = content
    for step in detail["loc"]:
        if followed(value, (step,)):
            steps, value = (*steps, step), value[step]
    if detail["type"] == "missing":
        return (*steps, detail["loc"][-1])
    if detail["type"] == "union_tag_not_found" or (detail["type"] == "union_tag_invalid" and isinstance(value, dict)):
        return (*steps, _plain(detail, "discriminator"))
    return steps


def _miscounted(detail: ErrorDetails) -> bool:
    """Pydantic counts only items that are valid; the others have complaints of their own."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail.get("ctx", {})["min_length"]


def _complaint(model: type[BaseModel], steps: Steps, details: list[ErrorDetails]) -> Complaint:
    detail = details[0]
    name = _name(steps)
    match detail["type"]:
        case "extra_forbidden":
            return _unknown_key(model, steps, detail)
        case "missing" | "union_tag_not_found":
            hint = _told(HINTS, steps, f"add {name}:")
            return Complaint(Code.MISSING_KEY, f"the key {name} is missing", steps, at_key=True, hint=hint)
        case _ if "[key]" in detail["loc"]:
            summary = f"the key {name} {_NAME_RULE}"
            return Complaint(Code.INVALID_VALUE, summary, steps, at_key=True, hint=_NAME_HINT)
        case "union_tag_invalid":
            return _wrong_kind(steps, detail)
        case _ if detail["input"] is None:
            return Complaint(Code.WRONG_TYPE, f"{name} has no value", steps, hint="write one, or remove the key")
        case _ if all(_wanted(detail) for detail in details):
            return _wrong_type(steps, details)
        case _:
            return _wrong_value(steps, details, secret=is_secret(model, steps))


def _wrong_kind(steps: Steps, detail: ErrorDetails) -> Complaint:
    possible = tuple(_plain(detail, "expected_tags").split(", "))
    given = detail["input"][steps[-1]]
    summary = f"{_name(steps)} must be {' or '.join(possible)}, not {described(given)}"
    hint = did_you_mean(str(given), possible, f"possible are {listing(possible, 8)}")
    return Complaint(Code.INVALID_VALUE, summary, steps, hint=hint)


def _unknown_key(model: type[BaseModel], steps: Steps, detail: ErrorDetails) -> Complaint:
    # Pydantic's own way also names the kind, where several are possible.
    possible = keys_at(model, detail["loc"][:-1]) or keys_at(model, steps[:-1])
    key = str(steps[-1])
    where = f" in {_name(steps[:-1])}" if len(steps) > 1 else ""
    hint = did_you_mean(key, possible, f"possible are {listing(possible, 8)}")
    return Complaint(Code.UNKNOWN_KEY, f"the key {shown(key)} is not known{where}", steps, at_key=True, hint=hint)


def _wrong_type(steps: Steps, details: list[ErrorDetails]) -> Complaint:
    value = details[0]["input"]
    wanted = dict.fromkeys(_wanted(detail) for detail in details)
    if _EXPECTED["float"] in wanted:
        wanted.pop(_EXPECTED["int"], None)
    expected = " or ".join(wanted)
    if _last_key(steps) in _DEVICES:
        expected = expected.replace(_EXPECTED["string"], "a device id")
    hint = _told(HINTS, steps, f"write {expected}")
    if isinstance(value, str) and _EXPECTED.get(type(plain(value)).__name__) in wanted:
        hint = "remove the quotes"
    elif isinstance(value, int | float) and _EXPECTED["string"] in wanted and _last_key(steps) not in PATTERNS:
        hint = "put it in quotes"
    summary = f"{_name(steps)} must be {expected}, not {described(value)}"
    return Complaint(Code.WRONG_TYPE, summary, steps, hint=hint)


def _wanted(detail: ErrorDetails) -> str:
    """The type that a value should have; empty if its type is not what is wrong."""
    kind = detail["type"]
    if kind.endswith(("_type", "_parsing")) or kind == "int_from_float":
        return _EXPECTED.get(kind.split("_")[0], "")
    return ""


def _wrong_value(steps: Steps, details: list[ErrorDetails], *, secret: bool) -> Complaint:
    name = _name(steps)
    telling = next(detail for detail in details if not _wanted(detail))
    value = telling["input"]
    given = "this text" if secret and isinstance(value, str | int | float) else described(value)
    rule = _rule(steps, telling)
    hint = _told(HINTS, steps, f"correct the value of {name}")
    if _last_key(steps) in _REPLICAS and value == 0:
        hint = _NO_ZERO
    elif _last_key(steps) == "replicas" and telling["type"] == "value_error":
        hint = _ONLY_THE_START
    elif rule == _NAME_RULE:
        hint = _NAME_HINT
    elif telling["type"] in _CHOICES:
        possible = _possible(telling).replace(" or ", ", ").split(", ")
        hint = did_you_mean(
            str(value), possible, f"possible {'is' if len(possible) == 1 else 'are'} {listing(possible)}"
        )
    if isinstance(value, dict) and telling["type"] == "value_error":
        joined = rule  # it is about what is in the mapping
    else:
        joined = f"{rule}; it is {given}" if " not " in rule else f"{rule}, not {given}"
    return Complaint(Code.INVALID_VALUE, f"{name} {joined}", steps, hint=hint)


def _rule(steps: Steps, detail: ErrorDetails) -> str:
    """What the value must be, as the end of a sentence that begins with its key."""
    context = detail.get("ctx", {})
    match detail["type"]:
        case "string_pattern_mismatch" if context["pattern"] == _NAME_PATTERN:
            return _NAME_RULE
        case "string_pattern_mismatch":
            return f"must be {_told(PATTERNS, steps, context['pattern'])}"
        case "greater_than_equal" | "less_than_equal" | "greater_than" | "less_than" as kind:
            word, key = _LIMITS[kind]
            return f"must be {word} {context[key]}"
        case "literal_error" | "enum":
            return f"must be {_possible(detail)}"
        case "too_short" | "string_too_short":
            return "must not be empty"
        case "too_long":
            return f"must not have more than {context['max_length']} entries"
        case "value_error":
            return str(context.get("error", "is not accepted"))
        case _:
            return "is not accepted"


def _possible(detail: ErrorDetails) -> str:
    return _plain(detail, "expected")


def _plain(detail: ErrorDetails, key: str) -> str:
    """A part of what pydantic says about an error, without its quotes."""
    return str(detail.get("ctx", {})[key]).replace("'", "")


def _last_key(steps: Steps) -> str:
    return next((step for step in reversed(steps) if isinstance(step, str)), "")


def _told(table: Mapping[str, str], steps: Steps, otherwise: str) -> str:
    keys = [step for step in steps if isinstance(step, str)]
    return table.get(".".join(keys[-2:]), table.get(_last_key(steps), otherwise))


def _name(steps: Steps) -> str:
    """A way in people's words: `rollout.batches[2]`, items counted from 1."""
    text = ""
    for step in steps:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{shown(step)}" if text else shown(step)
    return text
