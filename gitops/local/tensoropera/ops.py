"""The calls around cards and endpoints: is the key right, who am I, what did the replicas say, and what is not here."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from gitops.local.logs.chunk import unreadable
from gitops.local.logs.face import LogFace
from gitops.local.tensoropera.calls import Asked, Call
from gitops.local.tensoropera.directory import Directory
from gitops.local.tensoropera.envelope import Declined
from gitops.local.tensoropera.ids import Ids
from gitops.local.tensoropera.keys import KeyIn
from gitops.local.tensoropera.loglines import ReplicaLog, page, zone_of
from gitops.local.tensoropera.messages import ReadLogs
from gitops.wire.tensoropera import HEARTBEAT, LOGS, OPS, RESOURCE_TYPES, USER

RESOURCES: Final = f"{OPS}/cli/resourceType"

MOST_LINES: Final = 1000
"""Of one page, as fedml asks for."""

NOT_OFFERED: Final = (
    ("POST", f"{OPS}/configs/fetch"),
    ("POST", f"{OPS}/platform/queryJobList"),
    ("POST", f"{OPS}/application/create"),
    ("POST", f"{OPS}/application/update"),
    ("POST", f"{OPS}/application/updateApplicationConfigFromCli"),
    ("POST", f"{OPS}/application/runApplicationFromCli"),
    ("POST", f"{OPS}/application/stopApplicationFromCli"),
    ("POST", f"{OPS}/cli/getClusterStatus"),
    ("POST", f"{OPS}/cli/startCluster"),
    ("POST", f"{OPS}/cli/stopCluster"),
    ("POST", f"{OPS}/cli/setAutomaticStopTime"),
    ("POST", f"{OPS}/cli/shutDownCluster"),
    ("POST", f"{OPS}/cli/confirmClusterMachines"),
    ("GET", f"{OPS}/cli/dataset/list"),
    ("GET", f"{OPS}/cli/dataset/meta"),
    ("DELETE", f"{OPS}/cli/dataset"),
    ("POST", "/fedmlLogsServer/logs/update"),
    ("*", "/cheetah/cli/workflow"),
    ("POST", "/cheetah/cli/workflow/run"),
)
"""Calls of the contract that have no meaning on one machine: launching, clusters, workflows, agents."""


@dataclass(frozen=True, slots=True)
class OpsFace:
    """The calls around cards and endpoints."""

    ids: Ids
    logs: LogFace
    directory: Directory

    def calls(self) -> list[Call]:
        """Each with who answers it."""
        return [
            Call("POST", HEARTBEAT, KeyIn.BODY, self.heartbeat, stranger=False),
            Call("POST", USER, KeyIn.BODY, self.user),
            Call("GET", RESOURCES, None, self.resources),
            Call("POST", LOGS, KeyIn.BODY, self.read_logs),
            *(Call(method, path, None, self.nothing) for method, path in NOT_OFFERED),
        ]

    async def heartbeat(self, _asked: Asked) -> bool:
        """The key is right."""
        return True

    async def user(self, _asked: Asked) -> dict[str, int]:
        """Whose key it is: the installation's only user."""
        return {"id": int(self.ids.of("user"))}

    async def resources(self, _asked: Asked) -> list[dict[str, str]]:
        """What can be computed on: this machine."""
        return [{"gpuType": "local", "resourceType": kind} for kind in RESOURCE_TYPES.values()]

    async def read_logs(self, asked: Asked) -> dict[str, Any]:
        """A page of what the replicas of an endpoint have said."""
        wish = asked.read(ReadLogs)
        name = self.directory.name_of(wish.run_id)
        keeper = self.logs.supervisor.keeper(name) if name else None
        if name is None or keeper is None:
            raise Declined(f"there is no endpoint with id {wish.run_id}, and nothing else has logs here")
        size = min(wish.page_size, MOST_LINES)
        logs = [
            ReplicaLog(
                file=self.logs.book.file(kept.path),
                place=self.directory.place_of(name, kept.rank),
                secrets=self.logs.secrets(kept),
                alive=kept.info.alive,
            )
            for kept in self.logs.kept(keeper)
            if kept.rank is not None
        ]
        try:
            found = await asyncio.to_thread(page, logs, wish.page_num, size, zone_of(wish.time_zone))
        except OSError as fault:
            raise unreadable(f"of {name}", fault) from fault
        devices = self.directory.devices_of(name)
        return {
            "log_full_url": "",
            "devices": [{"id": device, "name": device, "log_url": ""} for device in devices],
            "totalSize": found.total,
            "totalPages": -(-found.total // size),
            "pageNum": wish.page_num,
            "logList": found.lines,
        }

    async def nothing(self, asked: Asked) -> None:
        """It is a call of the contract, but not here."""
        raise Declined(f"{asked.request.path} is not offered here: the embedded platform is one machine without agents")
