"""The port `Repository`: the user's commits and files are read, and only a branch that is asked for is new."""

import getpass
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gitops.errors import HistoryError, UsageError
from gitops.history.changed import changed_digest, read_status
from gitops.history.objects import Objects
from gitops.history.plumbing import Git, GitFailed
from gitops.history.unpacking import unpack
from gitops.model.source import SourceState

_PROJECT_FILE: Final = "gitops.yaml"


class GitRepository:
    """A git repository, and the project in a folder of it.

    Args:
        git: called at the top of the work tree.
        folder: of the project, with forward slashes; empty for the top.
        shallow: whether older commits were left out of this clone.
    """

    def __init__(self, git: Git, folder: str, *, shallow: bool = False) -> None:
        self._git = git
        self._objects = Objects(git)
        self._folder = folder
        self._shallow = shallow

    def state(self) -> SourceState:
        """Commit, branch, and what differs from it in the project's folder."""
        status = read_status(self._git, self._folder)
        return SourceState(
            repository=self._root(status.commit),
            commit=status.commit,
            branch=status.branch,
            folder=self._folder,
            dirty=changed_digest(self._git.folder, status.paths),
        )

    def resolve(self, revision: str) -> str:
        """The full id of a commit by whatever git takes."""
        if revision and not revision.startswith("-") and "\n" not in revision:
            found = self._objects.id_of(f"{revision}^{{commit}}")
            if found is not None:
                return found
        raise UsageError(
            f"there is no commit {revision} in this {'shallow clone' if self._shallow else 'repository'}",
            hint="fetch the older commits: git fetch --unshallow"
            if self._shallow
            else "name a commit, a tag or a branch; git fetch gets those of others",
        )

    def contains(self, commit: str) -> bool:
        """Whether what lies here comes from a commit."""
        if self._objects.id_of(f"{commit}^{{commit}}") is None:
            return self._shallow
        return self._shallow or self._git.holds("merge-base", "--is-ancestor", commit, "HEAD")

    def author(self) -> str:
        """Who applies, as git knows them."""
        return identity(self._git, os.environ)

    @contextmanager
    def files_at(self, commit: str) -> Iterator[Path]:
        """The project's folder as it was at a commit, its whole repository around it."""
        found = self.resolve(commit)
        if self._objects.id_of(f"{found}:{self._inside(_PROJECT_FILE)}") is None:
            raise self._not_there(found)
        with _temporary_folder(found) as top:
            _lay_out(self._git, found, top)
            yield top / self._folder

    def branch_back(self, commit: str, branch: str, message: str) -> str:
        """A new branch with one commit on top of the head that puts the project's folder back."""
        then, ref = self.resolve(commit), f"refs/heads/{branch}"
        head = self._objects.id_of("HEAD^{commit}")
        if head is None:
            raise UsageError("there is no commit yet to put a branch on", hint="commit the files first")
        if not self._git.holds("check-ref-format", "--branch", branch):
            raise UsageError(f"{branch} cannot be the name of a branch", hint="take one like back-to-12")
        if self._objects.id_of(ref) is not None:
            raise UsageError(f"there is a branch {branch} already", hint="name another one, or delete that")
        folder = self._objects.id_of(f"{then}:{self._folder}")
        if folder is None:
            raise self._not_there(then)
        tree = self._with_folder(head, folder)
        if tree == self._objects.id_of(f"{head}^{{tree}}"):
            raise UsageError(
                f"the files of the project are those of commit {then[:12]} already", hint="there is nothing to put back"
            )
        made = self._git.ask(
            "commit-tree", tree, "-p", head, given=f"{message.rstrip()}\n".encode(), environ=self._me()
        )
        self._git.run("update-ref", "--stdin", "-z", given=f"create {ref}\0{made}\0".encode())
        return made

    def _with_folder(self, head: str, new: str) -> str:
        """The tree of a commit with another one in the place of the project's folder."""
        *above, name = ["", *self._folder.split("/")] if self._folder else [""]
        for depth in range(len(above), 0, -1):
            path = "/".join(above[1:depth])
            entries = self._entries(f"{head}:{path}")
            entries[name] = f"040000 tree {new}"
            lines = "".join(f"{entry}\t{key}\0" for key, entry in entries.items())
            new = self._git.ask("mktree", "-z", "--missing", given=lines.encode(errors="surrogateescape"))
            name = above[depth - 1]
        return new

    def _entries(self, tree: str) -> dict[str, str]:
        """Name -> mode, kind and id; nothing where there is no such folder."""
        if self._objects.id_of(tree) is None:
            return {}
        lines = self._git.ask("ls-tree", "-z", tree).split("\0")
        return {name: entry for entry, _, name in (line.partition("\t") for line in lines if line)}

    def _root(self, commit: str | None) -> str | None:
        if commit is None or self._shallow:
            return None
        return self._git.ask("rev-list", "--max-parents=0", commit).splitlines()[-1]

    def _inside(self, name: str) -> str:
        return f"{self._folder}/{name}" if self._folder else name

    def _me(self) -> Mapping[str, str]:
        name, _, mail = self.author().removesuffix(">").partition(" <")
        return {f"GIT_{role}_{key}": value for role in _ROLES for key, value in (("NAME", name), ("EMAIL", mail))}

    def _not_there(self, commit: str) -> UsageError:
        where = f"in the folder {self._folder} " if self._folder else ""
        return UsageError(
            f"there was no project {where}at commit {commit[:12]}",
            hint=f"see what was there: git ls-tree -r --name-only {commit[:12]}",
        )


def _lay_out(git: Git, commit: str, top: Path) -> None:
    """The files of a commit in an empty folder.

    Raises:
        HistoryError: they cannot be written, or read.
    """
    try:
        unpack(git, commit, top)
        (top / ".git").mkdir()  # a boundary: nothing looks for a project or a repository above it
    except OSError as fault:
        raise _not_laid_out(commit, fault) from fault


@contextmanager
def _temporary_folder(commit: str) -> Iterator[Path]:
    try:
        folder = tempfile.TemporaryDirectory(prefix="gitops-")
    except OSError as fault:
        raise _not_laid_out(commit, fault) from fault
    with folder as name:
        yield Path(name).resolve()


def _not_laid_out(commit: str, fault: OSError) -> HistoryError:
    return HistoryError(
        f"the files of commit {commit[:12]} cannot be laid out in a temporary folder: {fault.strerror or fault}",
        hint="free some space, or name another folder for temporary files: TMPDIR",
    )


_ROLES: Final = ("AUTHOR", "COMMITTER")


class NoRepository:
    """Where a project lies in no repository."""

    def state(self) -> SourceState:
        """Nothing is known."""
        return SourceState()

    def resolve(self, revision: str) -> str:
        """There are no commits."""
        raise _no_repository(f"there is no commit {revision}")

    def contains(self, commit: str) -> bool:
        """Nobody can tell."""
        return bool(commit)

    def author(self) -> str:
        """The account and the machine."""
        return account()

    @contextmanager
    def files_at(self, commit: str) -> Iterator[Path]:
        """There are no commits."""
        raise _no_repository(f"there is no commit {commit}")
        yield Path()

    def branch_back(self, commit: str, branch: str, message: str) -> str:
        """There are no branches."""
        raise _no_repository(f"no branch {branch} ({message}) can put {commit} back")


def _no_repository(what: str) -> UsageError:
    return UsageError(f"{what}: the project is in no git repository", hint="make one of it: git init")


def identity(git: Git, environ: Mapping[str, str]) -> str:
    """`Name <mail>` of git's variables and settings; else of the account and the machine."""
    try:
        told = git.ask("config", "--null", "--get-regexp", r"^user\.(name|email)$")
    except GitFailed:
        told = ""
    settings = dict(part.partition("\n")[::2] for part in told.split("\0"))
    name = environ.get("GIT_AUTHOR_NAME") or settings.get("user.name")
    mail = environ.get("GIT_AUTHOR_EMAIL") or settings.get("user.email")
    if not name and not mail:
        return account()
    return f"{name or mail} <{mail or _address()}>"


def account() -> str:
    """The account and the machine, where git knows nobody."""
    return f"{_user()} <{_address()}>"


def _address() -> str:
    return f"{_user()}@{socket.gethostname()}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account that has a number only
        return f"uid-{os.getuid()}"
