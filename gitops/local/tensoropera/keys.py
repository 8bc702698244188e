"""Where each call of TensorOpera's contract carries the key, and whether it is the right one."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

_BEARER: Final = "Bearer "


class KeyIn(Enum):
    """The place of the key in a call; the value is its name in a JSON body."""

    LIST = "user_api_key"
    BODY = "apiKey"
    JOB = "userApiKey"
    BEARER = ""
    ENDPOINT = "endpointId"
    """As bearer: the API key, or the token of the endpoint that the body names."""

    @property
    def in_header(self) -> bool:
        """Whether it is known before the body is."""
        return self is KeyIn.BEARER


def no_token(_endpoint_id: str) -> str | None:
    """The token of an endpoint, where there are none."""
    return None


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens this face; everything is compared in constant time.

    Attributes:
        api_key: the installation's.
        token: an endpoint's own token by its id; None where it has none.
    """

    api_key: str
    token: Callable[[str], str | None] = no_token

    def right(self, shown: object) -> bool:
        """Whether something is the API key."""
        return isinstance(shown, str) and _same(shown, self.api_key)

    def opens(self, place: KeyIn, headers: Mapping[str, str], body: Mapping[str, Any]) -> bool:
        """Whether a call carries the key where it has to."""
        if place not in {KeyIn.BEARER, KeyIn.ENDPOINT}:
            return self.right(body.get(place.value))
        said = headers.get("Authorization", "")
        shown = said.removeprefix(_BEARER) if said.startswith(_BEARER) else ""
        if place is KeyIn.BEARER or self.right(shown):
            return self.right(shown)
        token = self.token(str(body.get(place.value)))
        return bool(token) and _same(shown, str(token))


def _same(shown: str, expected: str) -> bool:
    # What is no UTF-8 arrives as surrogates, and must not be an error of ours.
    return hmac.compare_digest(shown.encode("utf-8", "surrogatepass"), expected.encode())
