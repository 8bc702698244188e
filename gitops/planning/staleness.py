"""A plan and the same plan made again -> what moved between them: endpoint, field, planned from, now."""

from collections.abc import Iterator, Mapping

from gitops.errors import PlanStale
from gitops.model.card import short_digest
from gitops.model.change import Change, value_text
from gitops.model.plan import Plan
from gitops.model.step import PushModelCard, Step, subject

_QUIET = frozenset({"wave", "kind", "endpoint", "model", "reason", "checkpoints"})
"""What steps hold that says nothing by itself about what moved."""


def refuse_stale(planned: Plan, now: Plan) -> None:
    """Go on if what is planned now is what was planned.

    Raises:
        PlanStale: something that the plan relies on has moved; says what.
    """
    moved = [*movements(planned, now), *_adoptions(planned, now)]
    if not moved:
        return
    raise PlanStale(
        "the plan is stale: " + "; ".join(moved),
        hint="nothing was written; run plan again, and look at what changed",
    )


def movements(planned: Plan, now: Plan) -> Iterator[str]:
    """A sentence for everything that moved, by what it is about."""
    if planned.fingerprints == now.fingerprints:
        return
    then, today = _by_subject(planned), _by_subject(now)
    for about in sorted(then.keys() | today.keys()):
        if planned.fingerprints.get(about) != now.fingerprints.get(about):
            yield from _moved(about, planned, now, then.get(about, []), today.get(about, []))


def _adoptions(planned: Plan, now: Plan) -> Iterator[str]:
    """To adopt is no step, and must have been seen all the same."""
    for name in sorted(planned.adopted - now.adopted):
        yield f"endpoint {name}: it was to be adopted, and is not nobody's any more"
    for name in sorted(now.adopted - planned.adopted):
        yield f"endpoint {name}: to adopt it was not planned, and now it would be"


def _by_subject(plan: Plan) -> Mapping[str, list[Step]]:
    steps: dict[str, list[Step]] = {}
    for step in plan.steps:
        steps.setdefault(subject(step), []).append(step)
    return steps


def _moved(about: str, planned: Plan, now: Plan, then: list[Step], today: list[Step]) -> Iterator[str]:
    if isinstance((then or today)[0], PushModelCard):
        yield _card(about, then, today)
        return
    name = about.removeprefix("endpoint ")
    old, new = planned.change(name), now.change(name)
    if new is None or not today:
        yield f"{about}: {_planned_words(old)} was planned, and nothing is to be done now"
        return
    if old is None or not then:
        yield f"{about}: nothing was planned, and now {_planned_words(new)} is to be done"
        return
    told = list(_fields(about, old, new)) or list(_relied_on(about, then, today))
    yield from told or [f"{about}: its steps are other ones now"]


def _card(about: str, then: list[Step], today: list[Step]) -> str:
    digests = [
        ", ".join(short_digest(step.digest) for step in steps if isinstance(step, PushModelCard))
        for steps in (then, today)
    ]
    return f"{about}: planned to push {digests[0] or 'nothing'}, now {digests[1] or 'nothing'}"


def _planned_words(change: Change | None) -> str:
    if change is None:
        return "a change"
    fields = ", ".join(field.field for field in change.fields)
    return f"to {change.action} it" + (f" ({fields})" if fields else "")


def _fields(about: str, old: Change, new: Change) -> Iterator[str]:
    was, is_ = ({field.field: field for field in change.fields} for change in (old, new))
    for field in sorted(was.keys() | is_.keys()):
        before, after = was.get(field), is_.get(field)
        if before is None:
            assert after is not None
            yield f"{about}: {field} was as declared, now it is {value_text(after.old)}"
        elif after is None:
            yield f"{about}: {field} planned from {value_text(before.old)}, now it is {value_text(before.new)} already"
        elif before.old != after.old:
            yield f"{about}: {field} planned from {value_text(before.old)}, now it is {value_text(after.old)}"
        elif before.new != after.new:
            planned, asked = value_text(before.new), value_text(after.new)
            yield f"{about}: {field} planned to become {planned}, now declared is {asked}"


def _relied_on(about: str, then: list[Step], today: list[Step]) -> Iterator[str]:
    """What steps rely on that is no field: a rollout that is under way, a number that is held still."""
    for before, after in zip(then, today, strict=False):
        if before.kind != after.kind:
            continue
        was, is_ = before.model_dump(mode="json"), after.model_dump(mode="json")
        for key in sorted(was.keys() & is_.keys() - _QUIET):
            if was[key] != is_[key]:
                yield f"{about}: {key} of step {before.kind} planned as {was[key]}, now {is_[key]}"
