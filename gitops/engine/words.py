"""Numbers and policies -> the words of the engine's messages."""

from gitops.model.autoscale import Autoscale, Bounds, bounds_text, policy_text


def replicas(number: int | Bounds) -> str:
    """`1 replica`, `2 replicas`, `1..8 replicas`."""
    return f"{amount(number)} replica{'s' if number != 1 else ''}"


def amount(number: int | Bounds) -> str:
    """`2`, or `1..8` for any number within bounds."""
    return bounds_text(number) if isinstance(number, Bounds) else str(number)


def policy_words(policy: Autoscale | Bounds | None) -> str:
    """`1..8, 10 requests per replica in 60s, down after 120s`, as far as it is told, or `none`."""
    if policy is None:
        return "none"
    return policy_text(policy) if isinstance(policy, Autoscale) else bounds_text(policy)
