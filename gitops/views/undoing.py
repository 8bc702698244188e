"""What takes the steps of a plan back -> one sentence, or one per step."""

from collections.abc import Sequence
from typing import Final

from gitops.model.plan import Plan, Undo
from gitops.views.page import plural
from gitops.views.steps import will

NAMED: Final = 5
"""So many steps are named by their numbers."""


def undo_words(undo: Undo) -> str:
    """What takes one step back: orders, that nothing has to be done, or why it cannot be undone."""
    because = f": {undo.because}" if undo.because else ""
    orders = "; then ".join(map(will, undo.steps))
    if undo.possible:
        return f"{orders}{f' ({undo.because})' if undo.because else ''}" if orders else f"nothing to do{because}"
    return f"cannot be undone{because}{f'; instead {orders}' if orders else ''}"


def undo_summary(plan: Plan) -> str:
    """`To undo: 3 steps; step 2 cannot be undone: ...`; empty where the plan does not say."""
    if not plan.undo:
        return ""
    needed = sum(len(undo.steps) for undo in plan.undo if undo.possible)
    parts = [plural(needed, "step") if needed else "nothing"]
    hopeless: dict[str, list[int]] = {}
    for undo in plan.undo:
        if not undo.possible:
            hopeless.setdefault(undo.because, []).append(undo.number)
    parts += [f"{_steps(numbers)} cannot be undone{f': {why}' if why else ''}" for why, numbers in hopeless.items()]
    return f"To undo: {'; '.join(parts)}"


def _steps(numbers: Sequence[int]) -> str:
    """`step 2`, `steps 2, 5`, `steps 1, 2, 3, 4, 5 and 195 more`."""
    named = ", ".join(f"{number}" for number in numbers[:NAMED])
    more = len(numbers) - NAMED
    return f"step{'s' if len(numbers) > 1 else ''} {named}{f' and {more:,} more' if more > 0 else ''}"
