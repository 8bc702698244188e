"""Numbers -> the words of the engine's messages."""


def replicas(number: int) -> str:
    """`1 replica`, `2 replicas`."""
    return f"{number} replica{'s' if number != 1 else ''}"
