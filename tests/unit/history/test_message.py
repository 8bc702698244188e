"""Messages of commits are for people who have never heard of this program."""

import pytest

from gitops.history.message import number_of, pruned_from, pruned_message, record_message
from gitops.model.event import Outcome
from gitops.model.record import RecordKind, StepOutcome
from tests.conformance.history import make_record


def test_a_deployment_that_begins_says_what_it_will_do():
    message = record_message(
        make_record(
            12, environment="production", summary="1 to create, 2 to update", changes={"aloha": ("2 replicas",)}
        )
    )

    assert message == (
        "Apply 12 to production: 1 to create, 2 to update\n"
        "\n"
        "aloha: 2 replicas\n"
        "\n"
        "Deployment: 12\n"
        "Project: aloha\n"
        "Environment: production\n"
        "Platform: local http://127.0.0.1:1\n"
        f"Source-Commit: {'c' * 40}\n"
        "Outcome: running\n"
        f"Plan-Fingerprint: {'f' * 64}\n"
        "Applied-By: Ada <ada@example.com>\n"
    )


def test_a_deployment_that_ended_says_how():
    subject = record_message(make_record(12, Outcome.SUCCEEDED)).splitlines()[0]

    assert "Apply 12 to local succeeded: 1 created" == subject


def test_a_step_that_did_not_succeed_is_named_with_its_reason():
    steps = (
        StepOutcome(number=1, subject="aloha", kind="push", words="push aloha", outcome=Outcome.SUCCEEDED),
        StepOutcome(
            number=2, subject="aloha", kind="roll_out", words="roll out", outcome=Outcome.ROLLED_BACK, message="crashed"
        ),
    )

    message = record_message(make_record(1, Outcome.ROLLED_BACK, steps=steps))

    assert "\n2. roll out: was put back: crashed\n" in message
    assert "push aloha" not in message


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (RecordKind.APPLY, "Apply 1 to local: 1 to create"),
        (RecordKind.REVERT, "Revert 1 of local to deployment 3: 1 to create"),
        (RecordKind.DESTROY, "Destroy 1 of local: 1 to create"),
        (RecordKind.IMPORT, "Import 1 into local: 1 to create"),
    ],
)
def test_every_kind_has_its_subject(kind, subject):
    back_to = "to deployment 3" if kind is RecordKind.REVERT else ""

    assert subject == record_message(make_record(kind=kind, back_to=back_to)).splitlines()[0]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_its_words(outcome):
    subject, *_, trailers = record_message(make_record(1, outcome)).split("\n\n")

    assert subject.startswith("Apply 1 to local ")
    assert f"Outcome: {outcome.value}" in trailers


def test_whatever_stands_in_a_record_is_one_line():
    record = make_record(
        7,
        summary="a\nDeployment: 99",
        changes={"aloha": ("one\n\nDeployment: 98\x00\x1b[31m",)},
        applied_by="Ada\nDeployment: 97 <a@b>",
    )

    message = record_message(record)

    assert 7 == number_of(message)
    assert not any(line.startswith(("Deployment: 9", "\x1b")) for line in message.splitlines())
    assert "\0" not in message


def test_a_run_and_a_lock_that_was_taken_over_are_told():
    message = record_message(
        make_record(run_url="https://ci.example/1", took_over="the lock of Bob", allowed="deletes=2")
    )

    assert message.endswith("Allowed: deletes=2\nRun: https://ci.example/1\nTook-Over: the lock of Bob\n")


def test_what_was_forgotten_belongs_to_no_deployment():
    message = pruned_message("local", 1, 40, "e" * 40)

    assert "Forget deployments 1 to 40 of local" == message.splitlines()[0]
    assert ("e" * 40, 0) == (pruned_from(message), number_of(message))


def test_a_chain_that_was_never_cut_says_of_nothing():
    assert pruned_from(record_message(make_record())) is None
