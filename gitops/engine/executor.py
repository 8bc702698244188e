"""A Plan -> its Result, through the ports: waves in order, endpoints of a wave in parallel, news as Events."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Final, assert_never

from gitops.engine.autoscaling import set_autoscale
from gitops.engine.creating import create
from gitops.engine.deleting import delete
from gitops.engine.news import News
from gitops.engine.obstacle import obstacle, what_failed
from gitops.engine.placing import set_resource
from gitops.engine.pushing import push
from gitops.engine.result import Result, StepResult
from gitops.engine.rolling import roll_out
from gitops.engine.scaling import scale
from gitops.engine.site import Site, Task
from gitops.errors import GitopsError, Interrupted, RolledBack
from gitops.model.card import CardContent
from gitops.model.event import Outcome
from gitops.model.plan import Plan
from gitops.model.step import (
    CreateEndpoint,
    DeleteEndpoint,
    PushModelCard,
    RollOut,
    Scale,
    SetAutoscale,
    SetResource,
    Step,
    subject,
)
from gitops.ports import Clock, EventSink, Packager, Platform, StopSignal

DEFAULT_PARALLELISM: Final = 8

__all__ = ["Result", "StepResult", "execute"]

_Chain = Sequence[tuple[int, Step]]
"""Steps of one endpoint, or one push, in order, with their numbers."""


def execute(
    plan: Plan,
    platform: Platform,
    packager: Packager,
    content: Callable[[str, str], CardContent | None],
    sink: EventSink,
    clock: Clock,
    stop: StopSignal,
    parallelism: int = DEFAULT_PARALLELISM,
    check: Callable[[], None] = lambda: None,
) -> Result:
    """Carry a plan out and verify it by reading back.

    Args:
        plan: what to do; its steps are idempotent, so an interrupted one may be carried out again.
        platform: where.
        packager: packs cards that are pushed.
        content: (model, digest) -> the card of this content; None for what the plan does not push.
        sink: told everything that happens, one event at a time.
        clock: knows the time and lets it pass.
        stop: once set, the request in flight is finished and nothing new begins.
        parallelism: endpoints that are worked on at once, at least 1.
        check: called before every step and every request that changes something, from several threads. A GitopsError
            that it raises ends the apply as a stop does: nothing new begins, and it is in the result.

    Returns:
        How every step ended. Failures of the world are in it; only bugs are raised.
    """
    site = Site(platform, packager, content, clock, stop, News(sink, clock), check)
    began = clock.monotonic()
    site.news.apply_started(len(plan.steps))
    done: dict[int, StepResult] = {}
    numbered = sorted(enumerate(plan.steps, start=1), key=lambda pair: (pair[1].wave, pair[0]))
    for _, wave in groupby(numbered, key=lambda pair: pair[1].wave):
        _run_wave(site, _chains(list(wave)), plan.depends_on, done, parallelism)
    steps = tuple(done[number] for number in sorted(done))
    result = Result.of(steps, written=site.written.is_set(), error=site.refusal, stopped=stop.is_set())
    site.news.apply_finished(result.outcome, clock.monotonic() - began, [step.outcome for step in steps])
    return result


def _chains(wave: _Chain) -> list[_Chain]:
    """A wave's steps by what they are about; what is in one chain runs in order, chains run in parallel."""
    chains: dict[str, list[tuple[int, Step]]] = {}
    for number, step in wave:
        chains.setdefault(subject(step), []).append((number, step))
    return list(chains.values())


def _run_wave(
    site: Site,
    chains: list[_Chain],
    depends_on: Mapping[str, Sequence[str]],
    done: dict[int, StepResult],
    parallelism: int,
) -> None:
    """Run the chains; adds to `done` when all have ended, so that no thread sees another's half."""
    before = tuple(done.values())
    with ThreadPoolExecutor(max_workers=max(1, min(parallelism, len(chains))), thread_name_prefix="apply") as pool:
        futures = [pool.submit(_run_chain, site, chain, before, depends_on) for chain in chains]
    # A bug in a thread is raised here, with its traceback, after the others came to a stop.
    for future in futures:
        done |= {result.number: result for result in future.result()}


def _run_chain(
    site: Site, chain: _Chain, before: tuple[StepResult, ...], depends_on: Mapping[str, Sequence[str]]
) -> list[StepResult]:
    results: list[StepResult] = []
    try:
        for number, step in chain:
            failed = obstacle(step, results, before, depends_on)
            if failed is None and site.may_begin():
                results.append(_run_step(site, number, step))
            else:
                results.append(_skip(site, number, step, failed))
    except BaseException:
        site.abandoned.set()
        raise
    return results


def _skip(site: Site, number: int, step: Step, failed: StepResult | None) -> StepResult:
    """Report a step as not tried, because of the first thing that went wrong."""
    if failed is None or failed.interrupted:
        why = site.refusal.message if site.refusal and not site.stop.is_set() else "the apply was interrupted"
        because, blocked_by = f"because {why}", None
    elif failed.outcome is Outcome.NOT_TRIED:
        because, blocked_by = failed.because, failed.blocked_by
    else:
        because, blocked_by = f"because {what_failed(failed)}", failed.number
    site.news.step_finished(number, step, Outcome.NOT_TRIED, 0.0, because=because)
    return StepResult(number, step, Outcome.NOT_TRIED, because=because, blocked_by=blocked_by)


def _run_step(site: Site, number: int, step: Step) -> StepResult:
    task = Task(site, number, step, site.clock.monotonic())
    site.news.step_started(number, step)
    try:
        outcome, words = _perform(task, step)
    except GitopsError as fault:
        failed = _failed_outcome(fault)
        site.news.step_finished(number, step, failed, task.elapsed_s, fault=fault)
        return StepResult(number, step, failed, error=fault)
    site.news.step_finished(number, step, outcome, task.elapsed_s, result=words)
    return StepResult(number, step, outcome, result=words)


def _perform(task: Task, step: Step) -> tuple[Outcome, str]:
    match step:
        case PushModelCard():
            return push(task, step)
        case CreateEndpoint():
            return create(task, step)
        case RollOut():
            return roll_out(task, step)
        case Scale():
            return scale(task, step)
        case SetAutoscale():
            return set_autoscale(task, step)
        case SetResource():
            return set_resource(task, step)
        case DeleteEndpoint():
            return delete(task, step)
        case _:
            assert_never(step)


def _failed_outcome(fault: GitopsError) -> Outcome:
    match fault:
        case Interrupted():
            return Outcome.INTERRUPTED
        case RolledBack():
            return Outcome.ROLLED_BACK
        case _:
            return Outcome.FAILED
