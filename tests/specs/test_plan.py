"""What a plan says: `plan/<case>/{desired.yaml, live.json} -> plan.json`, or `diagnostics.json` where it is refused.

`desired.yaml` has `cards` (name -> digest, files, size, secrets, and keys of the configuration under `spec`), `earlier`
(`commit:...` -> a card as it was there, with its `model`), `secrets` (model -> variable -> keyed digest now) and
`endpoints` as people write them. `live.json` has the `endpoints` that are there and each model's `versions`. A digest
may be written as any word; equal words are equal digests. A case that has a `plan.txt` or a `plan.md` too says how the
plan reads. An `environment.yaml`, an environment as `gitops.yaml` has it, says for which platform; without one it is
the embedded platform.

`memory.yaml` says what history remembers: `endpoints` (name -> `owned`, `held`, and `applied`, laid over what is there;
null for one that was begun and never verified), `versions`, and the platform that it is about where that is
`elsewhere`; without it, everything that is there was applied by us. `base.yaml`, written as `desired.yaml`, is what the
files said at the base, which is the last deployment, or the `commit` that it names. `terms.yaml` says how the plan is
meant: `allow` as on the command line, `limits`, `protect`, `declared_protected`, `only`, `only_declared`,
`back_to`, `destroys`, `offline`.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gitops.diagnostics import Place
from gitops.model.card import CardContent, CardSpec, FileEntry
from gitops.model.desired import Desired, DesiredEndpoint, Endpoint, Environment, TensorOperaPlatform
from gitops.model.field import Traits
from gitops.model.guard import Allowance, Limits
from gitops.model.live import ABSENT, Absent, Live, ModelVersion, PlatformIdentity
from gitops.model.plan import Base
from gitops.model.record import Entry, KnownVersion
from gitops.model.secret import Secret
from gitops.planning.planner import Planned, plan
from gitops.planning.remembered import Remembered, Terms
from gitops.platforms.traits import traits_of
from gitops.views.plan import plan_page
from gitops.views.plan_markdown import plan_markdown
from tests.builders import IDENTITY, SINCE, TRAITS, make_applied, remember
from tests.specs.golden import SPECS, assert_golden

FOLDERS = sorted(path for path in (SPECS / "plan").iterdir() if path.is_dir())


def digest(word: str) -> str:
    return word if word.startswith("sha256:") else f"sha256:{sha256(word.encode()).hexdigest()}"


def card(name: str, written: dict[str, Any]) -> CardContent:
    variables = {variable: Secret("hidden", reference=variable) for variable in written.get("secrets", [])}
    spec = {"workspace": "src", "entry_point": "main_entry.py", **written.get("spec", {})}
    if variables:
        spec["environment_variables"] = variables
    files, size = written.get("files", 1), written.get("size", 100)
    entries = [FileEntry(path=f"file-{number}", sha256="0" * 64, size=size // files) for number in range(files)]
    return CardContent(
        name=name,
        spec=CardSpec(**spec),
        files=tuple(entries),
        digest=digest(written["digest"]),
        root="/nowhere",
        places={"": Place(file=f"models/{name}.yaml")},
    )


def desired(written: dict[str, Any]) -> Desired:
    cards = {name: card(name, fields) for name, fields in written["cards"].items()}
    earlier = {selector: card(fields["model"], fields) for selector, fields in written.get("earlier", {}).items()}
    endpoints = [Endpoint.model_validate(fields) for fields in written["endpoints"]]
    places = {
        fields["name"]: {
            "": Place(file=f"endpoints/{fields['name']}.yaml", line=1),
            **{key: Place(file=f"endpoints/{fields['name']}.yaml", line=line) for line, key in enumerate(fields, 2)},
        }
        for fields in written["endpoints"]
    }
    return Desired(
        project="demo",
        environment="local",
        cards=cards,
        endpoints={one.name: DesiredEndpoint(one, content(one, cards, earlier), places[one.name]) for one in endpoints},
        earlier={one.digest: one for one in earlier.values()},
    )


def content(endpoint: Endpoint, cards: dict[str, CardContent], earlier: dict[str, CardContent]) -> str | None:
    """The digest that a version stands for, where files tell it."""
    serves = cards[endpoint.model] if endpoint.version == "current" else earlier.get(endpoint.version)
    return serves.digest if serves is not None else None


def platform(folder: Path) -> tuple[Traits, PlatformIdentity]:
    path = folder / "environment.yaml"
    if not path.is_file():
        return TRAITS, IDENTITY
    environment = Environment.model_validate(YAML(typ="safe").load(path))
    assert isinstance(environment.platform, TensorOperaPlatform)
    return traits_of(environment), PlatformIdentity(kind="tensoropera", url=environment.platform.url)


def read(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    return YAML(typ="safe").load(path) or {} if path.is_file() else {}


def versions_in_full(written: Any) -> Any:
    """The same with digests in full, wherever they are written short."""
    match written:
        case dict():
            return {
                key: digest(value) if key == "digest" and value else versions_in_full(value)
                for key, value in written.items()
            }
        case list():
            return [versions_in_full(item) for item in written]
        case _:
            return written


def remembered(folder: Path, live: Mapping[str, Live | Absent]) -> Remembered:
    """What `memory.yaml` says, each endpoint's `applied` laid over what is there; without it, all of that is ours."""
    written = versions_in_full(read(folder, "memory.yaml"))
    memory = remember(live) if not (folder / "memory.yaml").is_file() else Remembered()
    entries = dict(memory.entries)
    for name, entry in written.get("endpoints", {}).items():
        there = live.get(name, ABSENT)
        applied = make_applied(there).model_dump() if isinstance(there, Live) else {}
        told = entry.pop("applied", {})
        whole = {"owned": "created", "since": SINCE, "deployment": 1, **entry}
        verified = (applied | told or None) if told is not None else None
        entries[name] = Entry.model_validate({**whole, "applied": verified})
    base = read(folder, "base.yaml")
    declared = desired(base).endpoints if base else None
    against = Base(commit=base["commit"]) if "commit" in base else Base(deployment=1)
    elsewhere = written.get("elsewhere")
    return replace(
        memory,
        entries=entries,
        versions={
            model: tuple(KnownVersion.model_validate(one) for one in some)
            for model, some in written.get("versions", {}).items()
        },
        declared=declared,
        base=against if declared is not None else None,
        last_deployment=1 if entries else None,
        elsewhere=PlatformIdentity.model_validate(elsewhere) if elsewhere else None,
    )


def terms(folder: Path) -> Terms:
    written = read(folder, "terms.yaml")
    only = written.pop("only", None)
    return Terms(
        limits=Limits.model_validate(written.pop("limits", {})),
        protect=frozenset(written.pop("protect", ())),
        declared_protected=frozenset(written.pop("declared_protected", ())),
        allowance=Allowance.parse([text] if (text := written.pop("allow", "")) else []),
        only=frozenset(only) if only is not None else None,
        **written,
    )


def planned(folder: Path) -> Planned:
    written = YAML(typ="safe").load(folder / "desired.yaml")
    there = versions_in_full(json.loads((folder / "live.json").read_text()))
    live: dict[str, Live | Absent] = {one["name"]: Live.model_validate(one) for one in there["endpoints"]}
    wanted = desired(written)
    versions = {
        name: tuple(ModelVersion.model_validate(one) for one in there["versions"].get(name, ()))
        for name in wanted.cards
    }
    all_live = {**dict.fromkeys(wanted.endpoints, ABSENT), **live}
    memory = remembered(folder, all_live)
    all_live = {**dict.fromkeys(memory.entries, ABSENT), **all_live}
    secrets = written.get("secrets", {})
    return plan(wanted, all_live, versions, secrets, *platform(folder), memory, terms(folder))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_plan_is_what_its_golden_file_says(folder: Path, request):
    result = planned(folder)
    if result.plan is None:
        refused = [diagnostic.model_dump(mode="json", exclude_defaults=True) for diagnostic in result.diagnostics]
        assert_golden(request, folder / "diagnostics.json", json.dumps(refused, indent=2) + "\n")
        return

    assert_golden(request, folder / "plan.json", result.plan.model_dump_json(indent=2) + "\n")
    if (folder / "plan.txt").is_file():
        assert_golden(request, folder / "plan.txt", plan_page(result.plan).plain())
    if (folder / "plan.md").is_file():
        assert_golden(request, folder / "plan.md", plan_markdown(result.plan))
