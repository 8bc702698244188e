"""A platform in memory that rolls by itself, in place and window by window, as TensorOpera looks through the port.

It tells of no rollout and no replica: a state, a version, how many replicas there shall be and how many answer. It
works on one request at a time, and a request is acknowledged a moment before anything of it shows.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitops.errors import Conflict, Rejected
from gitops.model.autoscale import Autoscale, LiveAutoscale
from gitops.model.card import CardContent
from gitops.model.live import ABSENT, Absent, Live, ModelVersion, Phase, PlatformIdentity
from gitops.model.log import LogPage, LogQuery
from gitops.model.quantity import Quantity
from gitops.model.resource import Resource
from gitops.model.secret import secret_digest
from gitops.model.snapshot import Counters
from gitops.model.sounding import ProbeResult
from gitops.model.windows import chunks, spread
from tests.fakes.clock import FakeClock
from tests.fakes.output import page_of
from tests.fakes.platform import WRITES, Call, Fault
from tests.fakes.replicas import Behaviour, Said

PHASES = {
    "INITIALIZING": Phase.CREATING,
    "DEPLOYING": Phase.ROLLING_OUT,
    "ABORTING": Phase.ROLLING_BACK,
    "DEPLOYED": Phase.SERVING,
    "ABORTED": Phase.ROLLED_BACK,
    "OFFLINE": Phase.RECOVERING,
    "FAILED": Phase.FAILED,
}
AT_WORK = frozenset({"INITIALIZING", "DEPLOYING", "ABORTING"})
DEPLOY_TIMEOUT_S = 600.0


@dataclass
class Deployment:
    """An endpoint; `served` is what its replicas run, `shown` what the platform says."""

    name: str
    model: str
    served: str | None
    shown: str
    replicas: int
    resource: Resource
    status: str = "INITIALIZING"
    deleting: bool = False
    online: int = 0
    gpus: int = 1
    policy: Autoscale | None = None
    message: str = ""
    changes: int = 0
    said: list[Said] = field(default_factory=list)


class FakeWholePlatform:
    """An installation of the fake platform.

    Attributes:
        calls, faults, surprises, behaviours: as of `FakePlatform`.
        disturbed: writes that came while the platform was at work on the endpoint; it refuses them.
        late_s: after so many seconds an acknowledged write shows; until then the endpoint looks as before.
        deletes_after_s: how long a deletion takes; meanwhile it is at work.
        deaf: methods whose requests it acknowledges and forgets.
        first_replicas: with how many an endpoint is created.
        resets_number: whether an update loses the number of replicas and goes on with `first_replicas`.
        room: how many replicas there is room for; a scale beyond is put back.
        loses: whether an update that fails cannot be put back either: then the endpoint goes away.
        shows_early: whether the version of an update shows at its acknowledgement, beside the old state.
        shows_requested: whether the version of an update shows from its beginning, and after it was put back.
        tells_gpus, tells_policy, tells_change: what it tells; of a policy "all", "bounds" or nothing ("").
    """

    def __init__(self, clock: FakeClock, api_key: str | None = "key") -> None:
        self.clock, self.api_key = clock, api_key
        self.calls: list[Call] = []
        self.faults: dict[int, Fault] = {}
        self.surprises: dict[int, Callable[[], None]] = {}
        self.behaviours: dict[str, Behaviour] = {}
        self.disturbed: list[Call] = []
        self.late_s = 0.3
        self.deletes_after_s = 1.0
        self.deaf: set[str] = set()
        self.first_replicas = 1
        self.resets_number = False
        self.room = 1_000
        self.loses = False
        self.shows_early = False
        self.shows_requested = True
        self.tells_gpus, self.tells_policy, self.tells_change = True, "all", True
        self._lock = threading.RLock()
        self._there: dict[str, Deployment] = {}
        self._versions: dict[str, list[ModelVersion]] = {}
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._scheduled = 0
        self._now = clock.monotonic()

    # For tests: what somebody does in the console, or without the tool.

    def by_hand(self, name: str, **values: Any) -> None:
        """Change an endpoint's `policy`, `gpus`, `status`, `replicas`... as nobody can through the API."""
        with self._lock:
            self._advance()
            there = self._there[name]
            for key, value in values.items():
                setattr(there, key, value)
            if "replicas" in values:
                there.online = there.replicas
            self._touch(there)

    def by_hand_autoscale(self, name: str, policy: Autoscale | None) -> None:
        """Turn autoscaling on, to another policy, or off."""
        self.by_hand(name, policy=policy)

    def autoscaler_moves(self, name: str, replicas: int) -> None:
        """Let the autoscaler choose a number now, the nearest within its bounds, unless the platform is at work."""
        with self._lock:
            self._advance()
            there = self._there.get(name)
            if there is not None and there.policy is not None and there.status == "DEPLOYED":
                self.by_hand(name, replicas=there.policy.within(replicas))

    def remove(self, name: str) -> None:
        """Let an endpoint be gone."""
        with self._lock:
            del self._there[name]

    def live(self, name: str) -> Live:
        """An endpoint as it is now; no call, so no fault and no record."""
        with self._lock:
            self._advance()
            return self._live(self._there[name])

    def served(self, name: str) -> str | None:
        """The version that answers requests, whatever the platform says."""
        with self._lock:
            self._advance()
            return self._there[name].served

    def pushed(self, model: str) -> list[ModelVersion]:
        """All of a model's versions; no call either."""
        return list(self._versions.get(model, []))

    @property
    def writes(self) -> list[Call]:
        """The calls that ask for a change."""
        return [call for call in self.calls if call.method in WRITES | {"set_resource"}]

    # The port.

    def identity(self) -> PlatformIdentity:
        return PlatformIdentity(kind="tensoropera", url="fake://whole")

    def secret_digest(self, name: str, value: str) -> str | None:
        return secret_digest(self.api_key, name, value) if self.api_key else None

    def read(self, names: Collection[str]) -> Mapping[str, Live | Absent]:
        with self._call("read", " ".join(sorted(names))):
            return {name: self._live(self._there[name]) if name in self._there else ABSENT for name in names}

    def versions(self, models: Collection[str]) -> Mapping[str, tuple[ModelVersion, ...]]:
        with self._call("versions", " ".join(sorted(models))):
            return {model: tuple(self._versions.get(model, [])[-1:]) for model in models}

    def counters(self, names: Collection[str]) -> Mapping[str, Counters]:
        with self._call("counters", " ".join(sorted(names))):
            return {}

    def logs(self, name: str, query: LogQuery, cursor: str | None = None) -> LogPage:
        with self._call("logs", name, query=query):
            return page_of(self._deployment(name).said, query, cursor)

    def probe(self, name: str, body: Mapping[str, Any]) -> ProbeResult:
        with self._call("probe", name):
            if name not in self._there or not self._there[name].online:
                return ProbeResult(at=self.clock.now(), ok=False, status=404, message="HTTP 404")
            return ProbeResult(at=self.clock.now(), ok=True, latency_ms=5.0, status=200)

    def push(self, card: CardContent, archive: Path) -> ModelVersion:
        with self._call("push", card.name, digest=card.digest, archive=archive):
            secrets = {
                name: digest
                for name, secret in card.spec.environment_variables.items()
                if secret.reference and (digest := self.secret_digest(name, secret.reveal()))
            }
            have = self._versions.setdefault(card.name, [])
            if have and (have[-1].digest, have[-1].secrets) == (card.digest, secrets):
                return have[-1]
            name = f"v{len(have)}-Tue Nov 24 08:{len(have):02}:00 GMT 2026"
            have.append(ModelVersion(name=name, digest=card.digest, secrets=secrets))
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
        with self._call("create", name, model=model, version=version, replicas=replicas, resource=resource):
            self._version(model, version)
            if resource is None or replicas is not None:
                raise Rejected(f"endpoint {name} needs a resource, and cannot be given a number of replicas")
            there = self._there.get(name)
            if there is not None and there.status != "FAILED":
                if (there.model, there.shown) != (model, version):
                    raise Conflict(f"endpoint {name} exists already")
                return
            self._begin("create", lambda: self._create(name, model, version, resource))

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
            there = self._idle(name)
            self._version(there.model, version)
            if there.shown == version:
                there.gpus = gpus_per_replica  # As an operation of the tenant's own does it, for GPUs alone.
            if self.shows_early:
                there.shown = version
                self._touch(there)
            self._begin("roll_out", lambda: self._replace(there, version, there.resource))

    def scale(self, name: str, *, replicas: int) -> None:
        with self._call("scale", name, replicas=replicas):
            there = self._idle(name)
            self._begin("scale", lambda: self._scale(there, replicas))

    def set_autoscale(self, name: str, *, policy: Autoscale | None) -> None:
        with self._call("set_autoscale", name, policy=policy):
            there = self._idle(name)
            self._begin("set_autoscale", lambda: self._set_autoscale(there, policy))

    def set_resource(self, name: str, *, resource: Resource) -> None:
        with self._call("set_resource", name, resource=resource):
            there = self._idle(name)
            self._begin("set_resource", lambda: self._replace(there, there.served or there.shown, resource))

    def delete(self, name: str) -> None:
        with self._call("delete", name):
            there = self._there.get(name)
            if there is not None:
                self._begin("delete", lambda: self._delete(there))

    # What a request begins.

    def _begin(self, method: str, effect: Callable[[], None]) -> None:
        if method not in self.deaf:
            self._at(self.late_s, effect)

    def _create(self, name: str, model: str, version: str, resource: Resource) -> None:
        there = Deployment(name, model, None, version, self.first_replicas, resource)
        self._there[name] = there
        fails, after_s = self._fate(model, version)

        def done() -> None:
            there.served, there.online = (None, 0) if fails else (version, there.replicas)
            self._rest(there, "FAILED" if fails else "DEPLOYED", "a replica died" if fails else "")

        self._touch(there)
        self._at(0.2, lambda: self._work(there))
        self._at(0.2 + after_s, done)

    def _replace(self, there: Deployment, version: str, resource: Resource) -> None:
        """Put every replica that differs in the place of its predecessor, window by window."""
        if (there.served, there.resource) == (version, resource) and there.online == there.replicas:
            self._rest(there, "DEPLOYED", shown=version)
            return
        old_resource = there.resource
        there.resource = resource
        self._work(there, version if self.shows_requested else there.shown)
        fails, each_s = self._fate(there.model, version)
        if self.resets_number:
            there.replicas = there.online = self.first_replicas
        groups = chunks(spread(there.replicas, resource.workers))
        self._window(there, version, [len(group) for group in groups], each_s, fails, old_resource)

    def _window(
        self, there: Deployment, version: str, sizes: list[int], each_s: float, fails: bool, old_resource: Resource
    ) -> None:
        if not sizes:
            there.served, there.online = version, there.replicas
            self._rest(there, "DEPLOYED", shown=version)
            return
        there.online = max(0, there.online - sizes[0])

        def over() -> None:
            there.online = min(there.replicas, there.online + sizes[0])
            if fails:
                there.resource = old_resource
                self._put_back(there)
            else:
                self._window(there, version, sizes[1:], each_s, fails, old_resource)

        self._at(each_s, over)

    def _put_back(self, there: Deployment) -> None:
        if there.deleting:
            return
        there.status = "ABORTING"
        self._touch(there)
        if self.loses or there.served is None:
            self._at(0.5, lambda: self._rest(there, "FAILED", "there is nothing to go back to"))
            if self.loses:
                self._at(2.0, lambda: self._forget(there))
            return

        def done() -> None:
            there.online = there.replicas
            self._rest(there, "ABORTED", "a replica died", shown=there.shown if self.shows_requested else there.served)

        self._at(0.5, done)

    def _scale(self, there: Deployment, replicas: int) -> None:
        if replicas == there.replicas and there.online == replicas:
            self._rest(there, "DEPLOYED", shown=there.served or there.shown)
            return
        before, fits = there.replicas, replicas <= self.room
        there.replicas = replicas
        there.online = min(there.online, replicas)
        self._work(there)
        fails, each_s = self._fate(there.model, there.served or there.shown)

        def done() -> None:
            if fits and not fails:
                there.online = replicas
                self._rest(there, "DEPLOYED", shown=there.served or there.shown)
            else:
                there.replicas = before
                self._put_back(there)

        self._at(each_s, done)

    def _set_autoscale(self, there: Deployment, policy: Autoscale | None) -> None:
        there.policy = policy
        if policy is not None and not policy.allows(there.replicas):
            self._scale(there, policy.within(there.replicas))
        else:
            self._touch(there)

    def _delete(self, there: Deployment) -> None:
        """It ends what was under way, and takes a moment."""
        if there.deleting:
            return
        there.deleting = True
        self._work(there)
        self._at(self.deletes_after_s, lambda: self._forget(there))

    def _forget(self, there: Deployment) -> None:
        if self._there.get(there.name) is there:
            del self._there[there.name]

    # The machinery.

    def _fate(self, model: str, version: str) -> tuple[bool, float]:
        """Whether replicas of a version fail, and after how many seconds that is known, or they are ready."""
        behaviour = self.behaviours.get(self._version(model, version).digest or "", Behaviour())
        if behaviour.crash_s is not None:
            return True, behaviour.crash_s
        return behaviour.start_s > DEPLOY_TIMEOUT_S, min(behaviour.start_s, DEPLOY_TIMEOUT_S)

    def _work(self, there: Deployment, shown: str | None = None) -> None:
        there.status, there.message, there.shown = "DEPLOYING", "", shown or there.shown
        self._touch(there)

    def _rest(self, there: Deployment, status: str, message: str = "", shown: str | None = None) -> None:
        if there.deleting:
            return
        there.status, there.message, there.shown = status, message, shown or there.shown
        if status == "FAILED":
            there.online, there.served = 0, None
        spoken = {line.source for line in there.said}
        placed = spread(there.online, there.resource.workers)
        for place, device in enumerate(placed):
            source = f"{device}_{placed[: place + 1].count(device)}"
            if source not in spoken:
                there.said.append(Said(self._now, source, there.shown, "aloha"))
        self._touch(there)

    def _touch(self, there: Deployment) -> None:
        there.changes += 1

    def _at(self, after_s: float, effect: Callable[[], None]) -> None:
        self._scheduled += 1
        self._coming.append((self._now + after_s, self._scheduled, effect))

    def _advance(self) -> None:
        """Let everything happen that is due, each thing at its own time."""
        goal = self.clock.monotonic()
        while due := sorted(one for one in ((at, number) for at, number, _ in self._coming) if one[0] <= goal):
            at, number = due[0]
            (effect,) = [effect for _, other, effect in self._coming if other == number]
            self._coming = [one for one in self._coming if one[1] != number]
            self._now = at
            effect()
        self._now = goal

    @contextmanager
    def _call(self, method: str, subject: str, **arguments: object) -> Iterator[None]:
        with self._lock:
            self.calls.append(Call(method, subject, arguments))
            fault = self.faults.get(len(self.calls))
            if fault is not None and not fault.after:
                raise fault.error
            self._advance()
            if surprise := self.surprises.get(len(self.calls)):
                surprise()
            yield
            if fault is not None:
                raise fault.error

    def _idle(self, name: str) -> Deployment:
        there = self._deployment(name)
        if there.status in AT_WORK or there.status not in PHASES:
            self.disturbed.append(self.calls[-1])
            raise Conflict(f"the platform is at work on endpoint {name}")
        return there

    def _live(self, there: Deployment) -> Live:
        newest = self._versions[there.model][-1]
        policy = there.policy if self.tells_policy == "all" else None
        bounds = there.policy.bounds if there.policy and self.tells_policy == "bounds" else None
        return Live(
            name=there.name,
            model=there.model,
            version=there.shown,
            digest=newest.digest if newest.name == there.shown else None,
            replicas=there.replicas,
            gpus_per_replica=there.gpus if self.tells_gpus else 0,
            gpus_told=self.tells_gpus,
            phase=PHASES.get(there.status, Phase.UNKNOWN),
            raw_status=there.status,
            message=there.message,
            online=there.online,
            autoscale=LiveAutoscale(policy=policy) if policy else None,
            bounds=bounds,
            resource=there.resource,
            changed_at=f"change {there.changes}" if self.tells_change else None,
        )

    def _deployment(self, name: str) -> Deployment:
        if name not in self._there:
            raise Rejected(f"there is no endpoint {name}")
        return self._there[name]

    def _version(self, model: str, name: str) -> ModelVersion:
        for version in self._versions.get(model, []):
            if version.name == name:
                return version
        raise Rejected(f"model card {model} has no version {name}")
