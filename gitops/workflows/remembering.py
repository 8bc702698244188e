"""History and a base -> what a plan may know of the past."""

from collections.abc import Collection, Mapping

from gitops.diagnostics import InputError
from gitops.errors import UsageError
from gitops.model.desired import Desired, DesiredEndpoint, Environment
from gitops.model.live import PlatformIdentity
from gitops.model.plan import Base
from gitops.model.record import Declared, DeclaredEndpoint, PlatformState, State
from gitops.planning.remembered import Remembered
from gitops.ports import Past
from gitops.workflows.edges import Edges


def remembered(past: Past, platform: PlatformIdentity, base: tuple[Base, Desired] | None) -> Remembered:
    """What the history says of a platform.

    Args:
        past: the history at its tip.
        platform: which platform answers now.
        base: what desired is compared with, where `--base` says so; else it is what the last deployment declared.
    """
    there = past.state.of(platform)
    moved = there is None and platform.kind != "local" and bool(past.state.platforms)
    state = past.state.platforms[-1] if moved else there
    number = past.last.number if past.last is not None else None
    known: Base | None = None
    declared: Mapping[str, DesiredEndpoint] | None = None
    if base is not None:
        known, declared = base[0], base[1].endpoints
    elif past.declared is not None and there is not None:
        known, declared = Base(deployment=number), as_desired(past.declared)
    if state is None:
        return Remembered(declared=declared, base=known, last_deployment=number)
    return Remembered(
        entries=state.endpoints,
        versions=state.versions,
        declared=declared,
        base=known,
        last_deployment=number,
        elsewhere=state.platform if moved else None,
    )


def platform_state(past: State, platform: PlatformIdentity, known: Remembered) -> PlatformState:
    """The state that goes on: the platform's own, or the one that was taken over from another, or a new one."""
    return past.of(platform) or PlatformState(
        platform=platform, endpoints=dict(known.entries), versions=dict(known.versions)
    )


def as_declared(desired: Desired) -> Declared:
    """What of desired is kept."""
    return Declared(
        endpoints={
            name: DeclaredEndpoint(endpoint=one.endpoint, digest=one.digest)
            for name, one in sorted(desired.endpoints.items())
        }
    )


def declared_now(desired: Desired, only: Collection[str], before: Declared | None) -> Declared:
    """What is kept of the files where only some endpoints were planned: of the others, what was kept before."""
    now = as_declared(desired)
    if not only:
        return now
    others = before.endpoints if before is not None else {}
    kept = {name: one for name, one in others.items() if name not in only}
    kept |= {name: one for name, one in now.endpoints.items() if name in only}
    return Declared(endpoints=dict(sorted(kept.items())))


def as_desired(declared: Declared) -> Mapping[str, DesiredEndpoint]:
    """What was kept, as it can be compared."""
    return {name: DesiredEndpoint(one.endpoint, one.digest) for name, one in declared.endpoints.items()}


def desired_at(edges: Edges, commit: str, environment: str, what_for: str) -> tuple[Desired, Environment]:
    """What the files declared at a commit; only for as long as it is compared with, its workspaces are gone again.

    Args:
        commit: its full id.
        what_for: the option that named it, for people.

    Raises:
        InputError: the files cannot be read as they were then.
        UsageError: the project, or the environment, was not there then.
    """
    with edges.repository.files_at(commit) as folder:
        source = edges.source_at(folder)
        names, _ = source.environments()
        if names and environment not in names:
            raise UsageError(
                f"there was no environment {environment} at commit {commit[:12]} ({what_for})",
                hint=f"there was: {', '.join(sorted(names))}",
            )
        loaded = source.load(environment)
        if loaded.desired is None or loaded.environment is None:
            raise InputError(
                loaded.diagnostics, f"the files of commit {commit[:12]}, which {what_for} names, cannot be used"
            )
        return loaded.desired, loaded.environment
