"""The same question about many names, several at a time."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

AT_ONCE: Final = 16
"""Questions that a platform is asked at the same time, and connections to it."""

Answered = TypeVar("Answered")


def ask_each(names: Collection[str], question: Callable[[str], Answered]) -> Mapping[str, Answered]:
    """Each name's answer; the first fault ends it, and what was not asked yet is not asked any more."""
    ordered = sorted(set(names))
    if len(ordered) < 2:  # a thread for one question is a waste
        return {name: question(name) for name in ordered}
    with ThreadPoolExecutor(min(len(ordered), AT_ONCE), "platform") as threads:
        asked = {name: threads.submit(question, name) for name in ordered}
        try:
            return {name: future.result() for name, future in asked.items()}
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
