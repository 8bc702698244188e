"""What a plan does -> what the guards have to say about it: counts beyond the limits refuse it until acknowledged.

Shares are of the owned endpoints, whatever `--only` selects. Where fewer than ten are owned a share says little, so
updates and capacity are labelled there and nothing is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitops.model.change import Action, Change
from gitops.model.desired import DesiredEndpoint
from gitops.model.guard import Finding, Guard
from gitops.model.live import Absent, Live, PlatformIdentity
from gitops.model.quantity import Quantity, Rounding, share
from gitops.model.record import Entry
from gitops.planning.remembered import Remembered, Terms

ENOUGH_TO_COUNT = 10
"""Owned endpoints from which on a share of them is taken seriously."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What is looked at.

    Attributes:
        changes: those that do something.
        declared: endpoint -> what the files ask for, as far as it is in reach and not held.
        live: every endpoint that is declared or owned.
        names: how many endpoints the files declare.
    """

    changes: Sequence[Change]
    declared: Mapping[str, DesiredEndpoint]
    live: Mapping[str, Live | Absent]
    names: int


def findings(weighed: Weighed, remembered: Remembered, terms: Terms, platform: PlatformIdentity) -> tuple[Finding, ...]:
    """What every guard that has something to say says; those that refuse come first."""
    found = [
        *_other_platform(remembered, terms, platform),
        *_empty(weighed, remembered, terms),
        *_protected(weighed, remembered, terms),
        *_deletes(weighed, remembered, terms),
        *_adoptions(weighed, remembered, terms),
        *_capacity(weighed, remembered, terms),
        *_updates(weighed, remembered, terms),
    ]
    # What is only a label, or was acknowledged, needs no advice.
    told = [finding if finding.refuses else finding.model_copy(update={"hint": ""}) for finding in found]
    return tuple(sorted(told, key=lambda finding: not finding.refuses))


def is_protected(name: str, entry: Entry | None, terms: Terms) -> str:
    """Why an endpoint may not be deleted; empty where it may."""
    applied = entry.applied if entry is not None else None
    if name in terms.protect:
        return "the environment's protect names it"
    if name in terms.declared_protected:
        return "it is declared with deletion: protect"
    if applied is not None and applied.protected:
        return "the environment's protect named it when it was last applied"
    if applied is not None and applied.deletion == "protect":
        return "deletion: protect was last applied to it"
    return ""


def capacity(declared: DesiredEndpoint | None, live: Live | Absent) -> int:
    """The replicas that an endpoint has at least: declared, or live where nothing is declared."""
    if declared is not None:
        endpoint = declared.endpoint
        return endpoint.autoscale.min_replicas if endpoint.autoscale else endpoint.replicas
    if isinstance(live, Absent):
        return 0
    policy = live.told_policy
    return policy.min_replicas if policy else live.replicas


def _of(weighed: Weighed, action: Action) -> tuple[str, ...]:
    return tuple(change.endpoint for change in weighed.changes if change.action is action)


def _other_platform(remembered: Remembered, terms: Terms, platform: PlatformIdentity) -> Iterator[Finding]:
    there = remembered.elsewhere
    if there is None:
        return
    yield Finding(
        guard=Guard.PLATFORMS,
        count=1,
        allowed=terms.allowance.platforms,
        refuses=terms.allowance.platforms < 1,
        message=f"the history of this environment is about {there.kind} at {there.url}, and the platform is now "
        f"{platform.kind} at {platform.url}",
        hint="if it is the same platform at a new address, take its state over: --allow platforms=1",
    )


def _empty(weighed: Weighed, remembered: Remembered, terms: Terms) -> Iterator[Finding]:
    deletes = _of(weighed, Action.DELETE)
    if weighed.names or not deletes or terms.destroys:
        return
    yield Finding(
        guard=Guard.EMPTY,
        count=len(remembered.owned),
        allowed=0,
        subjects=deletes,
        refuses=terms.allowance.empty < 1,
        message="the files declare no endpoint at all, so everything that is owned would be deleted",
        hint="look whether include in gitops.yaml finds the files; if everything shall go: gitops destroy",
    )


def _protected(weighed: Weighed, remembered: Remembered, terms: Terms) -> Iterator[Finding]:
    gone, again = ("", "") if terms.destroys else (" is no longer declared and", "declare it again; ")
    for name in _of(weighed, Action.DELETE):
        if why := is_protected(name, remembered.entries.get(name), terms):
            yield Finding(
                guard=Guard.PROTECTED,
                count=1,
                allowed=0,
                subjects=(name,),
                message=f"endpoint {name}{gone} must not be deleted: {why}",
                hint=f"{again}to delete it, first apply it with deletion: allow and without protect",
            )


def _deletes(weighed: Weighed, remembered: Remembered, terms: Terms) -> Iterator[Finding]:
    names = _of(weighed, Action.DELETE)
    limit = _limit(terms.limits.deletes, len(remembered.owned))
    allowed = max(limit, terms.allowance.deletes)
    if len(names) > limit:
        yield Finding(
            guard=Guard.DELETES,
            count=len(names),
            allowed=allowed,
            subjects=names,
            refuses=len(names) > allowed,
            message=f"{_endpoints(names)} would be deleted; the limit is {terms.limits.deletes}",
            hint=f"if that is meant: --allow deletes={len(names)}",
        )


def _adoptions(weighed: Weighed, remembered: Remembered, terms: Terms) -> Iterator[Finding]:
    names = tuple(change.endpoint for change in weighed.changes if change.adopts)
    limit = _limit(terms.limits.adoptions, len(remembered.owned))
    allowed = max(limit, terms.allowance.adoptions)
    if len(names) > limit:
        yield Finding(
            guard=Guard.ADOPTIONS,
            count=len(names),
            allowed=allowed,
            subjects=names,
            refuses=len(names) > allowed,
            message=f"{_endpoints(names)} would be adopted: there already, and no record of this project and "
            f"environment says that it is ours; the limit is {terms.limits.adoptions}",
            hint=f"if they are yours: gitops import {names[0]}, or --allow adoptions={len(names)}",
        )


def _capacity(weighed: Weighed, remembered: Remembered, terms: Terms) -> Iterator[Finding]:
    owned = [name for name in sorted(remembered.owned) if name in weighed.live]
    before = sum(capacity(None, weighed.live[name]) for name in owned)
    drops = {
        change.endpoint: drop
        for change in weighed.changes
        if change.endpoint in remembered.owned and (drop := _drop(change, weighed)) > 0
    }
    lost, limit = sum(drops.values()), _limit(terms.limits.capacity_drop, before)
    allowed = max(limit, terms.allowance.capacity_drop)
    if lost > limit:
        yield Finding(
            guard=Guard.CAPACITY_DROP,
            count=lost,
            allowed=allowed,
            subjects=tuple(drops),
            refuses=lost > allowed and len(owned) >= ENOUGH_TO_COUNT,
            message=f"{_replicas(lost)} of {before:,} would go; the limit is {terms.limits.capacity_drop}",
            hint=f"if that is meant: --allow capacity_drop={lost}",
        )


def _drop(change: Change, weighed: Weighed) -> int:
    live = weighed.live[change.endpoint]
    if change.action is Action.DELETE:
        return capacity(None, live)
    if change.action is not Action.UPDATE:
        return 0
    return capacity(None, live) - capacity(weighed.declared.get(change.endpoint), live)


def _updates(weighed: Weighed, remembered: Remembered, terms: Terms) -> Iterator[Finding]:
    names = tuple(name for name in _of(weighed, Action.UPDATE) if name in remembered.owned)
    owned = len(remembered.owned)
    limit = _limit(terms.limits.updates, owned)
    allowed = max(limit, terms.allowance.updates)
    if len(names) > limit:
        yield Finding(
            guard=Guard.UPDATES,
            count=len(names),
            allowed=allowed,
            subjects=names,
            refuses=len(names) > allowed and owned >= ENOUGH_TO_COUNT,
            message=f"{len(names):,} of {owned:,} owned endpoints would be updated; the limit is "
            f"{terms.limits.updates}",
            hint=f"if that is meant: --allow updates={len(names)}",
        )


def _limit(limit: Quantity, of: int) -> int:
    return share(limit, of, Rounding.DOWN)


def _endpoints(names: Sequence[str]) -> str:
    return f"endpoint {names[0]}" if len(names) == 1 else f"{len(names):,} endpoints"


def _replicas(number: int) -> str:
    return f"{number:,} replica{'s' if number != 1 else ''}"
