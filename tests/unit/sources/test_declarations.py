import pytest

from gitops.sources.declarations import Declaration, Layer, Places, merged
from gitops.sources.sourcefile import read_file


@pytest.mark.parametrize(
    ("base", "overlay", "result"),
    [
        ({"a": 1}, {}, {"a": 1}),
        ({"a": 1}, {"a": 2, "b": 3}, {"a": 2, "b": 3}),
        ({"a": {"x": 1, "y": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1, "b": 1}, {"a": None}, {"b": 1}),
        ({"a": {"x": 1}}, {"a": {"x": None}}, {"a": {}}),
        ({"a": 1}, {"a": {"x": 1, "y": None}}, {"a": {"x": 1}}),
        ({"a": {"x": 1}}, {"a": 2}, {"a": 2}),
        ({}, {"gone": None}, {}),
    ],
)
def test_an_overlay_is_merged_map_by_map(base, overlay, result):
    assert merged(base, overlay) == result


def layer(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    file = read_file(tmp_path / name, name)
    return Layer(file, 0, file.reading.documents[0].content)


@pytest.fixture
def declaration(tmp_path):
    base = layer(tmp_path, "base.yaml", "kind: Endpoint\nname: a\nreplicas: 1\nrollout:\n  max_surge: 1\n")
    overlay = layer(tmp_path, "over.yaml", "kind: Endpoint\nname: a\nrollout:\n  max_unavailable: 1\n")
    declaration = Declaration("Endpoint", "a", [base])
    declaration.lay_over(overlay)
    return declaration


def test_a_place_is_in_the_layer_that_says_it(declaration):
    assert str(declaration.place(("replicas",))) == "base.yaml:3:11"
    assert str(declaration.place(("rollout", "max_surge"))) == "base.yaml:5:14"
    assert str(declaration.place(("rollout", "max_unavailable"))) == "over.yaml:4:20"


def test_what_several_layers_say_stands_in_the_last(declaration):
    assert str(declaration.place(("rollout",), at_key=True)) == "over.yaml:3:1"


def test_the_document_itself_is_the_one_that_declares_it(declaration):
    assert str(declaration.place()) == "base.yaml:1:1"


def test_places_are_those_of_the_keys_that_are_written(declaration):
    places = Places(declaration)

    assert {key: str(place) for key, place in places.items()} == {
        "": "base.yaml:1:1",
        "kind": "over.yaml:1:1",
        "name": "over.yaml:2:1",
        "replicas": "base.yaml:3:1",
        "rollout": "over.yaml:3:1",
    }
    assert len(places) == 5
    assert places.get("version") is None
