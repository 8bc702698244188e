"""Plans as files: where they are written and read."""

from pathlib import Path
from typing import Final

from gitops.errors import PlanUnusable, UsageError
from gitops.model.plan import Plan
from gitops.workflows.planfile import parse_plan

LARGEST: Final = 256 * 1024**2
"""Bytes; no plan of ours is larger, and a file that is must not fill the memory."""


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan.

    Raises:
        UsageError: it cannot be written there.
    """
    try:
        path.write_text(plan.model_dump_json(indent=2) + "\n", encoding="utf-8")
    except OSError as fault:
        raise UsageError(f"the plan cannot be written to {path}: {fault.strerror}") from fault


def read_plan(path: Path) -> Plan:
    """A plan from a file.

    Raises:
        UsageError: it cannot be read.
        PlanUnusable: it is no plan that can be used.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise PlanUnusable(f"{path} is too large to be a plan", hint="gitops plan --out FILE makes one")
        text = path.read_bytes()
    except OSError as fault:
        raise UsageError(f"the plan {path} cannot be read: {fault.strerror}") from fault
    return parse_plan(text, str(path))
