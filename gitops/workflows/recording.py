"""Plan and result -> the record of a deployment, as it begins and as it ends."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from gitops.engine.result import Result
from gitops.model.change import Change
from gitops.model.event import Outcome
from gitops.model.plan import Counts, Plan
from gitops.model.record import Record, RecordKind, StepOutcome
from gitops.model.step import Step, subject
from gitops.ports import Tenure


class Wording(Protocol):
    """Changes and steps in words, as people read them elsewhere."""

    def step(self, step: Step) -> str:
        """A step as an order."""

    def change(self, change: Change) -> tuple[str, ...]:
        """A line for everything that changes of an endpoint."""


@dataclass(frozen=True, slots=True)
class Scribe:
    """Who writes records, and with what.

    Attributes:
        applied_by: as git knows them.
        run_url: of the CI run; None where it is none.
        tool: the version of this program.
    """

    words: Wording
    applied_by: str
    tool: str
    run_url: str | None = None

    def begin(self, plan: Plan, kind: RecordKind, tenure: Tenure, now: datetime) -> Record:
        """The record of a deployment that is about to begin."""
        return self.note(
            kind,
            tenure,
            now,
            project=plan.project,
            environment=plan.environment,
            platform=plan.platform,
            source=plan.source,
            summary=_summary(plan.counts, ("to create", "to update", "to delete", "to adopt")),
            changes={change.endpoint: self.words.change(change) for change in plan.changes},
            fingerprint=plan.fingerprint,
            allowed=plan.allowed.words,
            back_to=plan.back_to,
        )

    def note(self, kind: RecordKind, tenure: Tenure, now: datetime, **facts: Any) -> Record:
        """A record with what is the same for all of them filled in: its number, who, when, with what."""
        last = tenure.past.last
        return Record(
            number=last.number + 1 if last is not None else 1,
            kind=kind,
            started_at=now,
            applied_by=self.applied_by,
            run_url=self.run_url,
            tool=self.tool,
            took_over=tenure.took_over,
            **facts,
        )

    def end(self, record: Record, plan: Plan, result: Result, now: datetime) -> Record:
        """The same record, with how it ended."""
        steps = tuple(
            StepOutcome(
                number=one.number,
                subject=subject(one.step),
                kind=one.step.kind,
                words=self.words.step(one.step),
                outcome=one.outcome,
                message=one.error.message if one.error else one.because,
            )
            for one in result.steps
        )
        good = result.outcome in {Outcome.SUCCEEDED, Outcome.UNCHANGED}
        done = _summary(plan.counts, ("created", "updated", "deleted", "adopted")) if good else record.summary
        return record.model_copy(
            update={"finished_at": now, "outcome": result.outcome, "steps": steps, "summary": done}
        )


def _summary(counts: Counts, verbs: tuple[str, str, str, str]) -> str:
    numbers = (counts.create, counts.update, counts.delete, counts.adopt)
    parts = [f"{number} {verb}" for number, verb in zip(numbers, verbs, strict=True) if number]
    return ", ".join(parts) or "only remembered"
