"""The supervisor: wishes come in, keepers carry them out. It decides whether a wish is new, possible, or refused."""

import asyncio
from collections.abc import Collection

from gitops.errors import Conflict, Rejected, Unreachable
from gitops.local.judgement import Census, phase
from gitops.local.keeper import Keeper
from gitops.local.member import Site
from gitops.local.rollout import room_or_reason
from gitops.local.state import Endpoint, Replica, Rollout, Template, Version
from gitops.local.store import Store
from gitops.model.live import Live, LiveReplica, LiveRollout, ReplicaState, Verdict
from gitops.wire.messages import PutEndpoint, PutRollout, PutScale


class Supervisor:
    """All endpoints of one installation.

    Args:
        store: for reading what was kept.
        site: what keepers need.
        url: where the gateway answers.
    """

    def __init__(self, store: Store, site: Site, url: str) -> None:
        self._store = store
        self._site = site
        self._url = url
        self._keepers: dict[str, Keeper] = {}
        self._closing = False

    def restore(self) -> None:
        """Begin where an earlier life stopped: end what it left behind, then keep every endpoint again."""
        left = self._store.living()
        found = set(self._site.processes.end_leftovers(left))
        for kept in self._store.endpoints():
            # Its replicas begin anew, so their getting ready is progress again.
            endpoint = kept.model_copy(update={"rollout": kept.rollout.model_copy(update={"best": 0})})
            keeper = self._keepers[endpoint.name] = Keeper(endpoint, self._site)
            self._bury(endpoint, [replica for replica in left if replica.endpoint == endpoint.name], found)
            keeper.start()

    def _bury(self, endpoint: Endpoint, dead: list[Replica], found: Collection[str]) -> None:
        for replica in dead:
            gone = replica.model_copy(
                update={"state": ReplicaState.STOPPED, "message": "ended with the platform that ran it"}
            )
            detail = {"restart": True, "was_alive": replica.id in found}
            self._site.journal.write("replica_stopped", endpoint, [], gone, detail)

    async def close(self) -> None:
        """Take no wish any more, stop every replica of every endpoint, and leave no process behind."""
        self._closing = True
        await asyncio.gather(*(keeper.close() for keeper in self._keepers.values()), return_exceptions=True)
        await asyncio.to_thread(self._site.processes.end_leftovers, [])

    def _open(self) -> None:
        if self._closing:
            raise Unreachable("the platform is going down", hint="start it again: gitops platform up")

    def create(self, name: str, wish: PutEndpoint) -> None:
        """A new endpoint; the same wish again changes nothing.

        Raises:
            Conflict: there is another endpoint of that name.
            Rejected: the version does not exist or cannot run here.
        """
        self._open()
        to = Template(version=wish.version, gpus_per_replica=wish.gpus_per_replica)
        if keeper := self._keepers.get(name):
            there = keeper.endpoint
            serves = there.stable or there.rollout.to
            if (there.model, serves, there.replicas) == (wish.model, to, wish.replicas):
                return
            raise Conflict(
                f"endpoint {name} exists already, with {there.replicas} replicas of {there.model} {serves.version}",
                hint="roll it out or scale it instead of creating it",
            )
        self._runnable(wish.model, wish.version)
        rollout = Rollout(
            id=0,
            to=to,
            origin=None,
            goal=wish.replicas,
            max_surge=0,
            max_unavailable="100%",
            deadline_s=wish.progress_deadline_s,
        )
        endpoint = Endpoint(name=name, model=wish.model, replicas=wish.replicas, rollout=rollout)
        keeper = Keeper(endpoint, self._site)
        keeper.wish(endpoint, "endpoint_created")
        self._keepers[name] = keeper
        keeper.start()

    def roll_out(self, name: str, wish: PutRollout) -> None:
        """Let `updated` replicas run another template; the same wish again changes nothing, a newer one wins.

        Raises:
            Rejected: no such endpoint or version, or a window in which nothing could move.
        """
        keeper = self._keeper(name)
        endpoint = keeper.endpoint
        if reason := room_or_reason(wish.max_surge, wish.max_unavailable, endpoint.replicas):
            raise Rejected(reason, hint="let max_surge or max_unavailable be at least 1")
        to = Template(version=wish.version, gpus_per_replica=wish.gpus_per_replica)
        old = endpoint.rollout
        if old.to == to and old.verdict in {Verdict.RUNNING, Verdict.PAUSED}:
            self._go_on(keeper, wish)
            return
        if endpoint.stable == to and not old.under_way:
            return
        self._runnable(endpoint.model, wish.version)
        if old.under_way:
            ended = old.model_copy(update={"verdict": Verdict.SUPERSEDED})
            keeper.wish(endpoint.model_copy(update={"rollout": ended}), "rollout_superseded", by=wish.version)
        rollout = Rollout(
            id=old.id + 1,
            to=to,
            origin=endpoint.stable,
            goal=wish.updated,
            max_surge=wish.max_surge,
            max_unavailable=wish.max_unavailable,
            deadline_s=wish.progress_deadline_s,
        )
        keeper.wish(keeper.endpoint.model_copy(update={"rollout": rollout, "message": ""}), "rollout_started")

    @staticmethod
    def _go_on(keeper: Keeper, wish: PutRollout) -> None:
        old = keeper.endpoint.rollout
        settings = {
            "max_surge": wish.max_surge,
            "max_unavailable": wish.max_unavailable,
            "deadline_s": wish.progress_deadline_s,
        }
        if old.goal == wish.updated and all(getattr(old, key) == value for key, value in settings.items()):
            return
        going = old.model_copy(update={**settings, "goal": wish.updated, "verdict": Verdict.RUNNING})
        keeper.wish(keeper.endpoint.model_copy(update={"rollout": going}), "rollout_continued", goal=wish.updated)

    def scale(self, name: str, wish: PutScale) -> None:
        """Hold so many replicas; the same wish again changes nothing. A rollout to all goes on, to all of the new.

        Raises:
            Rejected: no such endpoint.
        """
        keeper = self._keeper(name)
        endpoint = keeper.endpoint
        if endpoint.replicas == wish.replicas:
            return
        rollout = endpoint.rollout
        # A rollout to all goes on to all of the new number; one to a part stays one to a part.
        goal = wish.replicas if rollout.goal >= endpoint.replicas else min(rollout.goal, wish.replicas - 1)
        rollout = rollout.model_copy(update={"goal": goal})
        changed = endpoint.model_copy(update={"replicas": wish.replicas, "rollout": rollout})
        keeper.wish(changed, "scaled", before=endpoint.replicas)

    def _keeper(self, name: str) -> Keeper:
        self._open()
        keeper = self._keepers.get(name)
        if keeper is None:
            raise Rejected(f"there is no endpoint {name}")
        return keeper

    def _runnable(self, model: str, version: str) -> Version:
        found = self._site.version(model, version)
        if not found.config.get("entry_point"):
            raise Rejected(f"{model} {version} has no entry_point, and the embedded platform runs nothing else")
        return found

    def live(self, names: Collection[str] | None = None) -> list[Live]:
        """The endpoints of these names that exist, or all, by name."""
        return [self._live(keeper) for name, keeper in sorted(self._keepers.items()) if names is None or name in names]

    def names(self) -> list[str]:
        """All endpoints' names."""
        return sorted(self._keepers)

    def keeper(self, name: str) -> Keeper | None:
        """The keeper of an endpoint."""
        return self._keepers.get(name)

    def _live(self, keeper: Keeper) -> Live:
        endpoint, replicas = keeper.endpoint, keeper.replicas
        census = Census.of(endpoint, replicas)
        stable, rollout = endpoint.stable, endpoint.rollout
        doing = phase(endpoint, census)
        serving = self._site.version(endpoint.model, stable.version) if stable else None
        return Live(
            name=endpoint.name,
            model=endpoint.model,
            version=stable.version if stable else None,
            digest=serving.digest if serving else None,
            replicas=endpoint.replicas,
            gpus_per_replica=(stable or rollout.to).gpus_per_replica,
            phase=doing,
            raw_status=doing.value,
            message=endpoint.message,
            url=f"{self._url}/inference/{endpoint.name}",
            input_example=_example(serving),
            members=tuple(_live_replica(replica, self._site) for replica in sorted(replicas, key=lambda one: one.rank)),
            rollout=LiveRollout(
                id=rollout.id,
                version=rollout.to.version,
                from_version=rollout.origin.version if rollout.origin else None,
                gpus_per_replica=rollout.to.gpus_per_replica,
                updated_goal=min(rollout.goal, endpoint.replicas),
                updated_ready=census.new_ready,
                verdict=rollout.verdict,
                reason=rollout.reason,
                last_progress_at=rollout.progressed_at,
            ),
        )


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
