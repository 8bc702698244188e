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
    """One row of the table.

    Attributes:
        note: for people, never read by logic.
        where: the place in the platform's console; for a field that is changed there by hand.
    """

    level: Level
    effect: Effect
    note: str = ""
    where: str = ""


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
        dishonoured: key of an endpoint's `rollout` -> why the platform cannot honour it, for people.
        rolls_whole: whether it rolls out by itself, in its own windows (`model.windows`), and cannot hold in between.
        sizes_creation: whether an endpoint can be created with a number of replicas; else it is scaled afterwards.
        needs_resource: whether an endpoint cannot be created without `resource`.
        lists_versions: whether it tells every version of a card; else the newest only.
        counts: whether it counts requests; else an observation asks each endpoint once by itself.
        strict: whether policy that cannot be honoured is refused; the environment's word.
    """

    kind: str
    title: str
    fields: FieldTable
    card_keys: frozenset[str]
    needs_entry_point: bool
    not_applicable: Mapping[str, str] = field(default_factory=dict)
    dishonoured: Mapping[str, str] = field(default_factory=dict)
    rolls_whole: bool = False
    sizes_creation: bool = True
    needs_resource: bool = False
    lists_versions: bool = True
    counts: bool = True
    strict: bool = False
