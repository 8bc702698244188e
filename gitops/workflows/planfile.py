"""A plan as a file: written for review, and applied exactly, or not at all."""

from pydantic import ValidationError

from gitops.errors import PlanUnusable
from gitops.model.change import Action
from gitops.model.guard import Allowance
from gitops.model.plan import Plan
from gitops.model.step import CreateEndpoint, DeleteEndpoint, PushModelCard
from gitops.planning.fingerprint import fingerprint, fingerprints
from gitops.planning.totals import counts
from gitops.ports import Repository
from gitops.workflows.edges import Ask


def parse_plan(text: bytes, name: str) -> Plan:
    """A plan from the text of a file, which is not trusted.

    Args:
        name: of the file, for people.

    Raises:
        PlanUnusable: it is no plan, of another format, or was changed after it was made.
    """
    try:
        plan = Plan.model_validate_json(text)
    except ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise PlanUnusable(
            f"{name} is no plan of this format: {where}: {first['msg']}",
            hint="make it anew with this version of gitops: gitops plan --out FILE",
        ) from fault
    parts = fingerprints(plan.steps)
    if parts != dict(plan.fingerprints) or fingerprint(parts) != plan.fingerprint:
        raise PlanUnusable(
            f"{name} was changed after it was made: its steps are not those of its fingerprint",
            hint="make it anew: gitops plan --out FILE",
        )
    if not _says_what_it_does(plan):
        raise PlanUnusable(
            f"{name} was changed after it was made: what it shows is not what its steps do",
            hint="make it anew: gitops plan --out FILE",
        )
    return plan


def _says_what_it_does(plan: Plan) -> bool:
    """Whether the changes that people read, and their counts, are those of the steps."""
    of = {action: {change.endpoint for change in plan.changes if change.action is action} for action in Action}
    created = {step.endpoint for step in plan.steps if isinstance(step, CreateEndpoint)}
    deleted = {step.endpoint for step in plan.steps if isinstance(step, DeleteEndpoint)}
    touched = {step.endpoint for step in plan.steps if not isinstance(step, PushModelCard)}
    shown = counts(plan.changes, 0).model_copy(update={"unchanged": plan.counts.unchanged})
    return (
        (of[Action.CREATE], of[Action.DELETE]) == (created, deleted)
        and touched <= {change.endpoint for change in plan.changes}
        and plan.counts == shown
    )


def ask_of(plan: Plan, environment: str | None, allowance: Allowance, repository: Repository) -> Ask:
    """How to plan again what a file planned.

    Args:
        environment: that was named on the command line; None for the plan's own.
        allowance: what was acknowledged there. What the file says was acknowledged when it was made counts for nothing:
            whoever may write the file could have written that too.

    Raises:
        PlanUnusable: it is of another environment or repository, or may not be applied from a file.
    """
    if environment is not None and environment != plan.environment:
        raise PlanUnusable(
            f"the plan is for environment {plan.environment}, not for {environment}",
            hint=f"leave --env out, or plan for {environment}",
        )
    if plan.offline or plan.back_to:
        how = "was made without asking the platform" if plan.offline else "goes back to an earlier state"
        raise PlanUnusable(f"the plan {how}, and cannot be applied from a file", hint="plan again, or gitops revert")
    here = repository.state()
    if None not in (here.repository, plan.source.repository) and here.repository != plan.source.repository:
        raise PlanUnusable("the plan was made in another repository", hint="plan again in this one")
    if here.folder != plan.source.folder:
        raise PlanUnusable(
            f"the plan was made for the project in {plan.source.folder or 'the top'} of this repository, and this one "
            f"is in {here.folder or 'the top'}",
            hint="go to the project's folder",
        )
    base = plan.base.commit if plan.base is not None else None
    return Ask(
        environment=plan.environment,
        base=base,
        only=plan.only,
        only_declared=plan.only_declared,
        allowance=allowance,
    )


def refuse_foreign(planned: Plan, now: Plan) -> None:
    """Go on if a plan from a file is about the project and platform that are at hand.

    Raises:
        PlanUnusable: it is about others.
    """
    if planned.project != now.project:
        raise PlanUnusable(
            f"the plan is of project {planned.project}, and this one is {now.project}", hint="go to its folder"
        )
    if not planned.platform.same(now.platform):
        raise PlanUnusable(
            f"the plan is for {planned.platform.kind} at {planned.platform.url}, and environment {now.environment} is "
            f"now {now.platform.kind} at {now.platform.url}",
            hint="plan again",
        )
