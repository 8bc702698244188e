"""`revert`: an earlier desired state against today's live; and the commit that lets the files say so too."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from gitops.diagnostics import InputError
from gitops.errors import GitopsError, UsageError
from gitops.model.desired import Desired, DesiredEndpoint
from gitops.model.record import Hold, Record, RecordKind
from gitops.planning.reverting import holds
from gitops.ports import Loaded
from gitops.workflows.apply import Approve, apply
from gitops.workflows.carrying import Applied, Mission, Progress, Surroundings
from gitops.workflows.choice import choose_environment
from gitops.workflows.edges import Ask, Edges
from gitops.workflows.plan import Wanted
from gitops.workflows.remembering import as_desired
from gitops.workflows.validate import examine

_LONGEST_NUMBER = 6
"""Digits; what is longer is the beginning of a commit's id."""


@dataclass(frozen=True, slots=True)
class _Target:
    """What is gone back to.

    Attributes:
        commit: whose files declare it; None where only the history tells.
        record: the deployment that was named; None where a commit was.
        words: for people: "deployment 3", "commit 1a2b3c4d5e6f".
    """

    commit: str | None
    record: Record | None
    declared: Mapping[str, DesiredEndpoint] | None
    words: str


def revert(edges: Edges, ask: Ask, to: str, approve: Approve, progress: Progress, around: Surroundings) -> Applied:
    """Bring live to what was declared at a commit, or by a deployment, and hold what the files ask beyond it.

    The platform, its keys, limits and protection are those of today's files.

    Args:
        to: a deployment's number, or whatever git takes for a commit.

    Raises:
        As `apply`.
    """
    with _back(edges, ask, to) as (wanted, back_words):
        mission = Mission(
            kind=RecordKind.REVERT,
            wanted=wanted,
            holds=partial(_holds, _today(edges, ask), wanted.desired, f"reverted to {back_words}"),
        )
        return apply(edges, ask, approve, progress, around, mission)


def branch_back(edges: Edges, ask: Ask, to: str, branch: str) -> tuple[str, str]:
    """A branch with the commit that a pull request needs, so that the files say it too.

    Returns:
        The branch and the commit.

    Raises:
        UsageError: there is no such commit, branch or change.
    """
    chosen, settings = _settings(edges, ask)
    assert settings.project is not None
    target = _target(edges, settings, chosen, to, ask)
    if target.commit is None:
        raise UsageError(
            f"{target.words} was applied from files that were in no commit, so git cannot bring them back",
            hint="name a commit: --to COMMIT",
        )
    name = branch or f"gitops/revert-{target.commit[:12]}"
    message = f"Revert {settings.project.name} to {target.words}\n\nThe project's folder is that of {target.commit}.\n"
    return name, edges.repository.branch_back(target.commit, name, message)


def _settings(edges: Edges, ask: Ask) -> tuple[str, Loaded]:
    chosen = choose_environment(edges.source, ask.environment)
    settings = edges.source.outline(chosen)
    if settings.project is None or settings.environment is None:
        raise InputError(settings.diagnostics)
    return chosen, settings


def _target(edges: Edges, settings: Loaded, environment: str, to: str, ask: Ask) -> _Target:
    assert settings.project is not None
    assert settings.environment is not None
    if not (to.isdecimal() and len(to) <= _LONGEST_NUMBER):
        commit = edges.repository.resolve(to)
        return _Target(commit, None, None, f"commit {commit[:12]}")
    history = edges.history_of(settings.project.name, environment, settings.environment)
    history.past(fetch=ask.fetch)
    detail = history.deployment(int(to))
    record = detail.deployment.record
    clean = record.source.commit if record.source.dirty is None else None
    declared = as_desired(detail.declared) if detail.declared is not None else {}
    return _Target(clean, record, declared, f"deployment {record.number}")


@contextmanager
def _back(edges: Edges, ask: Ask, to: str) -> Iterator[tuple[Wanted, str]]:
    """What was declared then; its files stay there while the context lasts, for cards that must be pushed again."""
    chosen, settings = _settings(edges, ask)
    assert settings.project is not None
    assert settings.environment is not None
    target = _target(edges, settings, chosen, to, ask)
    with ExitStack() as stack:
        loaded = _loaded(edges, target, chosen, stack)
        if target.declared is None:
            assert loaded is not None
            assert loaded.desired is not None
            desired, read = loaded.desired, loaded
        else:
            # The record says what was declared; the files of its commit, where they can be had, are there for a push.
            there = loaded.desired if loaded is not None and loaded.desired is not None else None
            desired = Desired(
                settings.project.name,
                chosen,
                dict(there.cards) if there is not None else {},
                target.declared,
                dict(there.earlier) if there is not None else {},
            )
            read = loaded or Loaded(settings.project, settings.environment, desired)
        yield Wanted(desired, read, settings.environment, target.words), target.words


def _loaded(edges: Edges, target: _Target, environment: str, stack: ExitStack) -> Loaded | None:
    """The files of the target's commit.

    Raises:
        InputError: a commit was named, and its files cannot be used.
    """
    if target.commit is None:
        return None
    try:
        folder: Path = stack.enter_context(edges.repository.files_at(target.commit))
        loaded = edges.source_at(folder).load(environment)
        diagnostics = examine(loaded, edges.traits_of)
        if any(one.is_error for one in diagnostics):
            raise InputError(diagnostics, f"the files of {target.words} cannot be used")
    except GitopsError:
        if target.record is None:
            raise
        return None
    return loaded


def _today(edges: Edges, ask: Ask) -> Mapping[str, DesiredEndpoint]:
    """What the files that lie here declare; nothing where they cannot be read: going back must be possible then too."""
    loaded = edges.source.load(choose_environment(edges.source, ask.environment))
    return loaded.desired.endpoints if loaded.desired is not None else {}


def _holds(
    today: Mapping[str, DesiredEndpoint], back: Desired, reason: str, number: int, since: datetime
) -> Mapping[str, tuple[Hold, ...]]:
    return holds(today, back.endpoints, reason, number, since) if today else {}
