"""`plan`: desired from the files, live from the platform, the past from git, and what leads on. Writes nothing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gitops.diagnostics import InputError
from gitops.errors import UsageError
from gitops.model.desired import Desired, DesiredEndpoint, Environment
from gitops.model.field import Traits
from gitops.model.live import Absent, Live, ModelVersion, Phase, PlatformIdentity
from gitops.model.plan import Base, Plan
from gitops.model.secret import Secret
from gitops.planning.draft import Goal
from gitops.planning.lastlive import as_live, known_versions
from gitops.planning.planner import Planned
from gitops.planning.planner import plan as plan_steps
from gitops.planning.remembered import Remembered, Terms
from gitops.ports import History, Loaded, Past, Platform, PlatformReader
from gitops.workflows.choice import choose_environment
from gitops.workflows.edges import Ask, Edges
from gitops.workflows.notices import behind_deployment, left_behind, seen
from gitops.workflows.remembering import desired_at, remembered
from gitops.workflows.validate import examine


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, with what it was made from.

    Attributes:
        platform: that it is for; None for a plan that asked none.
        live: every declared and remembered endpoint.
        goals: what every planned endpoint shall be.
        past: the history that it relies on.
        known: what was taken from it.
        gone: endpoints that are remembered, not declared, and not on the platform any more, or in a moment.
    """

    plan: Plan
    desired: Desired
    environment: Environment
    platform: Platform | None
    traits: Traits
    live: Mapping[str, Live | Absent]
    goals: Mapping[str, Goal]
    history: History
    past: Past
    known: Remembered
    gone: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be planned, and where: the files that lie here, or those of another commit.

    Attributes:
        back_to: for people, what those of another commit are.
        protected: what the files that lie here declare with `deletion: protect`.
    """

    desired: Desired
    loaded: Loaded
    environment: Environment
    back_to: str = ""
    protected: frozenset[str] = frozenset()


def prepare(
    edges: Edges, ask: Ask, platform: Platform | None = None, past: Past | None = None, wanted: Wanted | None = None
) -> Prepared:
    """Read the files, the platform and the history, and plan.

    Args:
        platform: the one that is open already; None to open it.
        past: as it is under the lock; None to read it.
        wanted: what to plan instead of what the files say.

    Raises:
        InputError: the files have errors, found alone or against the platform; carries all diagnostics.
        UsageError: it is not clear which environment is meant, or there is no such base or endpoint.
        PlatformError: the platform cannot be read.
        HistoryError: the history cannot be read.
    """
    prepared = _prepare(edges, ask, platform, past, wanted)
    if past is None and prepared.plan.counts.adopt:
        # Whoever creates an endpoint says so before: what is there and nobody's may be somebody's by now.
        newer = prepared.history.past(fetch=ask.fetch)
        if newer.tip != prepared.past.tip:
            return _prepare(edges, ask, prepared.platform, newer, wanted)
    return prepared


def _prepare(edges: Edges, ask: Ask, platform: Platform | None, past: Past | None, wanted: Wanted | None) -> Prepared:
    wanted = wanted or declared(edges, ask)
    desired, environment = wanted.desired, wanted.environment
    if ask.destroys:
        desired = Desired(desired.project, desired.environment)
    history = edges.history_of(desired.project, desired.environment, environment)
    past = past or seen(history.past(fetch=ask.fetch))
    base = _base(edges, ask, desired.environment)
    if platform is None and not ask.offline:
        platform = edges.connect(environment)
    traits = edges.traits_of(environment)
    identity = platform.identity() if platform is not None else _last_platform(past, environment)
    known = remembered(past, identity, base)
    _refuse_unknown(ask.only, desired, known)
    terms = _terms(ask, wanted)
    live, planned = _planned(platform, desired, known, traits, identity, terms)
    if planned.plan is None:
        raise InputError(tuple(wanted.loaded.excerpt(diagnostic) for diagnostic in planned.diagnostics))
    found = tuple(one for one in wanted.loaded.diagnostics if one not in planned.plan.warnings)
    project = wanted.loaded.project
    left = tuple(left_behind(edges, project, environment, past)) if project is not None else ()
    source = edges.repository.state()
    behind = () if wanted.back_to or not planned.plan.does_something else tuple(behind_deployment(edges, source, past))
    plan = planned.plan.model_copy(
        update={"warnings": (*behind, *left, *found, *planned.plan.warnings), "source": source, "notes": past.notes}
    )
    undeclared = known.entries.keys() - desired.endpoints.keys()
    gone = frozenset(name for name in undeclared if _is_going(live[name]) and terms.selects(name))
    return Prepared(plan, desired, environment, platform, traits, live, planned.goals, history, past, known, gone)


def _is_going(live: Live | Absent) -> bool:
    """Whether an endpoint is not there any more, or will not be in a moment."""
    return isinstance(live, Absent) or live.phase is Phase.DELETING


def declared(edges: Edges, ask: Ask) -> Wanted:
    """What the files that lie here declare.

    Raises:
        InputError, UsageError: as `prepare`.
    """
    loaded = edges.source.load(choose_environment(edges.source, ask.environment))
    diagnostics = examine(loaded, edges.traits_of)
    if any(diagnostic.is_error for diagnostic in diagnostics):
        raise InputError(diagnostics)
    assert loaded.desired is not None
    assert loaded.environment is not None
    return Wanted(loaded.desired, loaded, loaded.environment, protected=protected(loaded.desired.endpoints))


def protected(endpoints: Mapping[str, DesiredEndpoint]) -> frozenset[str]:
    """Those that are declared with `deletion: protect`."""
    return frozenset(name for name, one in endpoints.items() if one.endpoint.deletion == "protect")


def _planned(
    platform: PlatformReader | None,
    desired: Desired,
    known: Remembered,
    traits: Traits,
    identity: PlatformIdentity,
    terms: Terms,
) -> tuple[Mapping[str, Live | Absent], Planned]:
    names = sorted(desired.endpoints.keys() | known.entries.keys())
    models = {one.endpoint.model for one in desired.endpoints.values()}
    live: Mapping[str, Live | Absent]
    versions: Mapping[str, tuple[ModelVersion, ...]]
    if platform is None:
        live, versions = as_live(names, known.entries), known_versions(models, known)
    else:
        live, versions = platform.read(names), platform.versions(sorted(models))
    digests = secret_digests(platform, desired, models)
    return live, plan_steps(desired, live, versions, digests, traits, identity, known, terms)


def _base(edges: Edges, ask: Ask, environment: str) -> tuple[Base, Desired] | None:
    if ask.base is None:
        return None
    commit = edges.repository.resolve(ask.base)
    return Base(commit=commit), desired_at(edges, commit, environment, f"--base {ask.base}")[0]


def _terms(ask: Ask, wanted: Wanted) -> Terms:
    return Terms(
        limits=wanted.environment.limits,
        protect=frozenset(wanted.environment.protect),
        declared_protected=wanted.protected,
        allowance=ask.allowance,
        only_declared=ask.only_declared,
        only=frozenset(ask.only) if ask.only else None,
        back_to=wanted.back_to,
        destroys=ask.destroys,
        offline=ask.offline,
    )


def _last_platform(past: Past, environment: Environment) -> PlatformIdentity:
    """The platform that a plan without asking one is about: the one that was last applied to."""
    if past.state.platforms:
        return past.state.platforms[-1].platform
    return PlatformIdentity(kind=environment.platform.kind, url=environment.platform.url or "")


def _refuse_unknown(only: Collection[str], desired: Desired, known: Remembered) -> None:
    unknown = sorted(set(only) - desired.endpoints.keys() - known.owned)
    if unknown:
        raise UsageError(
            f"--only names what is neither declared nor owned: {', '.join(unknown)}",
            hint="name endpoints as the files do",
        )


def secret_digests(
    platform: PlatformReader | None, desired: Desired, models: Collection[str]
) -> Mapping[str, Mapping[str, str | None]]:
    """Model, or digest of a card at another commit -> variable -> keyed digest of its value now.

    For the variables that come from the environment; None where no platform can be asked.
    """

    def digest(name: str, secret: Secret) -> str | None:
        return platform.secret_digest(name, secret.reveal()) if platform is not None else None

    cards = {model: desired.cards[model] for model in models if model in desired.cards} | dict(desired.earlier)
    return {
        key: {
            name: digest(name, secret) for name, secret in card.spec.environment_variables.items() if secret.reference
        }
        for key, card in cards.items()
    }
