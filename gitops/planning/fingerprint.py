"""Steps -> fingerprints: equal exactly if the steps are, whatever is noted beside them.

A step holds every live value that it relies on and nothing volatile, so a plan may be applied as long as planning again
gives the same fingerprints.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping

from gitops.model.step import Step, subject

PREFIX = "sha256:"


def fingerprints(steps: Iterable[Step]) -> dict[str, str]:
    """What a step is about -> the digest over all of its steps, in order."""
    by_subject: dict[str, list[Step]] = {}
    for step in steps:
        by_subject.setdefault(subject(step), []).append(step)
    return {about: _digest([step.model_dump(mode="json") for step in some]) for about, some in by_subject.items()}


def fingerprint(parts: Mapping[str, str]) -> str:
    """One over all: the hash of the sorted ones."""
    return _digest(sorted(parts.items()))


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return PREFIX + hashlib.sha256(text.encode()).hexdigest()
