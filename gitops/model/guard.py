"""What keeps a plan from being applied although it is right: limits, and the counts that acknowledge more."""

import re
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field

from gitops.model.frozen import Strict
from gitops.model.quantity import Quantity


class Guard(StrEnum):
    """What is counted before a plan may be applied; all but the last are acknowledged under their own names."""

    ADOPTIONS = "adoptions"
    CAPACITY_DROP = "capacity_drop"
    DELETES = "deletes"
    PLATFORMS = "platforms"
    UPDATES = "updates"
    EMPTY = "empty"
    PROTECTED = "protected"


class Limits(Strict):
    """How much one apply may do in an environment without being acknowledged.

    Attributes:
        deletes: endpoints; a share is one of the owned endpoints.
        adoptions: endpoints that exist and are nobody's; a share is one of the owned endpoints.
        updates: endpoints; a share is one of the owned endpoints, and counts from 10 owned endpoints on.
        capacity_drop: replicas; a share is one of the sum over the owned endpoints, and counts from 10 of them on.
    """

    deletes: Quantity = 0
    adoptions: Quantity = 0
    updates: Quantity = "30%"
    capacity_drop: Quantity = "20%"


Count = Annotated[int, Field(ge=0)]

_ONE: Final = re.compile(r"([a-z_]+)=([0-9]{1,9})")


class Allowance(Strict):
    """What was acknowledged with `--allow`: so many and no more.

    Attributes:
        empty: 1 lets a project that declares nothing delete what it owns, as far as `deletes` goes.
        platforms: 1 takes the state of another platform over.
        retries: so many held changes are tried again.
    """

    deletes: Count = 0
    adoptions: Count = 0
    updates: Count = 0
    capacity_drop: Count = 0
    empty: Count = 0
    platforms: Count = 0
    retries: Count = 0

    @classmethod
    def parse(cls, texts: "list[str] | tuple[str, ...]") -> Self:
        """`deletes=2,updates=40`, in one text or several; a name that comes again counts as the last one says.

        Raises:
            ValueError: it is not written so, or there is no such name; says which.
        """
        counts: dict[str, int] = {}
        for part in (part.strip() for text in texts for part in text.split(",")):
            match = _ONE.fullmatch(part)
            if match is None or match[1] not in cls.model_fields:
                raise ValueError(
                    f"takes NAME=NUMBER with a name of {', '.join(sorted(cls.model_fields))}, not {part!r}"
                )
            counts[match[1]] = int(match[2])
        return cls(**counts)

    @property
    def words(self) -> str:
        """As it is written: `deletes=2,updates=40`; empty where nothing was acknowledged."""
        return ",".join(f"{name}={count}" for name, count in self.model_dump().items() if count)


class Finding(Strict):
    """One guard that has something to say about a plan.

    Attributes:
        count: what the plan does.
        allowed: what may be done: the limit, or what was acknowledged where that is more.
        subjects: names of the endpoints.
        refuses: whether it keeps the plan from being applied; else it is only a label.
        message: what happened, one sentence.
        hint: what to do.
    """

    guard: Guard
    count: int
    allowed: int
    subjects: tuple[str, ...] = ()
    refuses: bool = True
    message: str
    hint: str = ""
