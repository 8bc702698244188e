"""Two at work on one history at once, over real git: one of them wins, and nothing that was kept is lost."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from gitops.errors import Locked, LockLost, UsageError
from gitops.history.adapter import GitHistory
from gitops.history.holder import Holder
from gitops.history.tenure import GitTenure
from gitops.model.event import Outcome
from tests.conformance.history import COMMAND, make_declared, make_plan, make_record, make_state
from tests.fakes.clock import FakeClock
from tests.history import ADA, BOB, HISTORY, LOCK, clone, git, isolate, make_remote, make_repository
from tests.integration.turns import Actor, TurnedGit, Turns, chain

pytestmark = pytest.mark.slow

EVE = Holder("Eve <eve@example.com>", "eve-host", "boot-e", 3, 3.0)

ROUNDS = {"in one repository": 80, "through a remote": 20}
FEW = {"in one repository": 10, "through a remote": 4}


@pytest.fixture
def often(request) -> int:
    return 10 if request.config.getoption("--soak") else 1


class Scene:
    """Where a story plays, again and again: the history of one is the beginning of the next."""

    def __init__(self, name: str, ada: Path, bob: Path, remote: str | None, kept: Path) -> None:
        self.name = name
        self.folders = {"ada": (ada, ADA), "bob": (bob, BOB), "eve": (ada, EVE)}
        self.remote = remote
        self.kept = kept
        self.clock = FakeClock()

    def history(self, actor: Actor) -> GitHistory:
        folder, holder = self.folders[actor.name]
        turned = TurnedGit(folder, actor)
        return GitHistory(turned, "aloha", "local", remote=self.remote, clock=self.clock, holder=holder)

    def ends(self) -> Counter[tuple[str, str]]:
        """Number and outcome of what is kept, counted."""
        return Counter((one["Deployment"], one["Outcome"]) for one in chain(self.kept, HISTORY))


@pytest.fixture(params=ROUNDS)
def scene(request, tmp_path, monkeypatch) -> Scene:
    isolate(monkeypatch, tmp_path / "home")
    if request.param == "in one repository":
        one = make_repository(tmp_path / "one")
        return Scene(request.param, one, one, None, one)
    remote = make_remote(tmp_path / "remote.git")
    ada, bob = (clone(remote, tmp_path / name) for name in ("ada", "bob"))
    return Scene(request.param, ada, bob, "origin", remote)


def test_of_two_at_once_exactly_one_wins_and_nothing_is_lost(scene, often):
    rounds = ROUNDS[scene.name] * often
    orders = set()
    for seed in range(rounds):
        refused: list[str] = []

        def part(actor: Actor, refused=refused) -> str:
            try:
                with scene.history(actor).claim(COMMAND) as tenure:
                    deploy(tenure, lambda: actor.wait_until(lambda: bool(refused)))
            except Locked:
                refused.append(actor.name)
                return "refused"
            return "won"

        turns = Turns(seed)
        ended = turns.play({"ada": part, "bob": part})
        orders.add(tuple(turns.order))

        assert sorted(map(str, ended.values())) == ["refused", "won"], f"seed {seed}: {ended}"
    expected = {(str(number), outcome): 1 for number in range(1, rounds + 1) for outcome in ("running", "succeeded")}
    assert expected == scene.ends()
    assert "" == git(scene.kept, "for-each-ref", LOCK)
    assert len(orders) > rounds * 0.9


def test_whatever_a_third_one_takes_away_the_history_is_one_chain_of_all_that_says_it_was_kept(scene, often):
    rounds = FEW[scene.name] * often
    kept: Counter[tuple[str, str]] = Counter()
    for seed in range(rounds):

        def part(actor: Actor) -> str:
            try:
                with scene.history(actor).claim(COMMAND) as tenure:
                    return deploy(tenure, tenure.renew, kept)
            except (Locked, LockLost):
                return "stopped"

        def eve(actor: Actor) -> str:
            history = scene.history(actor)
            for _ in range(4):
                holder = history.holder()
                if holder is not None:
                    with suppress(UsageError):  # given back meanwhile, or renewed
                        history.unlock(holder.id)
                        return f"took it from {holder.holder}"
            return "found it free"

        ended = Turns(seed).play({"ada": part, "bob": part, "eve": eve})

        faults = [fault for fault in ended.values() if isinstance(fault, BaseException)]
        assert [] == faults, f"seed {seed}: {ended}"
        assert kept == scene.ends(), f"seed {seed}: {ended}"
        assert "" == git(scene.kept, "for-each-ref", LOCK), f"seed {seed}: {ended}"


def deploy(tenure: GitTenure, meanwhile: Callable[[], object], kept: Counter[tuple[str, str]] | None = None) -> str:
    """A deployment under the lock; counts what it was told was kept."""
    number = tenure.past.last.number + 1 if tenure.past.last else 1
    counted = Counter() if kept is None else kept
    meanwhile()
    tenure.start(make_record(number), make_declared(), make_plan(), make_state(number))
    counted[str(number), "running"] += 1
    meanwhile()
    tenure.check()
    tenure.finish(make_record(number, Outcome.SUCCEEDED), make_state(number))
    counted[str(number), "succeeded"] += 1
    return "won"
