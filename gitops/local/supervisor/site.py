"""Everything that keepers and members need of the world around them; tests hand in another one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gitops.local.bootstrap.venv import Environment
from gitops.local.gateway.routes import Routes
from gitops.local.replicas.process import Processes
from gitops.local.state import Version
from gitops.local.store.journal import Journal
from gitops.model.trouble import LiveBootstrap


@dataclass(frozen=True, slots=True)
class Site:
    """The surroundings of a supervisor.

    Attributes:
        version: a version by its model and name.
        prepare: what a version runs in, once its bootstrap has run; may raise as `Environments.prepare` does.
        standing: how a version's bootstrap stands; None where it has none.
        logs: the folder of the replicas' outputs.
        drain_s: how long a replica that was taken out may finish its requests.
        now: the wall clock, for people; it may jump.
        monotonic: the event loop's clock, in seconds, for everything that is decided.
        port: gives a port for a new replica.
    """

    journal: Journal
    processes: Processes
    routes: Routes
    version: Callable[[str, str], Version]
    prepare: Callable[[Version], Awaitable[Environment]]
    standing: Callable[[Version], LiveBootstrap | None]
    logs: Path
    drain_s: float
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    port: Callable[[], int]
