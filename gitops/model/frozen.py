"""The two temperaments of our models: what people wrote is strict, what a platform said is tolerant."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Written by people or by us: an unknown key is a mistake with a place."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


class Tolerant(BaseModel):
    """Reported by a platform: a newer platform that says more is no error."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, defer_build=True)
