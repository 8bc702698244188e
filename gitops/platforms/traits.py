"""What is known of each kind of platform without asking one: the field table and the card's keys."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final, assert_never

from gitops.model.desired import Environment, LocalPlatform, TensorOperaPlatform
from gitops.model.field import Effect, FieldRule, FieldTable, Level, Traits
from gitops.platforms.cardkeys import (
    LOCAL_CARD_KEYS,
    LOCAL_NOT_APPLICABLE,
    TENSOROPERA_CARD_KEYS,
    TENSOROPERA_NOT_APPLICABLE,
)

LOCAL: Final = Traits(
    kind="local",
    title="the embedded platform",
    fields={
        "model": FieldRule(level=Level.NATIVE, effect=Effect.IMMUTABLE),
        "version": FieldRule(level=Level.NATIVE, effect=Effect.ROLLING),
        "replicas": FieldRule(level=Level.NATIVE, effect=Effect.IN_PLACE),
        "gpus_per_replica": FieldRule(
            level=Level.EMULATED, effect=Effect.ROLLING, note="counted, not reserved; with 0 a replica sees no GPU"
        ),
        "autoscale": FieldRule(level=Level.NATIVE, effect=Effect.IN_PLACE),
        "resource": FieldRule(
            level=Level.UNSUPPORTED,
            effect=Effect.IN_PLACE,
            note="it runs on this machine only; declare resource in an overlay of the environment that has devices",
        ),
    },
    card_keys=LOCAL_CARD_KEYS,
    needs_entry_point=True,
    not_applicable=LOCAL_NOT_APPLICABLE,
)


_EDIT: Final = "Model Serving > Endpoints > the endpoint > Edit"
_ITS_OWN_WINDOWS: Final = "it rolls in place by itself, at most a tenth of the replicas (at least 1) at a time"

TENSOROPERA: Final = Traits(
    kind="tensoropera",
    title="TensorOpera AI",
    fields={
        "model": FieldRule(level=Level.NATIVE, effect=Effect.IMMUTABLE),
        "version": FieldRule(level=Level.NATIVE, effect=Effect.ROLLING),
        "replicas": FieldRule(level=Level.NATIVE, effect=Effect.IN_PLACE),
        "gpus_per_replica": FieldRule(level=Level.MANUAL, effect=Effect.ROLLING, where=f"{_EDIT} > GPUs Per Replica"),
        "autoscale": FieldRule(level=Level.MANUAL, effect=Effect.IN_PLACE, where=f"{_EDIT} > Auto Scaling"),
        "resource": FieldRule(level=Level.NATIVE, effect=Effect.ROLLING),
    },
    card_keys=TENSOROPERA_CARD_KEYS,
    needs_entry_point=False,
    not_applicable=TENSOROPERA_NOT_APPLICABLE,
    dishonoured={
        "max_unavailable": _ITS_OWN_WINDOWS,
        "max_surge": f"{_ITS_OWN_WINDOWS}, and starts none on top",
        "batches": f"{_ITS_OWN_WINDOWS}, and cannot hold in between",
    },
    rolls_whole=True,
    sizes_creation=False,
    needs_resource=True,
    lists_versions=False,
    counts=False,
)
"""Without operations of the environment's own."""


def traits_of(environment: Environment) -> Traits:
    """The traits of an environment's platform; what it can do follows from the operations that there are."""
    match environment.platform:
        case LocalPlatform():
            return replace(LOCAL, strict=environment.strict)
        case TensorOperaPlatform() as settings:
            return replace(TENSOROPERA, fields=_with_operations(settings.operations), strict=environment.strict)
        case _:
            assert_never(environment.platform)


_OPERATIONS: Final = {"set_autoscale": "autoscale", "set_gpus": "gpus_per_replica"}
"""Name of an operation that only an environment can know -> the field that it can set."""


def _with_operations(known: Collection[str]) -> FieldTable:
    able = {field for operation, field in _OPERATIONS.items() if operation in known}
    return {
        field: rule.model_copy(update={"level": Level.EMULATED, "where": ""}) if field in able else rule
        for field, rule in TENSOROPERA.fields.items()
    }
