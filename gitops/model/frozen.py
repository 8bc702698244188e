"""The two temperaments of our models: what people wrote is strict, what a platform said is tolerant."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Strict(BaseModel):
    """Written by people or by us: an unknown key is a mistake with a place."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


class Tolerant(BaseModel):
    """Reported by a platform: a newer platform that says more is no error."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, defer_build=True)


def as_told(model: type[BaseModel]) -> BeforeValidator:
    """Read what people write strictly as tolerant where a platform tells it: keys that nobody knows are left out."""

    def known(told: Any) -> Any:
        return {key: told[key] for key in told if key in model.model_fields} if isinstance(told, Mapping) else told

    return BeforeValidator(known)
