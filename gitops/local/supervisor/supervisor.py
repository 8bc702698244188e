"""The supervisor: wishes come in, keepers carry them out. It decides whether a wish is new, possible, or refused."""

import asyncio
from collections.abc import Collection
from functools import partial

from gitops.errors import Conflict, Rejected, Unreachable
from gitops.local.census import Census
from gitops.local.state import Endpoint, Rollout, Template, Version
from gitops.local.store.store import Store
from gitops.local.supervisor import autoscaler, watch
from gitops.local.supervisor.autoscaler import Autoscaler, resized
from gitops.local.supervisor.keeper import Keeper
from gitops.local.supervisor.member import Member
from gitops.local.supervisor.rollout import room_or_reason
from gitops.local.supervisor.site import Site
from gitops.local.supervisor.telling import live_of
from gitops.local.supervisor.watch import Watch
from gitops.local.upkeep import again, insist
from gitops.model.live import Live, Verdict
from gitops.wire.messages import PutAutoscale, PutEndpoint, PutRollout, PutScale


class Supervisor:
    """All endpoints of one installation.

    Args:
        store: for reading what was kept.
        site: what keepers need.
        url: where the gateway answers.
        stepwise: whether endpoints are autoscaled as TensorOpera does it, by one at a time.
    """

    def __init__(self, store: Store, site: Site, url: str, *, stepwise: bool = False) -> None:
        self._store = store
        self._site = site
        self._url = url
        self._keepers: dict[str, Keeper] = {}
        self._closing = False
        self._upkeep: list[asyncio.Task[None]] = []
        self._deletions: dict[str, asyncio.Task[None]] = {}
        self.autoscaler = Autoscaler(site, self._keepers.values, stepwise=stepwise)

    async def restore(self) -> None:
        """Begin where an earlier life stopped: adopt the replicas that still run, bury the others, keep every endpoint.

        Whatever else that life has left behind is ended, so that there is no orphan and no double.
        """
        left = self._store.living()
        kept = await self._site.processes.adopt(left, self._site.version)
        for endpoint in self._store.endpoints():
            keeper = self._keepers[endpoint.name] = Keeper(endpoint, self._site)
            keeper.inherit([replica for replica in left if replica.endpoint == endpoint.name], kept)
            # What was lost and gets ready again is progress of a rollout.
            best = Census.of(endpoint, keeper.replicas).new_ready
            rollout = keeper.endpoint.rollout.model_copy(update={"best": best})
            keeper.endpoint = keeper.endpoint.model_copy(update={"rollout": rollout})
            if endpoint.deleting:
                self.delete(endpoint.name)
            else:
                keeper.start()

    def begin_upkeep(self) -> None:
        """From now on look after the replicas and autoscale, until it is closed."""
        self._upkeep = [
            asyncio.create_task(again("autoscaling", autoscaler.TICK_S, self.autoscaler.look)),
            asyncio.create_task(
                again("the watch over replicas", watch.TICK_S, Watch(self._site.processes, self.members).look)
            ),
        ]

    async def close(self) -> None:
        """Take no wish any more, stop every replica of every endpoint, and leave no process behind."""
        self._closing = True
        for task in (*self._upkeep, *self._deletions.values()):
            task.cancel()
        await asyncio.gather(*(keeper.close() for keeper in self._keepers.values()), return_exceptions=True)
        await self._site.processes.end_all()

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
            if there.deleting:
                raise Conflict(f"endpoint {name} is being deleted", hint="wait until it is gone")
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
        endpoint = Endpoint(
            name=name,
            model=wish.model,
            replicas=wish.replicas,
            rollout=rollout,
            serial=self._store.last_serial(name),
        )
        keeper = Keeper(endpoint, self._site)
        keeper.wish(endpoint, "endpoint_created", _window(rollout))
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
        rollout = Rollout(
            id=old.id + 1,
            to=to,
            origin=endpoint.stable,
            goal=wish.updated,
            max_surge=wish.max_surge,
            max_unavailable=wish.max_unavailable,
            deadline_s=wish.progress_deadline_s,
        )
        ends = old.to.version if old.under_way else None
        started = {"rollout": rollout, "message": "", "trouble": None}
        keeper.wish(keeper.endpoint.model_copy(update=started), "rollout_started", _window(rollout), ends=ends)

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
        keeper.wish(keeper.endpoint.model_copy(update={"rollout": going}), "rollout_continued", _window(going))

    def scale(self, name: str, wish: PutScale) -> None:
        """Hold so many replicas; the same wish again changes nothing. A rollout to all goes on, to all of the new.

        Raises:
            Rejected: no such endpoint.
        """
        keeper = self._keeper(name)
        endpoint = keeper.endpoint
        if endpoint.replicas == wish.replicas:
            return
        keeper.wish(resized(endpoint, wish.replicas), "scaled", {"before": endpoint.replicas})

    def set_autoscale(self, name: str, wish: PutAutoscale) -> None:
        """Let a policy move the number of replicas from now on, or nothing; the same wish again changes nothing.

        A number outside its bounds is brought inside at once, also during a rollout: that is part of the wish.

        Raises:
            Rejected: no such endpoint.
        """
        keeper = self._keeper(name)
        endpoint, policy = keeper.endpoint, wish.policy
        if endpoint.autoscale == policy:
            return
        replicas = policy.within(endpoint.replicas) if policy else endpoint.replicas
        moved = endpoint if replicas == endpoint.replicas else resized(endpoint, replicas)
        changed = moved.model_copy(update={"autoscale": policy, "decision": None})
        detail = {**(policy.model_dump(mode="json") if policy else {}), "before": endpoint.replicas}
        keeper.wish(changed, "autoscale_set" if policy else "autoscale_removed", detail)
        self.autoscaler.attend(keeper)

    def give_up(self, name: str, reason: str) -> None:
        """Let the rollout that is under way fail now, without more replicas that have to die for it.

        Raises:
            Rejected: no such endpoint.
        """
        keeper = self._keeper(name)
        if keeper.endpoint.rollout.under_way and not keeper.endpoint.rollout.spoiled:
            spoiled = keeper.endpoint.rollout.model_copy(update={"spoiled": reason})
            keeper.wish(keeper.endpoint.model_copy(update={"rollout": spoiled}), "rollout_given_up", {"reason": reason})

    def delete(self, name: str) -> None:
        """Stop all replicas of an endpoint, then forget it; asked again, the same deletion goes on.

        From now on it gets no request any more; those that it has are drained. It is gone when no keeper of it is
        left. One that was begun before a kill is finished by the next life. What its replicas have said stays in its
        files, and is read again under an endpoint of the same name.
        """
        self._open()
        keeper = self._keepers.get(name)
        if keeper is None or name in self._deletions:
            return
        if not keeper.endpoint.deleting:
            keeper.wish(keeper.endpoint.model_copy(update={"deleting": True}), "endpoint_deleting")
        self._site.routes.close(name)
        work = partial(self._delete, keeper)
        self._deletions[name] = asyncio.create_task(insist(f"the deletion of {name}", work), name=f"end of {name}")

    async def _delete(self, keeper: Keeper) -> None:
        name = keeper.endpoint.name
        await keeper.end()
        self._site.journal.forget(keeper.endpoint)
        self._site.routes.forget(name, self._site.now())
        self.autoscaler.forget(name)
        del self._keepers[name]
        del self._deletions[name]

    def _keeper(self, name: str) -> Keeper:
        self._open()
        keeper = self._keepers.get(name)
        if keeper is None:
            raise Rejected(f"there is no endpoint {name}")
        if keeper.endpoint.deleting:
            raise Rejected(f"endpoint {name} is being deleted", hint="wait until it is gone")
        return keeper

    def _runnable(self, model: str, version: str) -> Version:
        found = self._site.version(model, version)
        if not found.config.get("entry_point"):
            raise Rejected(f"{model} {version} has no entry_point, and the embedded platform runs nothing else")
        return found

    def live(self, names: Collection[str] | None = None) -> list[Live]:
        """The endpoints of these names that exist, or all, by name."""
        return [
            live_of(keeper, self._site, self._url, self.autoscaler.live(keeper.endpoint))
            for name, keeper in sorted(self._keepers.items())
            if names is None or name in names
        ]

    def names(self) -> list[str]:
        """All endpoints' names, also of those that are being deleted."""
        return sorted(self._keepers)

    def keeper(self, name: str) -> Keeper | None:
        """The keeper of an endpoint."""
        return self._keepers.get(name)

    def endpoint(self, name: str) -> Endpoint | None:
        """An endpoint as it is wanted; None if there is none, or it is being deleted."""
        keeper = self._keepers.get(name)
        return keeper.endpoint if keeper and not keeper.endpoint.deleting else None

    def members(self) -> list[Member]:
        """All replicas that are alive."""
        return [member for keeper in self._keepers.values() for member in keeper.members.values()]


def _window(rollout: Rollout) -> dict[str, object]:
    """What an event says of how a rollout may go."""
    return {"goal": rollout.goal, "max_surge": rollout.max_surge, "max_unavailable": rollout.max_unavailable}
