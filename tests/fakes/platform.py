"""A platform in memory, over virtual time: the Platform port with every call recorded and faults where a test asks."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops.errors import Conflict, Rejected, ServerFault, Unreachable
from gitops.model.autoscale import Autoscale
from gitops.model.card import CardContent
from gitops.model.live import ABSENT, Absent, Live, ModelVersion, PlatformIdentity, Verdict
from gitops.model.log import LogPage, LogQuery
from gitops.model.quantity import Quantity, Rounding, share
from gitops.model.resource import Resource
from gitops.model.secret import secret_digest
from gitops.model.snapshot import Counters
from gitops.model.sounding import ProbeResult
from tests.fakes.clock import FakeClock
from tests.fakes.fleet import Fleet
from tests.fakes.output import page_of
from tests.fakes.replicas import Behaviour, Moment, Rolling, Template

WRITES = frozenset({"push", "create", "roll_out", "scale", "set_autoscale", "delete"})


class Killed(Exception):
    """The tool was killed here: no error of the world, so nothing may catch it."""


@dataclass(frozen=True)
class Fault:
    """What one call ends with, before or after it had its effect."""

    error: Exception
    after: bool = False


def unreachable() -> Unreachable:
    return Unreachable("nobody answers at fake://platform", hint="start the platform")


def server_fault() -> ServerFault:
    return ServerFault("the platform broke while it answered")


@dataclass(frozen=True)
class Call:
    method: str
    subject: str
    arguments: Mapping[str, object]


class FakePlatform:
    """An installation of the fake platform.

    Attributes:
        calls: every call that came in, in order, the failed ones too.
        faults: number of the call, from 1 -> how it fails.
        surprises: number of the call, from 1 -> what happens right before it has its effect.
        behaviours: digest -> what replicas of that content do.
        late_s: after so many seconds an acknowledged write shows.
    """

    def __init__(self, clock: FakeClock, api_key: str | None = "key") -> None:
        self.clock = clock
        self.api_key = api_key
        self.calls: list[Call] = []
        self.faults: dict[int, Fault] = {}
        self.surprises: dict[int, Callable[[], None]] = {}
        self.behaviours: dict[str, Behaviour] = {}
        self.late_s = 0.0
        self._down_until = 0.0
        self._lock = threading.RLock()
        self._fleets: dict[str, Fleet] = {}
        self._serials: dict[str, int] = {}
        self._versions: dict[str, list[ModelVersion]] = {}
        self._coming: list[tuple[float, Callable[[], None]]] = []

    # For tests.

    def restart(self, away_s: float) -> None:
        """Be away for a while from now on, and come back with every replica begun anew."""
        with self._lock:
            self._advance()
            self._down_until = self.clock.monotonic() + away_s
            for fleet in self._fleets.values():
                fleet.members.clear()
                fleet.resting_until = self._down_until

    def remove(self, name: str) -> None:
        """Let an endpoint be gone, as somebody with other tools may."""
        with self._lock:
            del self._fleets[name]

    def autoscaler_moves(self, name: str, replicas: int) -> None:
        """Let the autoscaler choose a number now, the nearest within its bounds, unless a rollout makes it wait."""
        with self._lock:
            self._advance()
            fleet = self._fleets.get(name)
            if fleet is not None and fleet.policy is not None and not fleet.rollout.under_way:
                fleet.hold(fleet.policy.within(replicas), self.clock.monotonic())

    def misplace(self, name: str, replicas: int) -> None:
        """Let an endpoint have a number that no bounds hold, as a platform may that does not pull it back."""
        with self._lock:
            self._advance()
            self._fleets[name].hold(replicas, self.clock.monotonic())

    def moments(self, name: str) -> list[Moment]:
        """Everything that happened to an endpoint until now."""
        with self._lock:
            self._advance()
            return list(self._fleets[name].moments)

    def live(self, name: str) -> Live:
        """An endpoint as it is now; no call, so no fault and no record."""
        with self._lock:
            self._advance()
            return self._live(self._fleets[name])

    def pushed(self, model: str) -> list[ModelVersion]:
        """A model's versions; no call either."""
        return list(self._versions.get(model, []))

    @property
    def writes(self) -> list[Call]:
        """The calls that ask for a change."""
        return [call for call in self.calls if call.method in WRITES]

    # The port.

    def set_resource(self, name: str, *, resource: Resource) -> None:
        with self._call("set_resource", name, resource=resource):
            raise Rejected(f"there are no devices here for {name}")

    def probe(self, name: str, body: Mapping[str, Any]) -> ProbeResult:
        with self._call("probe", name):
            if name not in self._fleets:
                return ProbeResult(at=self.clock.now(), ok=False, status=404, message="HTTP 404")
            return ProbeResult(at=self.clock.now(), ok=True, latency_ms=5.0, status=200)

    def identity(self) -> PlatformIdentity:
        return PlatformIdentity(kind="local", url="fake://platform", installation="fake")

    def secret_digest(self, name: str, value: str) -> str | None:
        return secret_digest(self.api_key, name, value) if self.api_key else None

    def read(self, names: Collection[str]) -> Mapping[str, Live | Absent]:
        with self._call("read", " ".join(sorted(names))):
            return {name: self._live(self._fleets[name]) if name in self._fleets else ABSENT for name in names}

    def versions(self, models: Collection[str]) -> Mapping[str, tuple[ModelVersion, ...]]:
        with self._call("versions", " ".join(sorted(models))):
            return {model: tuple(self._versions.get(model, [])) for model in models}

    def counters(self, names: Collection[str]) -> Mapping[str, Counters]:
        with self._call("counters", " ".join(sorted(names))):
            return {}

    def logs(self, name: str, query: LogQuery, cursor: str | None = None) -> LogPage:
        with self._call("logs", name, query=query):
            return page_of(self._fleet(name).said, query, cursor)

    def push(self, card: CardContent, archive: Path) -> ModelVersion:
        with self._call("push", card.name, digest=card.digest, archive=archive):
            secrets = {
                name: digest
                for name, secret in card.spec.environment_variables.items()
                if secret.reference and (digest := self.secret_digest(name, secret.reveal()))
            }
            have = self._versions.setdefault(card.name, [])
            for version in reversed(have):
                if (version.digest, version.secrets) == (card.digest, secrets):
                    return version
            have.append(ModelVersion(name=f"v{len(have)}", digest=card.digest, secrets=secrets))
            return have[-1]

    def create(
        self,
        name: str,
        *,
        model: str,
        version: str,
        replicas: int | None,
        gpus_per_replica: int,
        resource: Resource | None,
        progress_deadline_s: float,
    ) -> None:
        if resource is not None:
            raise Rejected(f"there are no devices here for {name}")
        replicas = 1 if replicas is None else replicas
        with self._call("create", name, model=model, version=version, replicas=replicas):
            to = Template(version, gpus_per_replica)
            there = self._fleets.get(name)
            if there is not None:
                if there.deleting:
                    raise Conflict(f"endpoint {name} is being deleted")
                if (there.model, there.rollout.to, there.replicas) != (model, to, replicas):
                    raise Conflict(f"endpoint {name} exists already")
                return
            self._version(model, version)
            self._later(lambda: self._create(name, model, to, replicas, progress_deadline_s))

    def roll_out(
        self,
        name: str,
        *,
        version: str,
        gpus_per_replica: int,
        updated: int,
        max_surge: Quantity,
        max_unavailable: Quantity,
        progress_deadline_s: float,
    ) -> None:
        with self._call("roll_out", name, version=version, updated=updated):
            fleet = self._fleet(name)
            if not share(max_surge, fleet.replicas, Rounding.UP) and not share(
                max_unavailable, fleet.replicas, Rounding.DOWN
            ):
                raise Rejected("max_surge and max_unavailable both come to 0")
            self._version(fleet.model, version)
            wish = Rolling(
                id=0,
                to=Template(version, gpus_per_replica),
                origin=None,
                goal=updated,
                max_surge=max_surge,
                max_unavailable=max_unavailable,
                deadline_s=progress_deadline_s,
            )
            self._later(lambda: self._roll_out(fleet, wish))

    def scale(self, name: str, *, replicas: int) -> None:
        with self._call("scale", name, replicas=replicas):
            fleet = self._fleet(name)
            self._later(lambda: self._scale(fleet, replicas))

    def set_autoscale(self, name: str, *, policy: Autoscale | None) -> None:
        with self._call("set_autoscale", name, policy=policy):
            fleet = self._fleet(name)
            self._later(lambda: self._set_autoscale(fleet, policy))

    def delete(self, name: str) -> None:
        with self._call("delete", name):
            fleet = self._fleets.get(name)
            if fleet is not None:
                self._later(lambda: fleet.delete(self.clock.monotonic()))

    # Effects.

    def _create(self, name: str, model: str, to: Template, replicas: int, deadline_s: float) -> None:
        now = self.clock.monotonic()
        rollout = Rolling(0, to, None, replicas, 0, "100%", deadline_s, progressed_at=now)
        fleet = Fleet(name, model, replicas, rollout, lambda version: self._behaviour(model, version), now)
        fleet.serial = self._serials.get(name, 0)
        self._fleets[name] = fleet

    def _roll_out(self, fleet: Fleet, wish: Rolling) -> None:
        old, now = fleet.rollout, self.clock.monotonic()
        if old.to == wish.to and old.verdict in {Verdict.RUNNING, Verdict.PAUSED}:
            settings = (wish.goal, wish.max_surge, wish.max_unavailable, wish.deadline_s)
            if settings != (old.goal, old.max_surge, old.max_unavailable, old.deadline_s):
                old.goal, old.max_surge, old.max_unavailable, old.deadline_s = settings
                old.verdict, old.progressed_at = Verdict.RUNNING, now
            return
        if fleet.stable == wish.to and not old.under_way:
            return
        wish.id, wish.origin, wish.progressed_at = old.id + 1, fleet.stable, now
        fleet.rollout, fleet.message = wish, ""

    def _scale(self, fleet: Fleet, replicas: int) -> None:
        fleet.hold(fleet.policy.within(replicas) if fleet.policy else replicas, self.clock.monotonic())

    def _set_autoscale(self, fleet: Fleet, policy: Autoscale | None) -> None:
        fleet.policy = policy
        self._scale(fleet, fleet.replicas)

    # The machinery.

    @contextmanager
    def _call(self, method: str, subject: str, **arguments: object) -> Iterator[None]:
        with self._lock:
            self.calls.append(Call(method, subject, arguments))
            fault = self.faults.get(len(self.calls))
            if self.clock.monotonic() < self._down_until:
                raise unreachable()
            if fault is not None and not fault.after:
                raise fault.error
            self._advance()
            if surprise := self.surprises.get(len(self.calls)):
                surprise()
            yield
            self._advance()
            if fault is not None:
                raise fault.error

    def _later(self, effect: Callable[[], None]) -> None:
        """Let an effect show now, or as much later as this platform is late."""
        if self.late_s:
            self._coming.append((self.clock.monotonic() + self.late_s, effect))
        else:
            effect()

    def _advance(self) -> None:
        now = self.clock.monotonic()
        due = [effect for at, effect in self._coming if at <= now]
        self._coming = [one for one in self._coming if one[0] > now]
        for fleet in self._fleets.values():
            fleet.advance(now)
        for effect in due:
            effect()
        for fleet in self._fleets.values():
            fleet.advance(now)
        self._serials |= {name: fleet.serial for name, fleet in self._fleets.items()}
        self._fleets = {name: fleet for name, fleet in self._fleets.items() if not fleet.gone}

    def _live(self, fleet: Fleet) -> Live:
        return fleet.live(lambda version: self._version(fleet.model, version).digest, self.clock.now())

    def _fleet(self, name: str) -> Fleet:
        if name not in self._fleets or self._fleets[name].deleting:
            raise Rejected(f"there is no endpoint {name}")
        return self._fleets[name]

    def _version(self, model: str, name: str) -> ModelVersion:
        for version in self._versions.get(model, []):
            if version.name == name:
                return version
        raise Rejected(f"model card {model} has no version {name}")

    def _behaviour(self, model: str, version: str) -> Behaviour:
        return self.behaviours.get(self._version(model, version).digest or "", Behaviour())
