"""Turns what pydantic says about a document into complaints in the user's words, each with a way to its place.

Knows the models' shape, not the files; a union that fails in several ways is one complaint.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gitops.diagnostics import Code
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
_PATTERNS: Final = {
    "version": "current, a version like v3, or sha256: or commit: with at least 7 digits",
    "url": "an address that begins with http:// or https://, without a path",
    "packages.url": "an address that begins with http:// or https://",
    "path": "a path that begins with /, without ? and #",
    "master": "a device id: up to 19 digits",
    "workers": "a device id: up to 19 digits",
}
_DEVICES: Final = frozenset(("master", "workers"))
_HINTS: Final = {
    "replicas": "the number of copies that serve, from 1 to 1000",
    "autoscale": "for example {min_replicas: 1, max_replicas: 8, requests_per_replica: 10}",
    "min_replicas": "the fewest replicas that it may have, from 1 to 1000",
    "max_replicas": "the most replicas that it may have, from 1 to 1000",
    "requests_per_replica": "the requests that one replica can answer within the window, at least 1",
    "window": "for example 60s: how far back requests are counted",
    "scale_down_delay": "for example 120s: how long fewer replicas must do before it goes down; 0s goes down at once",
    "version": "possible are current (the card as its files lie here), a version that the platform named, like v3, "
    "sha256:1f2e3d4 (a content) and commit:1f2e3d4 (the card as it was at that commit)",
    "kind": "possible are local (the embedded platform) and tensoropera",
    "url": "write it like https://open.fedml.ai or http://127.0.0.1:8080",
    "packages.url": "for example https://packages.example.com/{model}/{digest}.zip",
    "path": "below the platform's url, for example /fedmlModelServer/api/v1/endpoint/autoscale; queries go into query",
    "gpus_per_replica": "GPUs that every replica gets, from 0 to 64",
    "max_unavailable": "for example 0, 1 or 25%",
    "max_surge": "for example 0, 1 or 25%",
    "batches": "for example [1, 50%, 100%]",
    "progress_deadline": "for example 90s or 10m",
    "depends_on": "names of declared endpoints, for example [embedder]",
    "deletion": "possible are allow and protect",
    "limits": "for example {deletes: 1, updates: 30%}",
    "deletes": "how many endpoints one apply may delete unacknowledged, for example 0, 1 or 10%",
    "adoptions": "how many endpoints of nobody one apply may take over unacknowledged, for example 0 or 1",
    "updates": "how many endpoints one apply may change unacknowledged, for example 10 or 30%",
    "capacity_drop": "how many replicas one apply may take away unacknowledged, for example 5 or 20%",
    "protect": "names of endpoints that are never deleted, for example [aloha]",
    "history": "for example {remote: origin}",
    "remote": "the name of a remote of the repository, for example origin",
    "previously": "the name that the environment had before, for example staging",
    "include": "for example [models/*.yaml, endpoints/*.yaml]",
    "environments": "for example environments: {local: {platform: {kind: local}}}",
    "platform": "for example platform: {kind: local}",
    "resource": "for example {type: on_premise, master: 101, workers: [102, 103]}",
    "workers": "device ids as the platform shows them, for example [102, 103]",
    "master": "a device id as the platform shows it, for example 101",
    "type": "possible are on_premise, fedml_cloud and public_cloud",
    "operations": "name -> {method, path, auth, body}; the documentation has a table of them",
    "ca_bundle": "a PEM file, relative to gitops.yaml",
    "port": "the port that the model listens on, from 1 to 65535",
    "environment_variables": "for example {LEVEL: debug}",
    "model": "the name of a declared model card",
    "workspace": "the folder with the card's files, relative to this file",
    "memory": "for example 512m or 8g, a bare number is bytes; leave it out for no limit",
    "deploy_timeout_sec": "seconds that a bootstrap, and then a replica, may take to get ready, for example 600",
    "deploy_timeout": "seconds that a bootstrap, and then a replica, may take to get ready, for example 600",
    "request_timeout_sec": "seconds that a replica may take to begin its answer, for example 30",
    "readiness_probe": "for example /ready, or {httpGet: {path: /ready}}",
    "liveness_probe": "for example /ready, or {httpGet: {path: /ready}}",
    "service": "for example {httpPost: {path: /predict}}",
}
"""By the last key of the way, or the last two where one says too little."""


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
            hint = _told(_HINTS, steps, f"add {name}:")
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
    hint = _told(_HINTS, steps, f"write {expected}")
    if isinstance(value, str) and _EXPECTED.get(type(plain(value)).__name__) in wanted:
        hint = "remove the quotes"
    elif isinstance(value, int | float) and _EXPECTED["string"] in wanted and _last_key(steps) not in _PATTERNS:
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
    hint = _told(_HINTS, steps, f"correct the value of {name}")
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
            return f"must be {_told(_PATTERNS, steps, context['pattern'])}"
        case "greater_than_equal" | "less_than_equal" | "greater_than" | "less_than" as kind:
            word, key = _LIMITS[kind]
            return f"must be {word} {context[key]}"
        case "literal_error" | "enum":
            return f"must be {_possible(detail)}"
        case "too_short":
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
