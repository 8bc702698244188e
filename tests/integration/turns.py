"""Several people at work on one history, of whom only one acts at a time, in an order that a seed chooses.

Each call of git is a turn: between two of them somebody else may have any number. So every order of their reads and
writes can come up, and the same seed is the same story.
"""

import queue
import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from gitops.history.plumbing import Git
from tests.history import git

_PATIENCE_S = 60.0


class Actor:
    """One of them.

    Attributes:
        waits_for: nobody gives this one a turn before that is true.
        ended: what came of it; an exception where it raised one.
    """

    def __init__(self, name: str, turns: "Turns") -> None:
        self.name = name
        self.waits_for: Callable[[], bool] = lambda: True
        self.ended: object = None
        self._turns = turns
        self._go = threading.Semaphore(0)

    def step(self) -> None:
        """Wait for a turn."""
        self._turns.arrived.put((self, False))
        assert self._go.acquire(timeout=_PATIENCE_S), "the story stands still"

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Go on once something is so, which others bring about."""
        self.waits_for = condition
        self.step()
        self.waits_for = lambda: True

    def go(self) -> None:
        self._go.release()

    def play(self, part: Callable[["Actor"], object]) -> None:
        """Act a part to its end."""
        # The test is in another thread, and is told of every fault.
        with ThreadPoolExecutor(1) as stage:
            self.step()
            acted = stage.submit(part, self)
        self.ended = acted.exception() or acted.result()
        self._turns.arrived.put((self, True))


class Turns:
    """Who acts next.

    Attributes:
        order: who acted when, by name.
    """

    def __init__(self, seed: int) -> None:
        self.order: list[str] = []
        self.arrived: queue.Queue[tuple[Actor, bool]] = queue.Queue()
        self._chance = random.Random(seed)

    def play(self, parts: Mapping[str, Callable[[Actor], object]]) -> dict[str, object]:
        """What each of them ended with."""
        actors = [Actor(name, self) for name in parts]
        for actor in actors:
            threading.Thread(target=actor.play, args=(parts[actor.name],), daemon=True).start()
        waiting: list[Actor] = []
        left = len(actors)
        while left:
            while len(waiting) < left:
                actor, over = self.arrived.get(timeout=_PATIENCE_S)
                left -= over
                waiting += [] if over else [actor]
            able = sorted((one for one in waiting if one.waits_for()), key=lambda one: one.name)
            assert able or not left, "everybody waits for somebody"
            if able:
                chosen = self._chance.choice(able)
                waiting.remove(chosen)
                self.order.append(chosen.name)
                chosen.go()
        return {actor.name: actor.ended for actor in actors}


class TurnedGit(Git):
    """A repository whose every call is a turn of an actor."""

    def __init__(self, folder: Path, actor: Actor) -> None:
        super().__init__(folder, folder / ".git")
        self._actor = actor

    def run(self, *arguments: str, **how: Any) -> bytes:
        self._actor.step()
        return super().run(*arguments, **how)


def chain(folder: Path, ref: str) -> list[dict[str, str]]:
    """The trailers of a history's commits, oldest first; fails where it is no single chain."""
    if not git(folder, "for-each-ref", ref):
        return []
    told = git(folder, "log", "--reverse", "--format=%P%x00%(trailers:only,unfold)%x1e", ref)
    commits = [one.strip("\n").partition("\0") for one in told.split("\x1e") if one.strip("\n")]
    assert [len(parents.split()) for parents, _, _ in commits] == [0] + [1] * (len(commits) - 1)
    return [dict(line.split(": ", 1) for line in trailers.splitlines()) for _, _, trailers in commits]
