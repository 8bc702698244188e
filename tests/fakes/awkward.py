"""A platform that answers as real ones do, and not as one would wish. What it does is the fake's behind it.

Whatever it tells has crossed a wire: in another order every time, with keys that nobody knows and values that nobody
asked for, its ids in upper case or lower, and without what it was only ever told.
"""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from gitops.model.live import Absent, Live, ModelVersion, PlatformIdentity
from gitops.model.resource import Resource, ResourceType
from tests.fakes.platform import FakePlatform
from tests.fakes.whole import FakeWholePlatform

CLOUD = Resource(type=ResourceType.FEDML_CLOUD)
_NEWS = {"tenantId": "0", "createdBy": "somebody", "defaults": {"metric": "qps"}}
"""What a newer platform tells besides."""


@dataclass(frozen=True)
class Manner:
    """In which ways it is awkward.

    Attributes:
        reorders: lists, answers and keys come in another order every time.
        adds: there are keys that nobody knows, and a place that nobody asked for.
        shouts: ids are in upper case every other time.
        forgets_policy: of an autoscale policy only the bounds come back.
        forgets_place: where an endpoint runs does not come back.
        forgets_gpus: nor how many GPUs a replica has.
    """

    reorders: bool = True
    adds: bool = True
    shouts: bool = True
    forgets_policy: bool = False
    forgets_place: bool = False
    forgets_gpus: bool = False


class AwkwardPlatform:
    """A fake platform through an awkward wire; everything that is not told here is the fake's own.

    Attributes:
        behind: the platform that does the work.
        manner: may be changed between two calls.
    """

    def __init__(self, behind: FakePlatform | FakeWholePlatform, manner: Manner | None = None) -> None:
        self.behind, self.manner = behind, manner or Manner()
        self._turns = count()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)

    def live(self, name: str) -> Live:
        return self._told(self.behind.live(name))

    def identity(self) -> PlatformIdentity:
        told = self.behind.identity().model_dump()
        told["installation"] = self._id(told["installation"])
        return PlatformIdentity.model_validate(self._more(told))

    def read(self, names: Collection[str]) -> Mapping[str, Live | Absent]:
        found = {
            name: self._told(there) if isinstance(there, Live) else there
            for name, there in self.behind.read(names).items()
        }
        return self._turned(found)

    def versions(self, models: Collection[str]) -> Mapping[str, tuple[ModelVersion, ...]]:
        found = self.behind.versions(models)
        return self._turned({model: tuple(map(self._version, some)) for model, some in found.items()})

    # What it makes of an answer.

    def _version(self, version: ModelVersion) -> ModelVersion:
        told = version.model_dump()
        told["digest"] = self._id(told["digest"])
        told["secrets"] = self._turned({name: self._id(digest) for name, digest in told["secrets"].items()})
        return ModelVersion.model_validate(self._more(told))

    def _told(self, live: Live) -> Live:
        told = live.model_dump(mode="json")
        manner = self.manner
        told["digest"] = self._id(told["digest"])
        if manner.forgets_policy and live.policy is not None:
            told |= {"autoscale": None, "bounds": live.policy.bounds.model_dump(mode="json")}
        if manner.forgets_gpus:
            told |= {"gpus_per_replica": 0, "gpus_told": False}
        if manner.forgets_place:
            told["resource"] = None
        elif manner.adds and told["resource"] is None:
            told["resource"] = CLOUD.model_dump(mode="json")
        if manner.reorders:
            self._chance.shuffle(told["members"])
            if told["resource"]:
                self._chance.shuffle(told["resource"]["workers"])
        for part in (told["autoscale"], (told["autoscale"] or {}).get("policy"), told["resource"], told["rollout"]):
            if part is not None and manner.adds:
                part |= _NEWS
        return Live.model_validate(self._turned(self._more(told)))

    def _id(self, written: str | None) -> str | None:
        return written.upper() if written and self.manner.shouts and next(self._turns) % 2 else written

    def _more(self, told: dict[str, Any]) -> dict[str, Any]:
        return told | _NEWS if self.manner.adds else told

    def _turned(self, told: dict[str, Any]) -> dict[str, Any]:
        if not self.manner.reorders:
            return told
        keys = list(told)
        self._chance.shuffle(keys)
        return {key: told[key] for key in keys}

    @property
    def _chance(self) -> random.Random:
        """Another one every time, and the same ones in every run."""
        return random.Random(next(self._turns))
