"""The step `push_model_card`: a card's files -> a version that the platform has and has named."""

from gitops.engine.requests import ask, write
from gitops.engine.site import Task
from gitops.errors import ErrorCode, StepFailed
from gitops.model.card import CardContent, short_digest
from gitops.model.event import Outcome
from gitops.model.live import ModelVersion
from gitops.model.step import PushModelCard


def push(task: Task, step: PushModelCard) -> tuple[Outcome, str]:
    """Push unless the platform has it; returns how that ended and the version's name.

    Raises:
        StepFailed: the card is no longer what was planned, or cannot be packaged.
        PlatformError: the platform refused it or stayed away.
        Interrupted: somebody asked to stop.
    """
    card = task.site.content(step.model, step.digest)
    if card is None:
        raise StepFailed(
            f"model card {step.model} is no longer what was planned, {short_digest(step.digest)}",
            hint="plan again, and look at what changed before you apply",
            code=ErrorCode.STALE_PLAN,
        )
    secrets = {
        name: task.site.platform.secret_digest(name, secret.reveal())
        for name, secret in card.spec.environment_variables.items()
        if secret.reference
    }
    there = _find(task, card, secrets)
    if there is not None:
        return _named(task, step, there, Outcome.UNCHANGED)
    with task.site.packager.pack(card) as archive:
        pushed = write(task, lambda: task.site.platform.push(card, archive), lambda: _find(task, card, secrets))
    return _named(task, step, pushed, Outcome.SUCCEEDED)


def _find(task: Task, card: CardContent, secrets: dict[str, str | None]) -> ModelVersion | None:
    """The newest version that the platform has of this content and these secrets."""
    versions = ask(task, lambda: task.site.platform.versions([card.name])[card.name])
    return next((version for version in reversed(versions) if version.carries(card.digest, secrets)), None)


def _named(task: Task, step: PushModelCard, version: ModelVersion, outcome: Outcome) -> tuple[Outcome, str]:
    task.site.pushed[step.model, step.digest] = version.name
    return outcome, version.name
