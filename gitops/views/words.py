"""Changes and steps -> the plain lines that a record keeps of them, so that git log alone tells what happened."""

from collections.abc import Iterator

from gitops.model.change import Action, Change
from gitops.model.step import Step
from gitops.views.steps import will
from gitops.views.values import move_text, value_text


class PlainWords:
    """What was done, in lines without colours."""

    def step(self, step: Step) -> str:
        """A step as an order."""
        return will(step)

    def change(self, change: Change) -> tuple[str, ...]:
        """A line for everything that changes of an endpoint: `replicas 2 -> 4`."""
        return tuple(_lines(change))


def _lines(change: Change) -> Iterator[str]:
    if change.adopts:
        yield "adopted"
    for field in change.fields:
        if change.action is Action.CREATE:
            yield f"{field.field} {value_text(field.new)}"
        elif change.action is Action.DELETE:
            yield f"{field.field} was {value_text(field.old)}"
        else:
            yield f"{field.field} {' -> '.join(move_text(field.old, field.new))}"
