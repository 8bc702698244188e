"""Which environment a command is about."""

from gitops.diagnostics import InputError
from gitops.errors import UsageError
from gitops.ports import Source


def choose_environment(source: Source, asked: str | None) -> str:
    """The environment that was asked for, else the project's default, else its only one.

    Raises:
        UsageError: there is no such environment, or it is not clear which.
        InputError: `gitops.yaml` cannot be read, so nothing can be chosen.
    """
    names, default = source.environments()
    if not names:
        raise InputError(source.load(asked or "local").diagnostics)
    if asked is not None and asked not in names:
        raise UsageError(
            f"there is no environment {asked!r} in gitops.yaml", hint=f"there is: {', '.join(sorted(names))}"
        )
    chosen = asked or default
    if chosen is None:
        raise UsageError(
            f"the project has {len(names)} environments and no default_environment",
            hint=f"say which one: --env {'|'.join(sorted(names))}",
        )
    return chosen
