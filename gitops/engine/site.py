"""Everything that a step needs of the world around it, and the one question it asks before each move: shall I stop?"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from gitops.engine.news import News
from gitops.errors import ErrorCode, GitopsError, Interrupted, StepFailed
from gitops.model.card import CardContent
from gitops.model.change import VersionRef
from gitops.model.step import Step, subject
from gitops.ports import Clock, Packager, Platform, StopSignal


@dataclass(frozen=True, slots=True)
class Site:
    """The world of one apply, shared by all its steps.

    Attributes:
        content: (model, digest) -> the card of this content; None if there is none.
        check: asked before every step and every request that changes something; raises where it must not be made.
        refusals: what `check` has raised; from the first on nothing new begins.
        abandoned: set when a bug was met in some thread, so that the others begin nothing new.
        written: set once a request to change something may have had an effect.
        pushed: (model, digest) -> the name that the platform gave it in this apply.
    """

    platform: Platform
    packager: Packager
    content: Callable[[str, str], CardContent | None]
    clock: Clock
    stop: StopSignal
    news: News
    check: Callable[[], None] = lambda: None
    refusals: list[GitopsError] = field(default_factory=list)
    abandoned: threading.Event = field(default_factory=threading.Event)
    written: threading.Event = field(default_factory=threading.Event)
    pushed: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def stopping(self) -> bool:
        """Whether nothing new may begin."""
        return self.stop.is_set() or self.abandoned.is_set() or bool(self.refusals)

    @property
    def refusal(self) -> GitopsError | None:
        """Why nothing may be changed any more; None where it may."""
        return self.refusals[0] if self.refusals else None

    def may_begin(self) -> bool:
        """Whether a step may begin now; asks `check`."""
        if self.stopping:
            return False
        try:
            self.check()
        except GitopsError as fault:
            self.refusals.append(fault)
            return False
        return True


@dataclass(frozen=True, slots=True)
class Task:
    """One step with its number in the plan and when it began."""

    site: Site
    number: int
    step: Step
    began: float

    @property
    def elapsed_s(self) -> float:
        """Seconds since the step began."""
        return self.site.clock.monotonic() - self.began

    def check_stop(self) -> None:
        """Go on, unless somebody asked to stop.

        Raises:
            Interrupted: somebody did.
        """
        if self.site.stopping:
            why = f" ({self.site.refusal.message})" if self.site.refusal else ""
            raise Interrupted(
                f"stopped while at work on {subject(self.step)}{why}; the platform goes on with what it was asked so "
                "far",
                hint="apply again to go on: what is done is not done twice",
            )

    def check_write(self) -> None:
        """Go on with a request that changes something, unless somebody asked to stop or it must not be made.

        Raises:
            Interrupted: somebody did, or `Site.check` says so.
        """
        self.site.may_begin()
        self.check_stop()

    def version_name(self, model: str, version: VersionRef) -> str:
        """The platform's name of a version that the plan knew, or that this apply pushed."""
        if version.name is not None:
            return version.name
        assert version.digest is not None, "a version has a name or a digest"
        return self.site.pushed[model, version.digest]


def stale(endpoint: str, field_name: str, planned: object, now: object) -> StepFailed:
    """Live is neither where the plan saw it nor on the way: the plan no longer fits."""
    return StepFailed(
        f"endpoint {endpoint} moved since the plan was made: {field_name} was {planned}, now it is {now}",
        hint="plan again, and look at what changed before you apply",
        code=ErrorCode.STALE_PLAN,
    )
