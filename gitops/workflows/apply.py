"""`apply`: plan, ask, lock, look again, and carry out what was shown."""

from collections.abc import Callable

from gitops.errors import GuardRefused
from gitops.model.plan import Plan
from gitops.planning.staleness import refuse_stale
from gitops.workflows.carrying import Applied, Mission, Progress, Surroundings, carry_out, is_remembered
from gitops.workflows.edges import Ask, Edges
from gitops.workflows.plan import prepare
from gitops.workflows.planfile import refuse_foreign

Approve = Callable[[Plan], bool]
"""Shown the plan once; whether it shall be carried out."""


def apply(
    edges: Edges,
    ask: Ask,
    approve: Approve,
    progress: Progress,
    around: Surroundings,
    mission: Mission | None = None,
) -> Applied:
    """Bring live to what the files declare.

    Raises:
        PlanStale: files, platform or history moved between the plan and the first write; nothing was written.
        GuardRefused: the plan does more than was acknowledged; nothing was written.
        Locked: somebody else is at work; nothing was written.
        InputError, UsageError, PlatformError, HistoryError: as `plan`; nothing was written.
    """
    mission = mission or Mission()
    prepared = prepare(edges, ask, wanted=mission.wanted)
    if mission.planned is not None:
        refuse_foreign(mission.planned, prepared.plan)
        refuse_stale(mission.planned, prepared.plan)
    approved = approve(prepared.plan)
    if prepared.plan.refused:
        raise _refused(prepared.plan)
    if not approved:
        return Applied(prepared.plan)
    if not prepared.plan.does_something and is_remembered(prepared, mission, around.clock.now()):
        return Applied(prepared.plan)
    with prepared.history.claim(around.command) as tenure:
        # What was approved is looked at again under the lock, on the platform that was shown, not opened anew.
        again = prepare(edges, ask, prepared.platform, tenure.past, mission.wanted)
        refuse_stale(prepared.plan, again.plan)
        if again.plan.refused:
            raise _refused(again.plan)
        return carry_out(again, tenure, progress, around, mission)


def _refused(plan: Plan) -> GuardRefused:
    refusing = [finding for finding in plan.findings if finding.refuses]
    hints = dict.fromkeys(finding.hint for finding in refusing)
    return GuardRefused(
        "nothing was applied: " + "; ".join(finding.message for finding in refusing), hint="; ".join(hints)
    )
