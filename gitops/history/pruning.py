"""A chain -> a shorter one: a new root that stands for what is forgotten, and the rest again on top of it.

The root has the state and the declarations of the last deployment that is forgotten, and says which commit the chain
was cut from, by which other clones follow. The commits behind it get new ids; their trees, messages and dates stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gitops.history import tree
from gitops.history.chain import Link
from gitops.history.message import pruned_message
from gitops.history.objects import Objects, Signature


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a chain is cut.

    Attributes:
        forgotten: numbers, oldest first.
        last: the newest commit that is forgotten; empty where none is.
        kept: commits, oldest first.
        tip: the newest of them.
    """

    forgotten: tuple[int, ...] = ()
    last: str = ""
    kept: tuple[str, ...] = ()
    tip: str = ""


def cut(links: Sequence[Link], keep: int) -> Cut:
    """Cut behind the newest so many deployments; at least one stays.

    Args:
        links: newest first.
    """
    numbers = list(dict.fromkeys(number for _, number in links if number))
    stay, go = set(numbers[: max(1, keep)]), numbers[max(1, keep) :]
    if not go:
        return Cut()
    kept = [commit for commit, number in links if number in stay]
    last = next(commit for commit, number in links if number == go[0])
    return Cut(tuple(reversed(go)), last, tuple(reversed(kept)), kept[0])


def rebuilt(objects: Objects, cut: Cut, environment: str, who: str, at: datetime) -> str:
    """Write the shorter chain; answers its tip."""
    stays = {path: one for path in (tree.STATE, tree.DESIRED) if (one := objects.id_of(f"{cut.last}:{path}"))}
    message = pruned_message(environment, cut.forgotten[0], cut.forgotten[-1], cut.tip)
    parent = objects.commit(objects.tree(stays), [], message, Signature(who, at))
    for commit in cut.kept:
        parent = objects.again(commit, parent)
    return parent
