"""`doctor`: what keeps an environment from working, found without changing anything."""

from collections.abc import Callable

from gitops.diagnostics import InputError
from gitops.errors import ExitCode, GitopsError
from gitops.model.checkup import Check, Checkup, Finding
from gitops.model.desired import Environment
from gitops.ports import Clock, History, Patient
from gitops.workflows.choice import choose_environment
from gitops.workflows.edges import Edges


def doctor(edges: Edges, patient: Callable[[Environment], Patient], environment: str | None, clock: Clock) -> Checkup:
    """Every check of an environment's platform, and of where its history is kept.

    Raises:
        InputError: `gitops.yaml` does not say where the platform is.
        UsageError: it is not clear which environment is meant, or its settings name what cannot be used.
    """
    chosen = choose_environment(edges.source, environment)
    loaded = edges.source.load(chosen)
    if loaded.environment is None or loaded.project is None:
        raise InputError(loaded.diagnostics)
    name, settings = loaded.project.name, loaded.environment
    platform = settings.platform
    checks = (*patient(settings).examine(), _history(lambda: edges.history_of(name, chosen, settings)))
    return Checkup(at=clock.now(), environment=chosen, kind=platform.kind, url=platform.url, checks=checks)


def _history(opened: Callable[[], History]) -> Check:
    """Whether what was applied can be read, and so a plan knows what is ours."""
    try:
        past = opened().past(strict=True)
    except GitopsError as fault:
        return Check(
            subject="history",
            finding=Finding.BAD,
            message=fault.message,
            hint=fault.hint,
            exit_code=fault.exit_code,
        )
    last = past.last
    message = (
        "it can be read; nothing was applied yet" if last is None else f"it can be read, up to deployment {last.number}"
    )
    return Check(subject="history", finding=Finding.GOOD, message="; ".join((message, *past.notes)))


def exit_code(checkup: Checkup) -> int:
    """The number of the first bad check; 0 if there is none."""
    bad = (check.exit_code for check in checkup.checks if check.finding is Finding.BAD)
    return next(bad, ExitCode.DONE)
