"""The refs of this repository: read together, moved together or not at all."""

from typing import Final

from gitops.errors import HistoryError
from gitops.history.plumbing import Git, GitFailed
from gitops.history.refs import Move, Names, Tips


class Moved(HistoryError):
    """Somebody else moved a ref between a look at it and a write; nothing was written."""

    def __init__(self) -> None:
        super().__init__("somebody else wrote to this history at the same moment", hint="do the same again")


_MOVED: Final = ("reference already exists", "but expected", "(stale info)")
"""What git says of a ref that stands somewhere else than it was told, here and in a remote."""


def tells_moved(fault: GitFailed) -> bool:
    """Whether git itself says that a ref had moved; it may stand where it was again by now."""
    return any(words in fault.said for words in _MOVED)


class Here:
    """The refs of one history in this repository, which may not have been made yet."""

    def __init__(self, git: Git, names: Names) -> None:
        self._git = git
        self._names = names

    @property
    def made(self) -> bool:
        """Whether the repository is there; one whose making was killed is not, and is made to its end."""
        return self._git.git_dir is None or (self._git.git_dir / "HEAD").exists()

    def make(self) -> None:
        """Make the repository, a bare one, where it is not there yet."""
        if not self.made:
            Git(self._git.folder).run("init", "--quiet", "--bare", "--template=", str(self._git.git_dir))

    def tips(self) -> Tips:
        """Where the refs stand."""
        if not self.made:
            return Tips()
        told = self._git.ask(
            "for-each-ref", "--format=%(refname) %(objectname)", self._names.all_histories, self._names.lock
        )
        return self._names.tips(dict(line.split(" ") for line in told.splitlines()))

    def move(self, *moves: Move) -> None:
        """Move all of them, or none.

        Raises:
            Moved: one stands somewhere else.
            HistoryError: it cannot be written.
        """
        try:
            self._git.run("update-ref", "--stdin", "-z", given=b"".join(_order(move) for move in moves))
        except GitFailed as fault:
            if tells_moved(fault) or any(self._stand(move.ref) != move.old for move in moves):
                raise Moved from fault
            raise HistoryError(
                f"the history cannot be written in this repository: {fault.words}",
                hint="look at the rights and the space of its folder .git",
            ) from fault

    def put(self, ref: str, commit: str) -> None:
        """Let a ref stand at a commit, wherever it stood."""
        self._git.run("update-ref", ref, commit)

    def _stand(self, ref: str) -> str | None:
        return self._git.ask("for-each-ref", "--format=%(objectname)", ref) or None


def _order(move: Move) -> bytes:
    """One line of `update-ref --stdin -z`."""
    if move.new is None:
        return f"delete {move.ref}\0{move.old}\0".encode()
    if move.old is None:
        return f"create {move.ref}\0{move.new}\0".encode()
    return f"update {move.ref}\0{move.new}\0{move.old}\0".encode()
