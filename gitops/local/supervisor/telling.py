"""An endpoint's keeper -> what is told of it to the outside."""

from gitops.local.census import Census
from gitops.local.state import Endpoint, Replica, Template, Version
from gitops.local.supervisor.judgement import phase
from gitops.local.supervisor.keeper import Keeper
from gitops.local.supervisor.site import Site
from gitops.model.autoscale import LiveAutoscale
from gitops.model.live import Live, LiveReplica, LiveRollout


def live_of(keeper: Keeper, site: Site, url: str, autoscale: LiveAutoscale | None) -> Live:
    """One endpoint as it is now.

    Args:
        keeper: the endpoint's.
        site: knows versions and where outputs lie.
        url: where the gateway answers.
        autoscale: what the autoscaler tells of it.
    """
    endpoint, replicas = keeper.endpoint, keeper.replicas
    census = Census.of(endpoint, replicas)
    stable = endpoint.stable
    doing = phase(endpoint, census)
    serving = site.version(endpoint.model, stable.version) if stable else None
    return Live(
        name=endpoint.name,
        model=endpoint.model,
        version=stable.version if stable else None,
        digest=serving.digest if serving else None,
        replicas=endpoint.replicas,
        gpus_per_replica=(stable or endpoint.rollout.to).gpus_per_replica,
        phase=doing,
        raw_status=doing.value,
        message=endpoint.message,
        url=f"{url}/inference/{endpoint.name}",
        input_example=_example(serving),
        members=tuple(_live_replica(replica, site) for replica in sorted(replicas, key=lambda one: one.rank)),
        rollout=None if endpoint.deleting else _live_rollout(endpoint, census),
        autoscale=autoscale,
        trouble=endpoint.trouble,
        bootstrap=site.standing(site.version(endpoint.model, _bootstrapping(endpoint).version)),
    )


def _live_rollout(endpoint: Endpoint, census: Census) -> LiveRollout:
    rollout = endpoint.rollout
    return LiveRollout(
        id=rollout.id,
        version=rollout.to.version,
        from_version=rollout.origin.version if rollout.origin else None,
        gpus_per_replica=rollout.to.gpus_per_replica,
        updated_goal=min(rollout.goal, endpoint.replicas),
        updated_ready=census.new_ready,
        verdict=rollout.verdict,
        reason=rollout.reason,
        last_progress_at=rollout.progressed_at,
    )


def _bootstrapping(endpoint: Endpoint) -> Template:
    """The template whose bootstrap is of interest: the new one's, as long as it is on its way or has failed."""
    new = endpoint.rollout.to
    return new if endpoint.rollout.spoiled else endpoint.wanted or new


def _example(version: Version | None) -> dict[str, object] | None:
    example = version.config.get("request_input_example") if version else None
    return example if isinstance(example, dict) else None


def _live_replica(replica: Replica, site: Site) -> LiveReplica:
    return LiveReplica(
        id=replica.id,
        version=replica.template.version,
        state=replica.state,
        gpus_per_replica=replica.template.gpus_per_replica,
        pid=replica.pid,
        started_at=replica.started_at,
        ready_at=replica.ready_at,
        message=replica.message,
        log=str(site.logs / replica.log),
    )
