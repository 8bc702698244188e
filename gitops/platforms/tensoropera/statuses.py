"""TensorOpera's words for the state of an endpoint -> our phases. Pure, and one table."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gitops.model.live import Phase

DEPLOYED: Final = "DEPLOYED"

PHASES: Final[Mapping[str, Phase]] = MappingProxyType(
    {
        "INITIALIZING": Phase.CREATING,
        "DEPLOYING": Phase.ROLLING_OUT,
        "UPDATING": Phase.ROLLING_OUT,
        "RESCALING": Phase.ROLLING_OUT,
        "ABORTING": Phase.ROLLING_BACK,
        DEPLOYED: Phase.SERVING,
        "ABORTED": Phase.ROLLED_BACK,
        "OFFLINE": Phase.RECOVERING,
        "OVERLOAD": Phase.RECOVERING,
        "PAUSED": Phase.RECOVERING,
        "FAILED": Phase.FAILED,
        "KILLED": Phase.FAILED,
        "UPDATING_FAILED": Phase.FAILED,
        "TERMINATED": Phase.FAILED,
    }
)

_MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ABORTED": "the last update failed, and the platform put it back",
        "OFFLINE": "the platform finds none of its workers",
        "OVERLOAD": "the platform calls it overloaded",
        "PAUSED": "it is paused in the console",
        "FAILED": "its deployment failed",
        "KILLED": "its deployment was killed",
        "UPDATING_FAILED": "its last update failed",
        "TERMINATED": "it is terminated in the console",
    }
)


def phase_of(status: str | None) -> tuple[Phase, str]:
    """The phase, and a message for people where the phase alone says too little."""
    word = (status or "").strip().upper()
    if word in PHASES:
        return PHASES[word], _MESSAGES.get(word, "")
    return Phase.UNKNOWN, f"the platform says {status!r}, which gitops does not know" if status else "no status is told"
