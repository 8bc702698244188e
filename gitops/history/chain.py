"""The chain of commits -> the records that they keep."""

from gitops.errors import ErrorCode, UsageError
from gitops.history import tree
from gitops.history.objects import Objects
from gitops.history.plumbing import Git
from gitops.model.plan import Plan
from gitops.model.record import Declared, Lock, Record, State
from gitops.model.report import Report
from gitops.model.snapshot import Snapshot
from gitops.ports import Deployment, DeploymentDetail, Past

Link = tuple[str, int]
"""A commit and the number of its deployment; 0 for one that stands for what was forgotten."""


class Chain:
    """Reads what a history's commits keep."""

    def __init__(self, git: Git, objects: Objects, environment: str) -> None:
        self._git = git
        self._objects = objects
        self._environment = environment

    def past(self, tip: str | None, notes: tuple[str, ...] = ()) -> Past:
        """What the newest commit says.

        Raises:
            HistoryError: `history-corrupt` or `history-newer`.
        """
        if tip is None:
            return Past(notes=notes)
        record, state, declared = self._objects.read(
            [_at(tip, tree.RECORD), _at(tip, tree.STATE), _at(tip, tree.DESIRED)]
        )
        return Past(
            tip,
            _record(record, tip),
            tree.required(tree.read(State, state, _at(tip, tree.STATE)), _at(tip, tree.STATE)),
            tree.read(Declared, declared, _at(tip, tree.DESIRED)),
            notes,
        )

    def lock(self, commit: str) -> Lock:
        """What a lock's commit says.

        Raises:
            HistoryError: `history-corrupt` or `history-newer`.
        """
        name = _at(commit, tree.LOCK)
        (content,) = self._objects.read([name])
        return tree.required(tree.read(Lock, content, name), name)

    def links(self, tip: str | None, most: int | None = None) -> list[Link]:
        """The commits of a chain, newest first."""
        if tip is None:
            return []
        few = () if most is None else (f"--max-count={most}",)
        told = self._git.ask(
            "log", "--first-parent", *few, "--format=%H %(trailers:key=Deployment,valueonly)", tip, "--"
        )
        pairs = (line.partition(" ") for line in told.splitlines() if line.strip())
        return [(commit, int(number) if number.isdigit() else 0) for commit, _, number in pairs]

    def deployments(self, tip: str | None, limit: int | None = None) -> tuple[Deployment, ...]:
        """One for each number, by the newer of its commits, newest first."""
        commits = _newest(self.links(tip, None if limit is None else 2 * limit))[:limit]
        contents = self._objects.read([_at(commit, tree.RECORD) for commit in commits])
        return tuple(
            Deployment(commit, _record(content, commit)) for commit, content in zip(commits, contents, strict=True)
        )

    def deployment(self, tip: str | None, number: int) -> DeploymentDetail:
        """Everything that one of them left.

        Raises:
            UsageError: there is none of that number.
        """
        links = self.links(tip)
        commit = next((commit for commit, one in links if one == number and number > 0), None)
        if commit is None:
            raise self._unknown(number, [one for _, one in links if one])
        names = {path: _at(commit, path) for path in _FILES}
        found = dict(zip(_FILES, self._objects.read(list(names.values())), strict=True))
        return DeploymentDetail(
            Deployment(commit, _record(found[tree.RECORD], commit)),
            tree.read(Plan, found[tree.PLAN], names[tree.PLAN]),
            tree.read(Declared, found[tree.DESIRED], names[tree.DESIRED]),
            tree.required(tree.read(State, found[tree.STATE], names[tree.STATE]), names[tree.STATE]),
            tree.read_events(found[tree.EVENTS], names[tree.EVENTS]),
            tree.read(Snapshot, found[tree.BEFORE], names[tree.BEFORE]),
            tree.read(Snapshot, found[tree.AFTER], names[tree.AFTER]),
            tree.read(Report, found[tree.REPORT], names[tree.REPORT]),
        )

    def _unknown(self, number: int, known: list[int]) -> UsageError:
        there = f"those from {min(known)} to {max(known)} are kept" if known else "nothing was applied to it yet"
        return UsageError(
            f"there is no deployment {number} of {self._environment}: {there}",
            hint=f"list them: gitops history -e {self._environment}",
            code=ErrorCode.NO_SUCH_DEPLOYMENT,
        )


_FILES = (tree.RECORD, tree.PLAN, tree.DESIRED, tree.STATE, tree.EVENTS, tree.BEFORE, tree.AFTER, tree.REPORT)


def _at(commit: str, path: str) -> str:
    return f"{commit}:{path}"


def _record(content: bytes | None, commit: str) -> Record:
    name = _at(commit, tree.RECORD)
    return tree.required(tree.read(Record, content, name), name)


def _newest(links: list[Link]) -> list[str]:
    """The first commit of each number; of two in a row with the same number the newer one."""
    return [
        commit
        for index, (commit, number) in enumerate(links)
        if number and (index == 0 or links[index - 1][1] != number)
    ]
