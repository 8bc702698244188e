import pytest

from gitops.model.desired import Endpoint, ModelCard, Project
from gitops.sources.shape import is_secret, keys_at


@pytest.mark.parametrize(
    ("model", "steps"),
    [
        (Project, ("environments", "local", "platform", "api_key")),
        (ModelCard, ("spec", "environment_variables", "TOKEN")),
        (ModelCard, ("spec", "registry_specs", "anything")),
        (ModelCard, ("spec", "authentication_token")),
        (ModelCard, ("spec", "docker_registry_user_password")),
    ],
)
def test_these_are_secret(model, steps):
    assert is_secret(model, steps)


@pytest.mark.parametrize(
    ("model", "steps"),
    [
        (Project, ("environments", "local", "platform", "url")),
        (Project, ("environments", "local", "variables", "x")),
        (ModelCard, ("spec", "environment_variables")),
        (ModelCard, ("spec", "entry_point")),
        (ModelCard, ("spec", "no_such_key")),
        (Endpoint, ("name",)),
        (Endpoint, ()),
    ],
)
def test_these_are_not(model, steps):
    assert not is_secret(model, steps)


def test_the_keys_of_a_mapping_are_those_of_its_model():
    assert keys_at(Project, ("environments", "any")) == (
        *("platform", "strict", "limits", "protect", "history", "previously", "overlays", "variables"),
    )
    assert keys_at(Project, ("environments", "any", "history")) == ("remote",)


def test_the_keys_of_a_mapping_of_several_kinds_are_those_of_the_one_that_is_meant():
    assert keys_at(Project, ("environments", "any", "platform", "local")) == ("kind", "url", "api_key")
    assert "session_token" in keys_at(Project, ("environments", "any", "platform", "tensoropera"))


def test_a_mapping_of_free_keys_has_none():
    assert keys_at(Project, ("variables",)) == ()
