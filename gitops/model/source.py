"""Where a declaration comes from: the commit of the user's repository, and how far the files had left it."""

from gitops.model.frozen import Strict


class SourceState(Strict):
    """The state of the user's repository when something was planned or applied.

    Attributes:
        repository: the id of its first commit, by which a plan of another repository is told; None where that is not
            known: there is no repository, no commit yet, or the clone is shallow.
        commit: what was checked out; None where there is no commit.
        branch: None where the head is detached.
        folder: of the project in the repository, with forward slashes; empty for its top.
        dirty: sha256 over what differs from the commit in the project's folder, path by path; None where nothing does.
    """

    repository: str | None = None
    commit: str | None = None
    branch: str | None = None
    folder: str = ""
    dirty: str | None = None
