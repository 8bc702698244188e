"""Hypothesis strategies for everything that a plan is made from, whether or not it could ever have come to that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from gitops.model.autoscale import LiveAutoscale
from gitops.model.change import VersionRef
from gitops.model.desired import Desired
from gitops.model.field import Traits
from gitops.model.guard import Allowance, Limits
from gitops.model.live import ABSENT, Absent, Live, ModelVersion, Phase, Verdict
from gitops.model.plan import Base, Plan
from gitops.model.record import Entry, Hold, Ownership
from gitops.planning.planner import Planned, plan
from gitops.planning.remembered import Remembered, Terms
from tests.builders import IDENTITY, SINCE, TRAITS, WHOLE, make_applied, make_live, make_rollout
from tests.projects import MODELS, NAMES, PLACES, POLICIES, card_of, each, projects
from tests.strategies import GOOD

VERSIONS: Mapping[str, tuple[ModelVersion, ...]] = {
    model: tuple(
        ModelVersion(name=f"v{number}", digest=card_of(model, marker).digest)
        for number, marker in enumerate([*GOOD, "gone"])
    )
    for model in ("aloha", "bravo")
}
"""Every version that there ever was; both contents that files have, and one that they have no more."""


@dataclass(frozen=True)
class Situation:
    """Everything that a plan is made from."""

    desired: Desired
    live: Mapping[str, Live | Absent]
    versions: Mapping[str, tuple[ModelVersion, ...]]
    traits: Traits
    remembered: Remembered
    terms: Terms

    def prepare(self) -> Planned:
        """What planning gives."""
        return plan(
            self.desired,
            self.live,
            self.versions,
            {},
            self.traits,
            IDENTITY,
            self.remembered,
            self.terms,
        )

    def plan(self) -> Plan:
        """The plan; for situations that are refused by nothing but guards."""
        planned = self.prepare()
        assert planned.plan is not None, planned.diagnostics
        return planned.plan


_PHASES = (Phase.SERVING, Phase.SERVING, Phase.SERVING, Phase.ROLLED_BACK, Phase.ROLLING_OUT)
_ROLLOUTS = (None, None, None, None, Verdict.PAUSED, Verdict.ROLLED_BACK)
_THREE = (0, 1, 2)


def lives(name: str, *, whole: bool) -> st.SearchStrategy[Live]:
    """An endpoint that serves, or is on its way."""
    known = VERSIONS[MODELS[name]]

    def build(values: tuple[Any, ...]) -> Live:
        version, number, gpus, policy, told, place, phase, other, verdict = values
        fields: dict[str, Any] = {"model": MODELS[name], "replicas": number, "gpus_per_replica": gpus}
        fields |= {"version": known[version].name, "digest": known[version].digest, "members": (), "online": number}
        if policy is not None:
            fields |= {"autoscale": LiveAutoscale(policy=policy)} if told else {"bounds": policy.bounds}
        if whole:
            fields |= {"resource": place, "phase": phase}
        elif verdict is not None:
            fields["rollout"] = make_rollout(known[other].name, from_version=known[version].name, verdict=verdict)
        return make_live(name, **fields)

    policies = (None, None, *POLICIES)
    numbers = (1, 2, 3, 5, 7)
    rest = ((True, False), PLACES, _PHASES, _THREE, _ROLLOUTS)
    return each(_THREE, numbers, (0, 1), policies, *rest).map(build)


def entries(live: Live | Absent, name: str, *, whole: bool) -> st.SearchStrategy[Entry | None]:
    """What is remembered of an endpoint: nothing, what is there, or something else."""
    before = NAMES[: NAMES.index(name)]
    needs = [(), *((other,) for other in before), before]
    known = VERSIONS[MODELS[name]]

    def build(drawn: tuple[Live, tuple[Any, ...]]) -> Entry | None:
        other, (is_known, same, deletion, depends_on, held, owned) = drawn
        if not is_known:
            return None
        as_it_was = live if same and isinstance(live, Live) else other
        applied = make_applied(as_it_was, deletion=deletion, depends_on=depends_on) if owned else None
        holds = ()
        if held is not None:
            value = VersionRef(name=known[held].name, digest=known[held].digest)
            holds = (Hold(field="version", value=value, reason="rolled back", since=SINCE, deployment=1),)
        return Entry(owned=owned, applied=applied, since=SINCE, deployment=1, held=holds)

    owners = (Ownership.CREATED, Ownership.ADOPTED, None)
    held = (None, None, None, None, *_THREE)
    rest = each((True, True, True, False), (True, False), ("allow", "allow", "protect"), needs, held, owners)
    return st.tuples(lives(name, whole=whole), rest).map(build)


def _terms(values: tuple[Any, ...]) -> Terms:
    deletes, adoptions, updates, drop, protect, allowed, retries, only_declared, only = values
    return Terms(
        limits=Limits(deletes=deletes, adoptions=adoptions, updates=updates, capacity_drop=drop),
        protect=frozenset(protect),
        allowance=Allowance(deletes=allowed, adoptions=allowed, updates=allowed, retries=retries),
        only_declared=only_declared,
        only=only,
    )


_SHARES = ("30%", "0%", "100%", 1)
_ONLY = (None, None, None, frozenset(NAMES[:2]), frozenset(NAMES[1:]))

terms = each(
    range(4),
    range(4),
    _SHARES,
    _SHARES,
    ((), (), *((name,) for name in NAMES)),
    range(4),
    range(3),
    (False, True),
    _ONLY,
).map(_terms)
"""How a plan is meant."""


@st.composite
def situations(draw: st.DrawFn, *, kinds: tuple[bool, ...] = (False, True)) -> Situation:
    """A project, a platform and a past that need not fit together."""
    whole = draw(st.sampled_from(kinds))
    desired = draw(projects(whole=whole, least=0))
    base = draw(projects(whole=whole)) if draw(st.booleans()) else None
    live: dict[str, Live | Absent] = {
        name: draw(lives(name, whole=whole)) if draw(st.integers(0, 3)) else ABSENT for name in NAMES
    }
    remembered = {name: draw(entries(live[name], name, whole=whole)) for name in NAMES}
    memory = {name: entry for name, entry in remembered.items() if entry is not None}
    names = desired.endpoints.keys() | memory.keys()
    return Situation(
        desired=desired,
        live={name: there for name, there in live.items() if name in names},
        versions={model: known[-1:] if whole else known for model, known in VERSIONS.items()},
        traits=WHOLE if whole else TRAITS,
        remembered=Remembered(
            entries=memory,
            declared=base.endpoints if base else None,
            base=Base(deployment=1) if base else None,
            last_deployment=1,
        ),
        terms=draw(terms),
    )
