"""Git's objects: files, trees and commits are written and read, and no ref is touched."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gitops.errors import HistoryError
from gitops.history.plumbing import Git, GitFailed


@dataclass(frozen=True, slots=True)
class Signature:
    """Who made a commit: `Name <mail>`, and when."""

    who: str
    at: datetime

    @property
    def environ(self) -> dict[str, str]:
        """How git is told; it takes no name of nothing but blanks and points, nor signs that it needs itself."""
        name, _, mail = self.who.partition(" <")
        name = name.translate(_UNSAID).strip(_CRUD) or "unknown"
        mail = mail.removesuffix(">").translate(_UNSAID).strip(_CRUD) or "unknown"
        at = f"@{int(self.at.astimezone(UTC).timestamp())} +0000"
        return {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", name), ("EMAIL", mail), ("DATE", at))
        }


_CRUD: Final = "".join(map(chr, range(33))) + ".,:;\"\\'"
"""What git leaves out itself at both ends of a name."""

_UNSAID: Final = {ord(sign): None for sign in "<>\x7f"} | dict.fromkeys(range(32))


class Objects:
    """The objects of one repository."""

    def __init__(self, git: Git) -> None:
        self._git = git

    def write(self, files: Mapping[str, bytes]) -> dict[str, str]:
        """Keep contents; path -> id, in one call."""
        if not files:
            return {}
        try:
            with tempfile.TemporaryDirectory(prefix="gitops-") as folder:
                paths = [Path(folder) / str(number) for number in range(len(files))]
                for path, content in zip(paths, files.values(), strict=True):
                    path.write_bytes(content)
                given = "".join(f"{path}\n" for path in paths).encode()
                ids = self._git.ask("hash-object", "-w", "--no-filters", "--stdin-paths", given=given).split()
        except OSError as fault:
            raise HistoryError(
                f"what is to be kept cannot be written to a temporary folder: {fault.strerror or fault}",
                hint="free some space, or name another folder for temporary files: TMPDIR",
            ) from fault
        return dict(zip(files, ids, strict=True))

    def tree(self, ids: Mapping[str, str]) -> str:
        """The tree of files that are kept already: path -> id, with at most one folder above a file."""
        folders: dict[str, dict[str, str]] = {}
        entries = []
        for path, one in ids.items():
            folder, _, name = path.rpartition("/")
            if folder:
                folders.setdefault(folder, {})[name] = one
            else:
                entries.append(f"100644 blob {one}\t{name}")
        entries += [f"040000 tree {self.tree(inside)}\t{folder}" for folder, inside in folders.items()]
        return self._git.ask("mktree", "-z", given="".join(f"{entry}\0" for entry in entries).encode())

    def commit(self, tree: str, parents: Sequence[str], message: str, signature: Signature) -> str:
        """A new commit's id."""
        above = [part for parent in parents for part in ("-p", parent)]
        written = self._git.run("commit-tree", tree, *above, given=message.encode(), environ=signature.environ)
        return written.decode().strip()

    def again(self, commit: str, parent: str) -> str:
        """A commit once more, on top of another one: only the line of its parent is new."""
        (said,) = self.read([commit])
        if said is None:
            raise GitFailed("cat-file", 1, f"there is no commit {commit}")
        head, _, message = said.partition(b"\n\n")
        tree, *lines = head.split(b"\n")
        others = [line for line in lines if not line.startswith(b"parent ")]
        anew = b"\n".join([tree, b"parent " + parent.encode(), *others]) + b"\n\n" + message
        return self._git.ask("hash-object", "-t", "commit", "-w", "--stdin", given=anew)

    def id_of(self, name: str) -> str | None:
        """The id of whatever git takes as a name; None where there is none."""
        try:
            return self._git.ask("rev-parse", "--verify", "--quiet", name)
        except GitFailed:
            return None

    def read(self, names: Sequence[str]) -> list[bytes | None]:
        """Contents by whatever git takes as a name (`<commit>:<path>`), in one call; None where there is none."""
        if not names:
            return []
        printed = self._git.run("cat-file", "--batch", given="".join(f"{name}\n" for name in names).encode())
        contents: list[bytes | None] = []
        at = 0
        for _ in names:
            head, at = _line(printed, at)
            if head.endswith((" missing", " ambiguous")):
                contents.append(None)
                continue
            size = int(head.rsplit(" ", 1)[1])
            contents.append(printed[at : at + size])
            at += size + 1
        return contents

    def has(self, commit: str) -> bool:
        """Whether a commit lies in this repository."""
        return self._git.holds("cat-file", "-e", f"{commit}^{{commit}}")

    def leads_to(self, older: str, newer: str) -> bool:
        """Whether one commit is the other one or comes before it; no also where one of them is not here."""
        return older == newer or self._git.holds("merge-base", "--is-ancestor", older, newer)

    def root(self, commit: str) -> str:
        """The first commit of a chain."""
        return self._git.ask("rev-list", "--first-parent", "--max-parents=0", commit)

    def message(self, commit: str) -> str:
        """A commit's message."""
        (said,) = self.read([commit])
        if said is None:
            raise GitFailed("cat-file", 1, f"there is no commit {commit}")
        return said.partition(b"\n\n")[2].decode(errors="replace")


def _line(printed: bytes, at: int) -> tuple[str, int]:
    """One line of the output, and where the next one begins."""
    end = printed.index(b"\n", at)
    return printed[at:end].decode(errors="replace"), end + 1
