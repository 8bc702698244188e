"""What goes on at one endpoint besides its rollout -> sentences: its autoscaler, its trouble, its bootstrap.

Each gives texts of one or more lines; what a replica printed is indented below the sentence that it belongs to.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from gitops.model.autoscale import LiveAutoscale, ScalingDecision, policy_text
from gitops.model.sounding import PlatformTotals, ProbeResult
from gitops.model.trouble import BootstrapState, LiveBootstrap, LiveTrouble
from gitops.views.amounts import NOT_AVAILABLE, elapsed_text, milliseconds_text, moment_text
from gitops.views.page import plural

_PRINTED_INDENT: Final = " " * 4


def autoscale_words(autoscale: LiveAutoscale, replicas: int | None, at: datetime) -> Iterator[str]:
    """The policy; what it wants now, or why it decides nothing; and the last decision that changed the number.

    Args:
        replicas: the number that the endpoint has.
        at: when it was looked at.
    """
    yield f"autoscale {policy_text(autoscale.policy)}"
    if autoscale.suspended:
        yield f"suspended: {autoscale.suspended}"
    elif autoscale.requests is not None and autoscale.wanted is not None:
        yield _wish(autoscale, autoscale.requests, autoscale.wanted, replicas)
    if autoscale.decision is not None:
        yield _decision(autoscale.decision, at)


def trouble_words(trouble: LiveTrouble, at: datetime) -> str:
    """Which replica ended last and why, whether it is a crash loop, when the next one starts, and its last lines."""
    who = f"{trouble.replica} of {trouble.version}"
    if trouble.loops:
        head = f"crash loop: {trouble.crashes:,} replicas in a row ended, the last was {who}"
    else:
        head = f"replica {who} ended"
    reason = trouble.reason or "the platform does not say why"
    return "\n".join([f"{head}: {reason}{_next_start(trouble, at)}", *_printed(trouble.last_lines)])


def bootstrap_words(bootstrap: LiveBootstrap) -> str:
    """How the bootstrap stands, with the time that it took or takes."""
    took = elapsed_text(bootstrap.seconds)
    match bootstrap.state:
        case BootstrapState.RUNNING:
            return f"bootstrapping {bootstrap.version} for {took}"
        case BootstrapState.DONE:
            return f"the bootstrap of {bootstrap.version} took {took}"
        case BootstrapState.FAILED:
            reason = bootstrap.reason or "the platform does not say why"
            head = f"the bootstrap of {bootstrap.version} failed after {took}: {reason}"
            return "\n".join([head, *_printed(bootstrap.last_lines)])


def probe_words(probe: ProbeResult) -> str:
    """How one request of our own was answered."""
    if not probe.ok:
        return f"no answer to a request of our own: {probe.message or 'nobody says why'}"
    return f"a request of our own was answered in {milliseconds_text(probe.latency_ms)}"


def totals_words(totals: PlatformTotals) -> str:
    """What the platform itself counts, marked as such."""
    parts = []
    if totals.requests is not None:
        parts.append(plural(totals.requests, "request"))
    if totals.average_latency_ms is not None:
        parts.append(f"{milliseconds_text(totals.average_latency_ms)} on average")
    if not parts:
        return f"as the platform says: {NOT_AVAILABLE}"
    return f"as the platform says: {', '.join(parts)} ({', '.join(totals.keys)})"


def _wish(autoscale: LiveAutoscale, requests: int, wanted: int, replicas: int | None) -> str:
    policy = autoscale.policy
    verb = "wants" if requests == 1 else "want"
    words = f"{plural(requests, 'request')} in the last {policy.window:.8g}s {verb} {plural(wanted, 'replica')}"
    if replicas is None or replicas == wanted:
        return words
    if replicas == autoscale.highest:
        return f"{words}; holds {replicas:,}, the highest wanted in the last {policy.scale_down_delay:.8g}s"
    return f"{words}; has {replicas:,}"


def _decision(decision: ScalingDecision, at: datetime) -> str:
    same_day = decision.at.astimezone(UTC).date() == at.astimezone(UTC).date()
    when = f"{decision.at.astimezone(UTC):%H:%M:%S} UTC" if same_day else moment_text(decision.at)
    why = f"{plural(decision.requests, 'request')} wanted {decision.wanted:,}"
    if decision.highest > decision.wanted:
        why += f", the highest wanted during the scale-down delay was {decision.highest:,}"
    return f"last decision {when}: {decision.before:,} -> {decision.after:,}, {why}"


def _next_start(trouble: LiveTrouble, at: datetime) -> str:
    if trouble.next_start_at is None:
        return ""
    seconds = (trouble.next_start_at - at).total_seconds()
    return f"; the next start is in {seconds:.0f}s" if seconds >= 0.5 else "; the next start is due"


def _printed(lines: Iterable[str]) -> Iterator[str]:
    return (_PRINTED_INDENT + line for line in lines)
