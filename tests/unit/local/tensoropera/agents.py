"""A town with TensorOpera's face: requests as its client sends them, in virtual time, over lives that may end."""

import asyncio
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from gitops.errors import GitopsError
from gitops.local.store.catalogue import Catalogue
from gitops.local.tensoropera.agent import TICK_S, Agent
from gitops.local.tensoropera.behaviour import TENSOROPERA, Behaviour, Status
from gitops.local.tensoropera.calls import Asked
from gitops.local.tensoropera.deployments import Deployments
from gitops.local.tensoropera.endpoints import EndpointFace
from gitops.local.tensoropera.envelope import Declined
from gitops.local.tensoropera.ids import Ids
from gitops.local.tensoropera.shelf import Shelf
from gitops.local.upkeep import again
from gitops.wire.tensoropera import EndpointDetail
from tests.fakes.system import KilledError
from tests.fakes.virtual_time import run_virtually
from tests.unit.local.town import PATIENCE_S, Town
from tests.unit.local.worlds import EPOCH

BUSY = {Status.DEPLOYING, Status.ABORTING}


class AgentTown(Town):
    """A town whose wishes come over TensorOpera's contract.

    Attributes:
        behaviour: of the agent.
        keeps: what the agent has written down so far, over all lives; after `dies_after_keep` of them it is killed.
    """

    def __init__(self, folder: Path, behaviour: Behaviour = TENSOROPERA, **config: object) -> None:
        super().__init__(folder, **config)
        # After those that run, one that nothing here can run.
        Catalogue(self.store).add("aloha", f"sha256:{'f' * 64}", {"workspace": "."}, {}, EPOCH)
        self.behaviour = behaviour
        self.keeps = 0
        self.dies_after_keep: int | None = None
        self._put, self.store.put_deployment = self.store.put_deployment, self._keep

    def _keep(self, name: str, body: str) -> None:
        self.life.check()
        self._put(name, body)
        self.keeps += 1
        if self.keeps == self.dies_after_keep:
            self.life.dead = True
            raise KilledError

    async def rise(self) -> None:
        await super().rise()
        supervisor, ids = self.supervisor, Ids("one")
        deployments = Deployments(self.store, ids, supervisor.endpoint, supervisor.names, self.now)
        agent = Agent(supervisor, deployments, self.behaviour, self.now)
        shelf = Shelf(Catalogue(self.store), ids)
        self.face = EndpointFace(supervisor, agent, deployments, shelf, lambda one: f"http://test/{one}", self.now)
        self.card = int(shelf.id_of("aloha"))
        self.agent_task = asyncio.create_task(again("the agent", TICK_S, agent.look))

    # What a client asks.

    async def ask_new(self, version: str = "v0", devices: str = "[101,102,103]", **more: Any) -> Any:
        body = {"endpointName": "aloha", "modelId": self.card, "modelVersion": version, "edgeId": devices, **more}
        return await self.face.create_or_update(Asked(None, body))

    async def ask_version(self, version: str, **more: Any) -> Any:
        return await self.ask_new(version, id=self.detail.id, **more)

    async def ask_replicas(self, replicas: int) -> Any:
        body = {"endpointId": int(self.detail.id), "replicasDesired": replicas}
        return await self.face.auto_scale(Asked(None, body))

    async def ask_end(self) -> Any:
        return await self.face.delete(Asked(None, {"endpointId": int(self.detail.id)}))

    @property
    def detail(self) -> EndpointDetail:
        """The endpoint as its client is told; Declined where there is none."""
        there = self.face.deployments.find("aloha")
        if there is None:
            raise Declined("the endpoint aloha does not exist")
        return self.face._told(there)

    async def by_name(self) -> EndpointDetail:
        return await self.face.by_name(Asked(SimpleNamespace(query={"endpointName": "aloha"}, path="/"), {}))

    async def rest(self) -> EndpointDetail:
        """The endpoint once nothing is at work on it any more."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self.life.check()
                there = self.face.deployments.find("aloha")
                if there is None or (there.task is None and self.detail.status not in BUSY):
                    return self.detail
                await asyncio.sleep(0.01)

    async def deployed(self, replicas: int = 1, version: str = "v0") -> EndpointDetail:
        """An endpoint that serves."""
        await self.ask_new(version)
        await self.rest()
        if replicas > 1:
            await self.ask_replicas(replicas)
        return await self.rest()


def tell(folder: Path, story, **config: Any):
    """Run a story in such a town; afterwards nothing lives."""

    async def whole():
        town = AgentTown(folder, **config)
        await town.rise()
        try:
            return await story(town)
        finally:
            town.dies_after = town.dies_after_keep = None
            town.agent_task.cancel()
            with suppress(GitopsError):
                await town.close()
            assert town.system.living == []

    return run_virtually(whole())
