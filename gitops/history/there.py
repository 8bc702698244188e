"""The same refs in a remote: asked for in one call, and pushed only if nobody moved them meanwhile."""

import re
from typing import Final

from gitops.errors import HistoryError
from gitops.history.here import Moved, tells_moved
from gitops.history.plumbing import NETWORK_S, Git, GitFailed
from gitops.history.refs import Move, Names, Tips

_NOT_ATOMIC: Final = "does not support --atomic"
_VERDICT: Final = re.compile(r"! \[.*rejected\].*\((.*)\)$")


class Refused(HistoryError):
    """The remote answers, and does not take what is pushed."""


class There:
    """The refs of one history in a remote of this repository."""

    def __init__(self, git: Git, names: Names, remote: str) -> None:
        self.remote = remote
        self._git = git
        self._names = names

    def tips(self) -> Tips:
        """Where the refs stand.

        Raises:
            HistoryError: the remote does not answer.
        """
        try:
            told = self._git.ask(
                "ls-remote", "--quiet", self.remote, self._names.all_histories, self._names.lock, timeout_s=NETWORK_S
            )
        except GitFailed as fault:
            raise self._unreachable(fault) from fault
        return self._names.tips(
            {ref: commit for commit, _, ref in (line.partition("\t") for line in told.splitlines())}
        )

    def fetch(self, *refs: str) -> None:
        """Fetch what these refs stand at, without moving any ref here.

        Raises:
            Moved: one is not there any more.
            HistoryError: the remote does not answer.
        """
        quiet = (
            "--quiet",
            "--no-tags",
            "--no-prune",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--no-filter",
        )
        try:
            self._git.run("fetch", *quiet, "--refmap=", self.remote, *refs, timeout_s=NETWORK_S)
        except GitFailed as fault:
            if "couldn't find remote ref" in fault.said:
                raise Moved from fault
            raise self._unreachable(fault) from fault

    def move(self, *moves: Move) -> None:
        """Push all of them, or none. An answer that was lost on its way is looked for.

        Raises:
            Moved: one stands somewhere else.
            Refused: the remote does not take it.
            HistoryError: the remote does not answer.
        """
        try:
            self._push(moves)
        except GitFailed as fault:
            stand = self.tips()
            where = {self._names.history: stand.history, self._names.lock: stand.lock}
            if all(where[move.ref] == move.new for move in moves):
                return
            if tells_moved(fault) or any(where[move.ref] != move.old for move in moves):
                raise Moved from fault
            raise Refused(
                f"the remote {self.remote} does not take what is pushed below {self._names.folder}: {_why(fault)}",
                hint="nothing was written there; let the account that git uses for it push refs below refs/gitops",
            ) from fault

    def _push(self, moves: tuple[Move, ...]) -> None:
        try:
            self._push_at_once(moves, "--atomic")
        except GitFailed as fault:
            if _NOT_ATOMIC not in fault.said:
                raise
            for move in moves:  # one after the other: the lock is given back behind what was written under it
                self._push_at_once((move,))

    def _push_at_once(self, moves: tuple[Move, ...], *flags: str) -> None:
        leases = [f"--force-with-lease={move.ref}:{move.old or ''}" for move in moves]
        specs = [f"{move.new or ''}:{move.ref}" for move in moves]
        self._git.run(
            "-c",
            f"remote.{self.remote}.mirror=false",
            "push",
            *flags,
            "--quiet",
            "--no-verify",
            "--no-thin",
            "--recurse-submodules=no",
            *leases,
            self.remote,
            *specs,
            timeout_s=NETWORK_S,
        )

    def _unreachable(self, fault: GitFailed) -> HistoryError:
        return HistoryError(
            f"the remote {self.remote}, which keeps the history, does not answer: {fault.words}",
            hint=f"see whether git reaches it: git ls-remote {self.remote}",
        )


def _why(fault: GitFailed) -> str:
    """What the remote itself said, else its verdict on a ref, else what git said last."""
    lines = [line.strip() for line in fault.said.splitlines() if line.strip()]
    own = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    verdicts = [found[1] for line in lines if (found := _VERDICT.search(line))]
    return "; ".join([line for line in own if line] or verdicts[:1]) or fault.words
