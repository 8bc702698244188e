"""The embedded platform's stand-in for the `fedml` package: a model finds `fedml.serving` here, and nothing else.

It lies at the very end of a replica's path, so that a real fedml in the model's own environment always wins.
"""


def __getattr__(name: str) -> object:
    """Say what is missing, and why, where a model asks for more than `fedml.serving`.

    Raises:
        AttributeError: always.
    """
    raise AttributeError(
        f"fedml.{name} is not here: the embedded platform brings a stand-in for fedml that has fedml.serving only. "
        "A model that needs more of fedml needs the real package in the environment it runs in."
    )
