"""Whether a replica still answers, judged from its last signs of life. Pure: time is an argument.

Every piece of an answer is a sign of life, so a replica with traffic is never asked. One that was silent for a while is
asked its liveness probe, and only one that left several questions unanswered is given up. A model that answers one
request at a time cannot answer a probe while it works: with requests in flight it has as long as these may take.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

ASK_AFTER_S: Final = 5.0
"""Silence after which a replica is asked."""

ASK_AGAIN_S: Final = 2.0
"""Between two questions to a replica that did not answer the first."""

SILENT_S: Final = 15.0
"""Silence after which an idle replica is given up; on top of the requests' own time where it has some in flight."""

QUESTIONS: Final = 3
"""That must have been left unanswered: a machine that was suspended, or too busy to ask, proves nothing."""


class Sign(Enum):
    """What to do about a replica."""

    FINE = auto()
    ASK = auto()
    GIVE_UP = auto()


@dataclass(slots=True)
class Pulse:
    """The signs of life of one replica, in seconds of one clock.

    Attributes:
        heard: the last answer to a question, or when it got ready.
        asked: the last question; `unanswered` of them in a row were not answered; `asking` while one is open.
    """

    heard: float
    asked: float = float("-inf")
    unanswered: int = 0
    asking: bool = False

    def look(self, now: float, *, heard: float, patience_s: float) -> Sign:
        """What to do now.

        Args:
            now: the time.
            heard: when a request was last answered, or a piece of one.
            patience_s: how long it may be silent because of the requests that it has; 0 if it has none.
        """
        if heard > self.heard:
            self.heard, self.unanswered = heard, 0
        silent_s = now - self.heard
        if silent_s >= SILENT_S + patience_s and self.unanswered >= QUESTIONS:
            return Sign.GIVE_UP
        due = silent_s >= ASK_AFTER_S and now - self.asked >= ASK_AGAIN_S
        return Sign.ASK if due and not self.asking else Sign.FINE

    def ask(self, now: float) -> None:
        """A question is on its way."""
        self.asked, self.asking = now, True

    def told(self, now: float, *, answered: bool) -> None:
        """A question was answered, or not in time."""
        self.asking = False
        if answered:
            self.heard, self.unanswered = now, 0
        else:
            self.unanswered += 1
