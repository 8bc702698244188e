"""What must hold after every apply, with its history, on platforms that tell things as real ones do.

The property that matters most: after one apply plan has no step; only held and manual lines may remain.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops.errors import ExitCode, PlanStale
from gitops.model.change import Change, Origin
from gitops.model.desired import Desired
from gitops.model.field import Traits
from gitops.model.plan import Plan
from gitops.workflows.carrying import Applied, Surroundings
from gitops.workflows.edges import Ask
from tests.builders import TRAITS, WHOLE
from tests.fakes.awkward import AwkwardPlatform, Manner
from tests.fakes.desk import Desk
from tests.fakes.whole import FakeWholePlatform
from tests.projects import EVERYTHING, Hand, Whim, hands, let_autoscalers_move, manners, projects, whims

MEANT = Ask(allowance=EVERYTHING)
ONLY_DECLARED = Ask(allowance=EVERYTHING, only_declared=True)


class AwkwardDesk(Desk):
    """A desk before a platform that tells things its own way.

    Args:
        traits: of the kind of platform.
        manner: of this one.
    """

    def __init__(self, traits: Traits, manner: Manner) -> None:
        super().__init__()
        self.traits, self.whole = traits, traits.rolls_whole
        behind = FakeWholePlatform(self.clock) if self.whole else self.platform
        self.awkward = AwkwardPlatform(behind, manner)

    @property
    def around(self) -> Surroundings:
        return replace(super().around, parallelism=1)

    def connect(self, environment: Any) -> Any:
        return self.awkward

    def let(self, several: list[Hand]) -> None:
        """Let people do what they do, and time pass until it shows."""
        for hand in several:
            hand.act(self.awkward, whole=self.whole)
        self.clock.sleep(1.0)
        if self.whole:
            self.awkward.disturbed.clear()

    def bring(self, desired: Desired, ask: Ask = MEANT) -> Applied:
        """Apply it, and every guard's count acknowledged."""
        self.source.desired = desired
        return self.apply(ask=ask)


def brought(desk: AwkwardDesk, desired: Desired, moves: list[Whim]) -> Applied:
    """One apply that is carried out: a number outside its bounds that comes back between plan and lock makes one stale,
    which then has written nothing."""
    for _ in moves:
        with suppress(PlanStale):
            return desk.bring(desired)
    return desk.bring(desired)


def succeeded(applied: Applied) -> bool:
    return applied.result is None or applied.result.exit_code is ExitCode.DONE


def is_done(plan: Plan) -> bool:
    return (plan.steps, plan.changes, plan.drift) == ((), (), ())


def told(changes: tuple[Change, ...]) -> set[tuple[str, str, str]]:
    """What is done to which endpoint, field by field."""
    return {(change.endpoint, change.action, field.field) for change in changes for field in change.fields}


def leave_exactly_the_drift(desk: AwkwardDesk, desired: Desired) -> None:
    """Apply what is declared only: the plan after it holds the drift that was left, and nothing else."""
    desk.clock.sleep(60)  # What the platform is at work on is nothing that anybody could tell yet.
    applied = desk.bring(desired, ONLY_DECLARED)
    left, again = desk.plan(MEANT), desk.plan(ONLY_DECLARED)

    assert succeeded(applied)
    assert told(applied.plan.drift) == told(left.changes)
    assert {field.origin for change in left.changes for field in change.fields} <= {Origin.DRIFT}
    assert ((), told(left.changes)) == (again.steps, told(again.drift))


natives = projects(least=0)
wholes = projects(whole=True, least=0)


@settings(max_examples=150)
@given(natives, hands, natives, hands, st.booleans(), manners, whims)
def test_after_one_apply_plan_has_no_step_whatever_the_platform_tells(
    first: Desired,
    before: list[Hand],
    second: Desired,
    between: list[Hand],
    declared_first: bool,
    manner: Manner,
    moves: list[Whim],
):
    desk = AwkwardDesk(TRAITS, replace(manner, forgets_gpus=False))
    desk.let(before)
    desk.bring(first)
    desk.let(between)
    if declared_first:
        leave_exactly_the_drift(desk, second)
    let_autoscalers_move(desk.awkward, moves)

    assert succeeded(brought(desk, second, moves))
    assert is_done(desk.plan(MEANT))
    if not any(hand.what == "policy" for hand in (*before, *between)):
        # What is never given back, and was set by the tool alone, is what the files say all the same.
        for name, declared in second.endpoints.items():
            assert declared.endpoint.autoscale == desk.platform.live(name).policy


@settings(max_examples=150)
@given(wholes, hands, wholes, hands, st.booleans(), manners, whims)
def test_so_it_is_on_one_that_rolls_by_itself(
    first: Desired,
    before: list[Hand],
    second: Desired,
    between: list[Hand],
    declared_first: bool,
    manner: Manner,
    moves: list[Whim],
):
    desk = AwkwardDesk(WHOLE, manner)
    desk.let(before)
    desk.bring(first)
    desk.let(between)
    if declared_first:
        leave_exactly_the_drift(desk, second)
    let_autoscalers_move(desk.awkward, moves)

    assert succeeded(brought(desk, second, moves))
    assert is_done(desk.plan(MEANT))
    assert [] == desk.awkward.disturbed
