"""A request's path -> what to ask of a replica, or why that cannot be asked. It knows no sockets.

What is asked always begins with one slash and climbs nowhere: neither `..`, however it is encoded, nor `//host`.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from gitops.local.gateway.refusal import Refused
from gitops.local.runtime import Runtime

_SEPARATORS: Final = re.compile(r"[/\\]")
_DECODED_AT_MOST: Final = 4


class Asked(NamedTuple):
    """What a client wants of an endpoint.

    Attributes:
        path: of the replica, as it goes over the wire; None is the one that predicts.
        always: whether the path may be asked of any replica, or only of one that exposes all.
        prefix: what the client sees before that path.
    """

    path: str | None = None
    always: bool = True
    prefix: str = ""

    def of(self, runtime: Runtime) -> str | None:
        """The path to ask a replica for; None if it does not let this one through."""
        if self.path is None:
            return _quoted(runtime.predict_path)
        return self.path if self.always or runtime.all_paths else None


PREDICTION: Final = Asked()


def below(raw_path: str, *, always: bool) -> Asked:
    """What is asked for by `/inference/{name}/{path}` or `/custom_inference/{name}/{path}`.

    Args:
        raw_path: as it came over the wire, without query.
        always: whether any replica may be asked for it.

    Raises:
        Refused: 400, the path leads out of the endpoint.
    """
    _, face, name, path = raw_path.split("/", 3)
    first, *others = _SEPARATORS.split(_decoded(path))
    if ".." in {first, *others} or (others and not first):
        raise Refused(400, "the path below the endpoint leads out of it: neither .. nor a second slash at its begin")
    return Asked(f"/{path}", always, f"/{face}/{name}")


def _decoded(path: str) -> str:
    """The path as the most eager reader would see it."""
    for _ in range(_DECODED_AT_MOST):
        plain = unquote(path)
        if plain == path:
            return plain
        path = plain
    raise Refused(400, "the path below the endpoint is encoded too many times")


@lru_cache(maxsize=1024)
def _quoted(path: str) -> str:
    """A model card's path as it goes over the wire."""
    return "/" + quote(path.lstrip("/"), safe="/?&=%:@+,;~!$*'()")
