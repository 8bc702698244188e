"""How long a client and a replica may take: the gateway's limits in one place, so that tests can have shorter ones."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes. How long a replica may take to begin its answer is the model card's to say, see `Runtime`.

    Attributes:
        head_s: for a new connection to deliver the head of its first request with the key.
        idle_s: for a connection between two requests, the head of the next one included.
        body_grace_s, body_rate: a client may keep us waiting for its body this long, and one second more for each
            `body_rate` bytes that it has sent.
        linger_s: for the rest of a body that nobody will read, so that its sender can see the answer.
        silence_s: between two pieces of an answer that was begun.
        stall_s: without a byte taken, until a client that does not read its answer is given up.
        look_s: between two looks at all connections.
    """

    head_s: float = 15.0
    idle_s: float = 75.0
    body_grace_s: float = 30.0
    body_rate: float = 10_000.0
    linger_s: float = 2.0
    silence_s: float = 100.0
    stall_s: float = 100.0
    look_s: float = 1.0
