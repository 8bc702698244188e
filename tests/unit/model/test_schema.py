from pathlib import Path

import jsonschema
import pytest

from gitops.model.desired import Endpoint
from gitops.model.schema import SCHEMAS, json_schema, render

FOLDER = Path(__file__).parents[3] / "schemas"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_file_is_what_the_models_say(name):
    assert (FOLDER / name / "v1.json").read_text(encoding="utf-8") == render(name), "run: make schemas"


def test_nothing_else_is_published():
    assert {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.json")} == {f"{n}/v1.json" for n in SCHEMAS}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_and_says_what_it_is_about(name):
    schema = json_schema(name)

    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:gitops:{name}:v1"
    assert schema["title"]
    assert schema["description"].endswith(".")


def accepted(name, document):
    return jsonschema.Draft202012Validator(json_schema(name)).is_valid(document)


def test_the_schema_of_an_endpoint_agrees_with_the_model():
    document = {
        "kind": "Endpoint",
        "name": "a",
        "model": "a",
        "rollout": {"max_surge": "25%", "progress_deadline": "10m"},
    }

    assert Endpoint.model_validate(document)
    assert accepted("endpoint", document)


@pytest.mark.parametrize(
    "change",
    [{"kind": "Card"}, {"replicas": 0}, {"version": "sha256:a"}, {"x": 1}, {"rollout": {"progress_deadline": "9x"}}],
)
def test_the_schema_of_an_endpoint_refuses_what_the_model_refuses(change):
    assert not accepted("endpoint", {"kind": "Endpoint", "name": "a", "model": "a"} | change)


def test_what_people_write_says_its_kind():
    assert not accepted("endpoint", {"name": "a", "model": "a"})


def test_an_unknown_name_has_no_schema():
    with pytest.raises(KeyError):
        json_schema("nothing")
