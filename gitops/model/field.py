"""The field table: what each platform can do with each field of an endpoint, and what a change of it costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gitops.model.frozen import Strict


class Level(StrEnum):
    """How well a platform honours a field."""

    NATIVE = "native"
    EMULATED = "emulated"
    MANUAL = "manual"
    UNSUPPORTED = "unsupported"


class Effect(StrEnum):
    """What a change of a field does to the endpoint's replicas."""

    IN_PLACE = "in place"
    ROLLING = "rolling"
    DOWNTIME = "downtime"
    IMMUTABLE = "immutable"


class FieldRule(Strict):
    """One row of the table; `note` is for people, never read by logic."""

    level: Level
    effect: Effect
    note: str = ""


FieldTable = Mapping[str, FieldRule]
"""State field of an endpoint -> its rule on one platform."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a kind of platform without asking one.

    Attributes:
        title: how people call it, used in sentences: "the embedded platform".
        card_keys: keys of a model card that it acts on; any other counts in the digest only.
        needs_entry_point: whether a card without `entry_point` cannot run there.
        not_applicable: key of a model card -> why the platform has nothing that the key could mean, for people.
    """

    kind: str
    title: str
    fields: FieldTable
    card_keys: frozenset[str]
    needs_entry_point: bool
    not_applicable: Mapping[str, str] = field(default_factory=dict)
