"""What an endpoint's `version` means on a platform."""

import pytest

from gitops.diagnostics import Code, Diagnostic
from gitops.model.live import ABSENT, ModelVersion
from gitops.planning.versions import Wanted, resolve
from tests.builders import TRAITS, declare, make_card, make_endpoint, make_version

CARD = make_card()
OTHER = make_card(marker="two")


def current(versions=(), secrets=None) -> Wanted:
    wanted = resolve(declare(make_endpoint(), CARD), versions, secrets or {}, ABSENT, TRAITS)
    assert isinstance(wanted, Wanted)
    return wanted


def named(selector: str, versions=()) -> Wanted | Diagnostic:
    return resolve(declare(make_endpoint(version=selector)), versions, {}, ABSENT, TRAITS)


def test_the_content_that_lies_here_is_found_by_its_digest():
    wanted = current([make_version("v0", OTHER), make_version("v1", CARD), make_version("v2", OTHER)])

    assert ("v1", "") == (wanted.version.name, wanted.push_reason)


def test_the_newest_of_equal_versions_is_taken():
    assert "v2" == current([make_version("v0", CARD), make_version("v2", CARD)]).version.name


def test_a_model_without_versions_was_never_pushed():
    wanted = current()

    assert (None, CARD.digest) == (wanted.version.name, wanted.version.digest)
    assert "never pushed" == wanted.push_reason


def test_another_content_has_to_be_pushed():
    assert "its files or configuration changed" == current([make_version("v0", OTHER)]).push_reason


def test_versions_of_unknown_content_cannot_be_taken_for_this_one():
    wanted = current([ModelVersion(name="v0")])

    assert "the platform does not know the content of the versions that it has" == wanted.push_reason


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ({"TOKEN": "new", "REGION": "eu"}, "secret TOKEN changed"),
        ({"TOKEN": "new", "REGION": "us"}, "secrets REGION, TOKEN changed"),
    ],
)
def test_a_changed_secret_is_a_reason_of_its_own(now: dict[str, str], reason: str):
    version = make_version(secrets={"TOKEN": "old", "REGION": "eu"})

    assert reason == current([version], now).push_reason


def test_the_version_with_the_same_secrets_is_found_again():
    versions = [make_version("v0", secrets={"TOKEN": "a"}), make_version("v1", secrets={"TOKEN": "b"})]

    assert "v0" == current(versions, {"TOKEN": "a"}).version.name


def test_a_secret_that_cannot_be_compared_counts_as_unchanged_and_is_named():
    wanted = current([make_version(secrets={"TOKEN": "a"})], {"TOKEN": None})

    assert ("v0", "", ("TOKEN",)) == (wanted.version.name, wanted.push_reason, wanted.not_compared)


def test_a_named_version_is_that_version_whatever_its_content():
    versions = [make_version("v0", CARD), make_version("v1", OTHER)]

    assert Wanted(version=current([versions[0]]).version) == named("v0", versions)


def test_a_name_that_the_platform_made_longer_is_found():
    wanted = named("v3", [ModelVersion(name="v3-2026-03-02"), ModelVersion(name="v31-2026-03-02")])

    assert isinstance(wanted, Wanted)
    assert "v3-2026-03-02" == wanted.version.name


def test_a_name_that_only_begins_alike_is_not_the_version():
    assert isinstance(named("v3", [ModelVersion(name="v31")]), Diagnostic)


def test_an_unknown_version_says_what_there_is():
    diagnostic = named("v7", [make_version("v0"), make_version("v1")])

    assert isinstance(diagnostic, Diagnostic)
    assert (Code.UNKNOWN_VERSION, "endpoints/aloha.yaml:4:1") == (diagnostic.code, str(diagnostic.place))
    assert "endpoint aloha asks for v7 of aloha, which the platform does not have" == diagnostic.summary
    assert diagnostic.hint.startswith("it has v0, v1;")


def test_of_many_versions_only_the_newest_are_listed():
    diagnostic = named("v99", [make_version(f"v{number}") for number in range(12)])

    assert isinstance(diagnostic, Diagnostic)
    assert diagnostic.hint.startswith("it has v2, v3, v4, v5, v6, v7, v8, v9, v10, v11 and 2 older;")


def test_a_named_version_of_a_model_that_was_never_pushed_says_so():
    diagnostic = named("v0")

    assert isinstance(diagnostic, Diagnostic)
    assert "endpoint aloha asks for v0 of aloha, which the platform has never seen" == diagnostic.summary
