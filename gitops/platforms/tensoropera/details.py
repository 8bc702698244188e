"""The detail of an endpoint -> Live: only what the platform says, and nothing where it says nothing."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from gitops.model.autoscale import Autoscale, Bounds, LiveAutoscale
from gitops.model.desired import Totals
from gitops.model.live import Live, LiveReplica, Phase, ReplicaState
from gitops.model.resource import Resource, ResourceType
from gitops.model.sounding import PlatformTotals
from gitops.platforms.tensoropera.statuses import DEPLOYED, phase_of
from gitops.wire.tensoropera import RESOURCE_TYPES, EndpointDetail, devices_of

_TYPES: Final = {word: kind for kind, word in RESOURCE_TYPES.items()}


def live_of(name: str, detail: EndpointDetail, raw: Mapping[str, Any], totals: Totals) -> Live:
    """One endpoint as its detail tells it.

    Args:
        raw: the detail as it came, for the totals that the environment names keys of.
    """
    phase, message = phase_of(detail.status)
    autoscale, bounds, odd = _autoscaling(detail)
    replicas, online = _numbers(detail, phase)
    return Live(
        name=name,
        model=detail.model_name or "",
        version=detail.model_version or None,
        replicas=replicas,
        gpus_per_replica=detail.gpu_number_of_replica or 0,
        gpus_told=detail.gpu_number_of_replica is not None,
        phase=phase,
        raw_status=detail.status or "",
        message="; ".join(part for part in (message, odd) if part),
        url=detail.request_url or None,
        input_example=_object(detail.input_json),
        members=_members(detail),
        online=online,
        autoscale=autoscale,
        bounds=bounds,
        resource=_resource(detail),
        totals=_totals(raw, totals),
        changed_at=detail.update_time,
    )


def _numbers(detail: EndpointDetail, phase: Phase) -> tuple[int, int]:
    """Replicas, and how many answer: all of them where the platform calls the endpoint good and says no more."""
    replicas = detail.replicas if detail.replicas is not None else detail.online_replicas or 0
    if detail.online_replicas is not None:
        return replicas, detail.online_replicas
    return replicas, replicas if phase in {Phase.SERVING, Phase.ROLLED_BACK} else 0


def _object(text: str | None) -> dict[str, Any] | None:
    value = _json(text)
    return value if isinstance(value, dict) else None


def _json(text: str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def _members(detail: EndpointDetail) -> tuple[LiveReplica, ...]:
    """Replica by replica, where the platform names them and nothing is under way that would make it doubtful."""
    named = _json(detail.replica_ids)
    if detail.status != DEPLOYED or not detail.model_version or not isinstance(named, list):
        return ()
    ids = [one for one in named if isinstance(one, str) and one]
    if len(ids) != len(named) or len(ids) != detail.online_replicas:
        return ()
    return tuple(
        LiveReplica(
            id=one,
            version=detail.model_version,
            state=ReplicaState.READY,
            gpus_per_replica=detail.gpu_number_of_replica or 0,
        )
        for one in ids
    )


def _resource(detail: EndpointDetail) -> Resource | None:
    kind = _TYPES.get(detail.resource_type or "")
    if kind is None:
        return None
    if kind is not ResourceType.ON_PREMISE:
        return Resource(type=kind)
    master, *workers = devices_of(detail.edge_id) or ("",)
    try:
        return Resource(type=kind, master=master, workers=tuple(workers))
    except ValidationError:
        return None


def _autoscaling(detail: EndpointDetail) -> tuple[LiveAutoscale | None, Bounds | None, str]:
    """The whole policy, or its bounds, or why neither can be told.

    Where the platform does not say whether it scales by itself, only bounds that differ mean that it may.
    """
    least, most = detail.min, detail.max
    if detail.autoscaling is False or least is None or most is None:
        return None, None, ""
    if detail.autoscaling is None and least >= most:
        return None, None, ""
    try:
        bounds = Bounds(min_replicas=least, max_replicas=most)
    except ValidationError:
        return None, None, f"it scales by itself from {least} to {most} replicas, which gitops cannot declare"
    policy = _policy(detail, bounds)
    return (LiveAutoscale(policy=policy), None, "") if policy else (None, bounds, "")


def _policy(detail: EndpointDetail, bounds: Bounds) -> Autoscale | None:
    requests, window = detail.target_queries_per_replica, detail.aggregation_window_size_seconds
    delay = detail.scale_down_delay_seconds
    if detail.autoscaling is None or requests is None or window is None or delay is None:
        return None
    try:
        return Autoscale(
            min_replicas=bounds.min_replicas,
            max_replicas=bounds.max_replicas,
            requests_per_replica=requests,
            window=window,
            scale_down_delay=delay,
        )
    except ValidationError:
        return None


def _totals(raw: Mapping[str, Any], keys: Totals) -> PlatformTotals | None:
    """What the named keys hold; None where none is named."""
    if keys.requests is None and keys.average_latency_ms is None:
        return None
    requests = _number(raw, keys.requests)
    latency = _number(raw, keys.average_latency_ms)
    found = (("requests", keys.requests, requests), ("average_latency_ms", keys.average_latency_ms, latency))
    return PlatformTotals(
        requests=None if requests is None else int(requests),
        average_latency_ms=latency,
        keys=tuple(f"{name} from {key}" for name, key, value in found if value is not None),
    )


def _number(raw: Mapping[str, Any], key: str | None) -> float | None:
    value = raw.get(key) if key else None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
