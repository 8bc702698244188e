"""The examples tell their stories to the end, and every promise in them is kept."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
"""A story has deadlines of its own; this one is for a machine on which everything waits for everything else."""

EXAMPLES = Path(__file__).parents[2] / "examples"
FAULTS = [
    "SIGKILL of a replica",
    "A replica hangs",
    "A replica takes more memory than its card allows",
    "Replicas exit, one after the other",
    "A version that crashes at its start",
    "A version whose bootstrap fails",
    "SIGKILL of the platform itself",
    "gitops platform down after SIGKILL",
]


def told(name: str) -> str:
    """What an example prints; it must end with 0."""
    command = [sys.executable, EXAMPLES / name / "run.py"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as example:
        try:
            text, _ = example.communicate()
        finally:
            example.terminate()  # where the test was stopped: the example then ends all that it started
    assert example.returncode == 0, text
    return text


def test_the_autoscaling_example_goes_up_and_down_as_promised():
    text = told("autoscaling")
    moves = re.findall(r"autoscaled .*before (\d); after (\d)", text)

    assert "BROKEN" not in text
    assert text.count("\nkept ") == 6
    assert (moves[0][0], moves[-1][1]) == ("1", "1")
    assert "4" in {after for _, after in moves}
    assert re.search(r"while replicas come and go: 0 of [1-9]\d* failed", text)


def test_the_faults_example_is_whole_again_after_every_fault():
    text = told("faults")
    table = text.partition("=== What went wrong")[2]

    assert "BROKEN" not in text
    assert text.count("\nkept ") == 17
    assert [fault for fault in FAULTS if not re.search(rf"^{fault} .*\d s$", table, re.MULTILINE)] == []
    assert re.findall(r"(crash loop: \d+ replicas in a row ended)", text)


def test_the_history_example_remembers_what_it_promises():
    text = told("history")

    assert "BROKEN" not in text
    assert text.count("\nkept ") == 13
    assert "refused[deletes]: endpoint greeter would be deleted" in text
    assert "error[stale-plan]: the plan is stale: endpoint aloha: replicas planned from 4, now it is 2" in text


def test_the_tensoropera_example_keeps_what_it_promises():
    text = told("tensoropera")

    assert "BROKEN" not in text
    assert text.count("\nkept ") == 12
    assert "Rolled back: 1 step done, 1 failed" in text
