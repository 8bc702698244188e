from typing import get_args

import pytest

from gitops.model.change import VersionRef
from gitops.model.step import Step
from gitops.views.steps import did, doing, rollout_words, short, who, will
from tests.unit.views.plans import POLICY, create, delete, push, roll_out, scale, set_autoscale, set_resource

STEPS = [
    push(),
    create(),
    roll_out(),
    roll_out(replicas=None, checkpoints=(1, "50%", "100%")),
    scale(),
    scale(from_replicas=POLICY.bounds),
    scale(to_replicas=POLICY.bounds),
    set_autoscale(),
    set_autoscale(from_policy=POLICY, to_policy=None),
    set_resource(),
    delete(),
    delete(version=None),
]


def test_every_kind_of_step_has_its_words_here():
    assert {type(step) for step in STEPS} == set(get_args(get_args(Step)[0]))


@pytest.mark.parametrize("words", [will, doing, short, who, lambda step: did(step, ""), lambda step: did(step, "v2")])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.kind)
def test_every_kind_of_step_has_words_for_every_moment(step, words):
    assert words(step)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (push(), "push model card aloha (sha256:9c9c9c9c9c9c, 2 files, 1.2 KiB)"),
        (push(reason="never pushed"), "push model card aloha (sha256:9c9c9c9c9c9c, 2 files, 1.2 KiB): never pushed"),
        (
            push(secrets={"A": "keyed", "B": None}),
            "push model card aloha (sha256:9c9c9c9c9c9c, 2 files, 1.2 KiB, with A, B from the environment)",
        ),
        (create(), "create endpoint aloha: aloha new (sha256:9c9c9c9c9c9c), 2 replicas"),
        (
            create(gpus_per_replica=1),
            "create endpoint aloha: aloha new (sha256:9c9c9c9c9c9c), 2 replicas with 1 GPU each",
        ),
        (roll_out(), "roll out endpoint aloha: v1 -> new, 4 replicas"),
        (roll_out(from_version=None), "roll out endpoint aloha: nothing -> new, 4 replicas"),
        (
            roll_out(to_version=roll_out().from_version, gpus_per_replica=2),
            "roll out endpoint aloha: v1, GPUs per replica 0 -> 2, 4 replicas",
        ),
        (roll_out(replicas=None), "roll out endpoint aloha: v1 -> new, however many replicas run"),
        (scale(to_replicas=1), "scale endpoint aloha from 2 to 1 replica"),
        (scale(from_replicas=POLICY.bounds), "scale endpoint aloha from 1..8 to 4 replicas"),
        (scale(from_replicas=12, to_replicas=POLICY.bounds), "scale endpoint aloha from 12 into 1..8 replicas"),
        (
            set_autoscale(),
            "set autoscale of endpoint aloha: 1..8, 10 requests per replica in 60s, down after 120s",
        ),
        (
            set_autoscale(from_policy=POLICY.model_copy(update={"scale_down_delay": 0.0, "requests_per_replica": 1})),
            (
                "change autoscale of endpoint aloha: 1 request per replica in 60s, down at once -> "
                "10 requests per replica in 60s, down after 120s"
            ),
        ),
        (
            set_autoscale(from_policy=POLICY, to_policy=None),
            "remove autoscale from endpoint aloha (1..8, 10 requests per replica in 60s, down after 120s)",
        ),
        (delete(), "delete endpoint aloha, which serves aloha v1"),
        (delete(version=None), "delete endpoint aloha"),
    ],
)
def test_what_a_step_will_do(step, words):
    assert will(step) == words


def test_a_result_is_preferred_to_what_the_plan_expected():
    assert did(roll_out(to_version=VersionRef(digest="sha256:" + "0" * 64)), "v2") == "rolled out to v2"


def test_a_delete_says_what_stops_serving_and_that_it_is_gone():
    assert doing(delete()) == "deleting, aloha v1 stops serving"
    assert did(delete(), "") == "deleted"


def test_one_checkpoint_is_one():
    assert rollout_words(roll_out(checkpoints=(1,), replicas=1)).startswith("checkpoint 1 of 1 replica,")


def test_checkpoints_of_a_number_that_is_not_known_yet_are_the_batches_as_written():
    words = rollout_words(roll_out(replicas=None, checkpoints=(1, "50%", "100%")))

    assert words.startswith("checkpoints 1, 50%, 100% of the replicas that run, surge 1")


def test_a_model_card_is_told_from_an_endpoint_of_its_name():
    assert (who(push()), who(scale())) == ("model card aloha", "aloha")
