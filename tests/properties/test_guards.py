"""What must hold for every plan that guards refuse: what they name lets it pass, and one less does not."""

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gitops.errors import ExitCode, GuardRefused
from gitops.model.desired import Desired
from gitops.model.guard import Allowance, Guard, Limits
from gitops.model.plan import Plan
from gitops.workflows.edges import Ask
from tests.builders import TRAITS, declare, make_endpoint, make_entry, make_live
from tests.fakes.awkward import Manner
from tests.projects import Hand, hands, projects
from tests.properties.test_convergence import AwkwardDesk
from tests.situations import VERSIONS, Situation, situations

FEW = range(8)
LIMITS = (
    Limits(updates="0%", capacity_drop="0%"),
    Limits(),
    Limits(deletes=1, adoptions=1, updates=1, capacity_drop=1),
)


def crowded(situation: Situation) -> Situation:
    """The same among others that are ours and do not change, so that there are enough to count shares of."""
    version = VERSIONS["aloha"][-1]
    others = {
        f"other-{number}": make_live(f"other-{number}", version=version.name, digest=version.digest, replicas=2)
        for number in FEW
    }
    desired, memory = situation.desired, situation.remembered
    declared = {name: declare(make_endpoint(name, version=version.name, replicas=2, resource=None)) for name in others}
    return replace(
        situation,
        desired=replace(desired, endpoints={**desired.endpoints, **declared}),
        live={**situation.live, **others},
        remembered=replace(
            memory, entries={**memory.entries, **{name: make_entry(live) for name, live in others.items()}}
        ),
    )


def refusing(plan: Plan) -> dict[Guard, int]:
    return {one.guard: one.count for one in plan.findings if one.refuses}


def acknowledged(plan: Plan, before: Allowance) -> Allowance:
    """Exactly what the guards of a plan name, beside what was acknowledged before."""
    named = {str(guard): count for guard, count in refusing(plan).items() if guard in Allowance.model_fields}
    return before.model_copy(update=named | ({"empty": 1} if "empty" in named else {}))


@settings(max_examples=100)
@given(situations(), st.booleans(), st.sampled_from(LIMITS))
def test_what_a_guard_names_lets_a_plan_pass_and_one_less_does_not(situation: Situation, many: bool, limits: Limits):
    situation = crowded(situation) if many else situation
    situation = replace(situation, terms=replace(situation.terms, limits=limits))
    plan = situation.prepare().plan
    assume(plan is not None and plan.refused)
    assert plan is not None
    enough = acknowledged(plan, situation.terms.allowance)
    passed = replace(situation, terms=replace(situation.terms, allowance=enough)).plan()

    assert plan.steps == passed.steps
    assert {Guard.PROTECTED} >= refusing(passed).keys()
    assert (Guard.PROTECTED in refusing(plan)) == passed.refused
    for guard in refusing(plan).keys() & set(Allowance.model_fields):
        less = enough.model_copy(update={guard: getattr(enough, guard) - 1})
        short = replace(situation, terms=replace(situation.terms, allowance=less)).plan()
        assert guard in refusing(short)
        assert refusing(short).keys() <= {guard, Guard.PROTECTED}


def named_in(hints: str) -> Allowance:
    return Allowance.parse(tuple(re.findall(r"--allow ([a-z_]+=\d+)", hints)))


@settings(max_examples=75)
@given(projects(), hands, projects(least=0))
def test_a_refused_apply_writes_nothing_and_the_one_that_its_hint_names_is_carried_out(
    first: Desired, before: list[Hand], second: Desired
):
    desk = AwkwardDesk(TRAITS, Manner(reorders=False, adds=False, shouts=False))
    desk.bring(first)
    desk.let(before)
    desk.source.desired = second
    plan = desk.plan()
    assume(plan.refused)
    calls, records = len(desk.platform.writes), len(desk.history.calls)
    with pytest.raises(GuardRefused) as refused:
        desk.apply()
    assert (calls, records) == (len(desk.platform.writes), len(desk.history.calls))

    allowance = named_in(refused.value.hint)
    # What the hint of an empty project names is another command, which says that it is meant.
    destroys = "gitops destroy" in refused.value.hint
    applied = desk.apply(ask=Ask(allowance=allowance, destroys=destroys))

    assert plan.steps == applied.plan.steps
    assert applied.result is None or applied.result.exit_code is ExitCode.DONE
