"""A fake world for whole applies: platform, clock, packager, sink and stop signal, and the way from files to plan."""

from typing import Generic, TypeVar

from gitops.engine.executor import Result, execute
from gitops.model.card import CardContent
from gitops.model.desired import Desired
from gitops.model.plan import Plan
from gitops.planning.planner import Planned, plan
from gitops.planning.remembered import Remembered, Terms
from tests.builders import TRAITS, WHOLE, remember
from tests.fakes.clock import FakeClock
from tests.fakes.packager import FakePackager
from tests.fakes.platform import FakePlatform
from tests.fakes.replicas import Behaviour
from tests.fakes.sink import FakeSink
from tests.fakes.stop import FakeStop
from tests.fakes.whole import FakeWholePlatform

CRASHING = Behaviour(crash_s=0.3)
NEVER_READY = Behaviour(start_s=86_400)


AnyPlatform = TypeVar("AnyPlatform", FakePlatform, FakeWholePlatform)


class AnyWorld(Generic[AnyPlatform]):
    """A world around a platform of one kind, with what is known of that kind."""

    traits = TRAITS

    def __init__(self, clock: FakeClock, platform: AnyPlatform) -> None:
        self.clock, self.platform = clock, platform
        self.packager = FakePackager()
        self.sink = FakeSink()
        self.stop = FakeStop()

    def behave(self, card: CardContent, behaviour: Behaviour) -> None:
        """Let replicas of this content do something else than to get ready in a second."""
        self.platform.behaviours[card.digest] = behaviour

    def plan(self, desired: Desired, remembered: Remembered | None = None, terms: Terms | None = None) -> Plan:
        """A plan; without a memory everything that is there was applied by us."""
        planned = self.prepare(desired, remembered, terms)
        assert planned.plan is not None, planned.diagnostics
        return planned.plan

    def prepare(self, desired: Desired, remembered: Remembered | None = None, terms: Terms | None = None) -> Planned:
        models = sorted({declared.endpoint.model for declared in desired.endpoints.values()})
        secrets = {
            name: {
                variable: self.platform.secret_digest(variable, secret.reveal())
                for variable, secret in card.spec.environment_variables.items()
                if secret.reference
            }
            for name, card in desired.cards.items()
        }
        owned = remembered.owned if remembered is not None else frozenset()
        live = self.platform.read(sorted(desired.endpoints.keys() | owned))
        return plan(
            desired,
            live,
            self.platform.versions(models),
            secrets,
            self.traits,
            self.platform.identity(),
            remember(live) if remembered is None else remembered,
            terms or Terms(),
        )

    def execute(self, planned: Plan, desired: Desired, parallelism: int = 1) -> Result:
        """Carry a plan out; the sink holds the events of this run only."""
        self.sink.events.clear()
        return execute(
            planned, self.platform, self.packager, desired.content, self.sink, self.clock, self.stop, parallelism
        )

    def apply(self, desired: Desired, parallelism: int = 1) -> Result:
        return self.execute(self.plan(desired), desired, parallelism)

    def settle(self, seconds: float = 60.0) -> None:
        """Let time pass, so that whatever moves comes to rest."""
        self.clock.sleep(seconds)


class World(AnyWorld[FakePlatform]):
    """With a platform that rolls as it is told."""

    def __init__(self) -> None:
        clock = FakeClock()
        super().__init__(clock, FakePlatform(clock))


class WholeWorld(AnyWorld[FakeWholePlatform]):
    """With a platform that rolls by itself, in windows of its own."""

    traits = WHOLE

    def __init__(self) -> None:
        clock = FakeClock()
        super().__init__(clock, FakeWholePlatform(clock))
