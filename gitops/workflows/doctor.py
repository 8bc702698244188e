"""`doctor`: what keeps an environment from working, found without changing anything."""

from collections.abc import Callable

from gitops.diagnostics import InputError
from gitops.errors import ExitCode
from gitops.model.checkup import Checkup, Finding
from gitops.model.desired import Environment
from gitops.ports import Clock, Patient, Source
from gitops.workflows.choice import choose_environment


def doctor(source: Source, patient: Callable[[Environment], Patient], environment: str | None, clock: Clock) -> Checkup:
    """Every check of an environment's platform.

    Raises:
        InputError: `gitops.yaml` does not say where the platform is.
        UsageError: it is not clear which environment is meant, or its settings name what cannot be used.
    """
    chosen = choose_environment(source, environment)
    loaded = source.load(chosen)
    if loaded.environment is None:
        raise InputError(loaded.diagnostics)
    platform = loaded.environment.platform
    checks = tuple(patient(loaded.environment).examine())
    return Checkup(at=clock.now(), environment=chosen, kind=platform.kind, url=platform.url, checks=checks)


def exit_code(checkup: Checkup) -> int:
    """The number of the first bad check; 0 if there is none."""
    bad = (check.exit_code for check in checkup.checks if check.finding is Finding.BAD)
    return next(bad, ExitCode.DONE)
