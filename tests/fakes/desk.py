"""Everything that a use case needs, in memory: files, platform, history, repository, and what was done to them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gitops.diagnostics import Diagnostic
from gitops.model.desired import Desired, Environment, LocalPlatform, Project
from gitops.model.plan import Plan
from gitops.model.snapshot import Snapshot
from gitops.ports import Loaded
from gitops.views.words import PlainWords
from gitops.workflows.adoption import Clerk
from gitops.workflows.apply import apply
from gitops.workflows.carrying import Applied, Mission, Surroundings
from gitops.workflows.edges import Ask, Edges
from gitops.workflows.plan import Prepared, prepare
from gitops.workflows.recording import Scribe
from gitops.workflows.revert import revert
from tests.builders import TRAITS, make_desired
from tests.fakes.clock import FakeClock
from tests.fakes.history import ADA, FakeHistory, FakeRepository
from tests.fakes.packager import FakePackager
from tests.fakes.platform import WRITES, FakePlatform
from tests.fakes.sink import FakeSink
from tests.fakes.stop import FakeStop

LOCAL = Environment(platform=LocalPlatform(kind="local"))
PROJECT = Project(name="aloha", include=("endpoints/*.yaml",), environments={"local": LOCAL})


class FakeSource:
    """Files that say what a test wants them to say."""

    def __init__(
        self, desired: Desired | None = None, diagnostics: tuple[Diagnostic, ...] = (), environment: Environment = LOCAL
    ) -> None:
        self.desired = desired
        self.diagnostics = tuple(diagnostics)
        self.environment = environment

    def environments(self) -> tuple[tuple[str, ...], str | None]:
        return ("local",), "local"

    def outline(self, environment: str) -> Loaded:
        return Loaded(PROJECT, self.environment, None)

    def load(self, environment: str) -> Loaded:
        return Loaded(PROJECT, self.environment, self.desired, self.diagnostics)


class FakeShelf:
    def __init__(self) -> None:
        self.kept: dict[str, Snapshot] = {}

    def put(self, environment: str, name: str, snapshot: Snapshot) -> str:
        self.kept[name] = snapshot
        return f"{environment}/{name}"

    def get(self, environment: str, name: str) -> Snapshot | None:
        return self.kept.get(name)


def yes(plan: Plan) -> bool:
    return True


class Desk:
    """Everything an apply needs, and what it did.

    Attributes:
        earlier: name of a commit -> the files as they were then.
    """

    def __init__(self, desired: Desired | None = None, environment: Environment = LOCAL) -> None:
        self.source = FakeSource(desired or make_desired(), environment=environment)
        self.clock = FakeClock()
        self.platform = FakePlatform(self.clock)
        self.sink = FakeSink()
        self.shelf = FakeShelf()
        self.history = FakeHistory(clock=self.clock)
        self.repository = FakeRepository()
        self.earlier: dict[str, FakeSource] = {}
        self.stop = FakeStop()
        self.scribe = Scribe(PlainWords(), ADA, "0.0.1")
        self.traits = TRAITS

    @property
    def around(self) -> Surroundings:
        return Surroundings(FakePackager(), self.clock, self.stop, self.shelf, 4, self.scribe, "gitops apply -e local")

    @property
    def clerk(self) -> Clerk:
        return Clerk(self.scribe, self.clock, "gitops import aloha")

    @property
    def edges(self) -> Edges:
        return Edges(
            source=self.source,
            source_at=lambda folder: self.earlier[folder.name],
            connect=self.connect,
            traits_of=self.traits_of,
            history_of=lambda *_: self.history,
            repository=self.repository,
        )

    def commit(self, name: str, desired: Desired | None, diagnostics: tuple[Diagnostic, ...] = ()) -> None:
        """Let the files have been this once."""
        self.earlier[name] = FakeSource(desired, diagnostics)
        self.repository.commits[name] = Path(name)

    def connect(self, environment: Environment) -> FakePlatform:
        return self.platform

    def traits_of(self, environment: Environment):
        return self.traits

    @contextmanager
    def progress(self) -> Iterator[FakeSink]:
        yield self.sink

    def apply(
        self, approve: Callable[[Plan], bool] = yes, ask: Ask | None = None, mission: Mission | None = None
    ) -> Applied:
        return apply(self.edges, ask or Ask(), approve, self.progress, self.around, mission)

    def revert(self, to: str, ask: Ask | None = None) -> Applied:
        return revert(self.edges, ask or Ask(), to, yes, self.progress, self.around)

    def prepare(self, ask: Ask | None = None) -> Prepared:
        return prepare(self.edges, ask or Ask())

    def plan(self, ask: Ask | None = None) -> Plan:
        return self.prepare(ask).plan

    @property
    def writes(self) -> list[str]:
        return [call.method for call in self.platform.calls if call.method in WRITES]

    @property
    def entries(self) -> Mapping[str, object]:
        """What is remembered of the platform's endpoints."""
        state = self.history.past().state.of(self.platform.identity())
        return state.endpoints if state is not None else {}
