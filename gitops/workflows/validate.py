"""`validate`: everything that is wrong with the files, in every environment, without asking a platform."""

from gitops.diagnostics import Diagnostic, in_order
from gitops.planning.checks import check
from gitops.ports import Loaded, Source, TraitsOf
from gitops.workflows.choice import choose_environment


def validate(source: Source, traits_of: TraitsOf, environment: str | None) -> tuple[Diagnostic, ...]:
    """All diagnostics of one environment, or of every environment where none is named.

    Raises:
        UsageError: there is no such environment.
    """
    names, _ = source.environments()
    chosen = names if environment is None and names else (choose_environment(source, environment),)
    found: list[Diagnostic] = []
    for name in chosen:
        found += examine(source.load(name), traits_of)
    return in_order(found)


def examine(loaded: Loaded, traits_of: TraitsOf) -> tuple[Diagnostic, ...]:
    """What loading found and what the checks of the desired state find, with excerpts."""
    if loaded.desired is None or loaded.environment is None:
        return loaded.diagnostics
    checked = check(loaded.desired, traits_of(loaded.environment))
    return in_order((*loaded.diagnostics, *(loaded.excerpt(diagnostic) for diagnostic in checked)))
