"""What is known of each kind of platform without asking one: the field table and the card's keys."""

from typing import Final, assert_never

from gitops.model.desired import LocalPlatform
from gitops.model.field import Effect, FieldRule, Level, Traits
from gitops.platforms.cardkeys import LOCAL_CARD_KEYS, LOCAL_NOT_APPLICABLE

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
    },
    card_keys=LOCAL_CARD_KEYS,
    needs_entry_point=True,
    not_applicable=LOCAL_NOT_APPLICABLE,
)


def traits_of(platform: LocalPlatform) -> Traits:
    """The traits of the platform that an environment names."""
    match platform:
        case LocalPlatform():
            return LOCAL
        case _:
            assert_never(platform)
