"""`plan`: desired from the files, live from the platform, and what leads from one to the other. Writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from gitops.diagnostics import InputError
from gitops.model.desired import Desired
from gitops.model.field import Traits
from gitops.model.plan import Plan
from gitops.planning.planner import plan as plan_steps
from gitops.ports import Connect, Loaded, Platform, PlatformReader, Source, TraitsOf
from gitops.workflows.choice import choose_environment
from gitops.workflows.validate import examine


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, with what it was made from and the platform that it is for."""

    plan: Plan
    desired: Desired
    platform: Platform
    traits: Traits


def prepare(source: Source, connect: Connect, traits_of: TraitsOf, environment: str | None) -> Prepared:
    """Read the files and the platform, and plan.

    Raises:
        InputError: the files have errors, found alone or against the platform; carries all diagnostics.
        UsageError: it is not clear which environment is meant.
        PlatformError: the platform cannot be read.
    """
    loaded = source.load(choose_environment(source, environment))
    diagnostics = examine(loaded, traits_of)
    if any(diagnostic.is_error for diagnostic in diagnostics):
        raise InputError(diagnostics)
    assert loaded.desired is not None
    assert loaded.environment is not None
    platform = connect(loaded.environment)
    plan, traits = against(platform, loaded, traits_of), traits_of(loaded.environment)
    return Prepared(plan, loaded.desired, platform, traits)


def against(platform: PlatformReader, loaded: Loaded, traits_of: TraitsOf) -> Plan:
    """Plan what was loaded against what a platform has; the platform is only read.

    Raises:
        InputError: the files ask for what this platform cannot do, or does not have.
    """
    assert loaded.desired is not None
    assert loaded.environment is not None
    desired = loaded.desired
    models = {declared.endpoint.model for declared in desired.endpoints.values()}
    planned = plan_steps(
        desired=desired,
        live=platform.read(sorted(desired.endpoints)),
        versions=platform.versions(sorted(models)),
        secret_digests=secret_digests(platform, desired, models),
        traits=traits_of(loaded.environment),
        platform=platform.identity(),
    )
    if planned.plan is None:
        raise InputError(tuple(loaded.excerpt(diagnostic) for diagnostic in planned.diagnostics))
    found = tuple(diagnostic for diagnostic in loaded.diagnostics if diagnostic not in planned.plan.warnings)
    return planned.plan.model_copy(update={"warnings": (*found, *planned.plan.warnings)})


def secret_digests(
    platform: PlatformReader, desired: Desired, models: set[str]
) -> Mapping[str, Mapping[str, str | None]]:
    """Model -> variable -> keyed digest of its value now, for the variables that come from the environment."""
    return {
        model: {
            name: platform.secret_digest(name, secret.reveal())
            for name, secret in desired.cards[model].spec.environment_variables.items()
            if secret.reference
        }
        for model in models
        if model in desired.cards
    }
