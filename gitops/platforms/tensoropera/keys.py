"""Which key a request carries, and where; and the words of others with every key struck out."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from gitops.errors import Unauthorized
from gitops.model.operation import Auth
from gitops.model.secret import MASK, Secret

_QUOTED: Final = 300
_SHORTEST: Final = 4
"""Characters; a shorter secret would strike out pieces of ordinary words."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets of an environment's platform; none of them prints."""

    api_key: Secret | None
    session_token: Secret | None

    def placed(self, auth: Auth, operation: str, token: Secret | None) -> tuple[dict[str, str], dict[str, Any]]:
        """What a request carries: headers, and keys of the body.

        Args:
            token: of the endpoint; where it is not known the API key stands in for it.

        Raises:
            Unauthorized: the key that is asked for is not set; names the setting.
        """
        match auth:
            case Auth.NONE:
                return {}, {}
            case Auth.RAW_SESSION:
                return {"Authorization": self._set("session_token", self.session_token, operation)}, {}
            case Auth.BODY_API_KEY:
                return {}, {"apiKey": self._set("api_key", self.api_key, operation)}
            case Auth.BODY_USER_API_KEY:
                return {}, {"user_api_key": self._set("api_key", self.api_key, operation)}
            case Auth.BEARER_OF_ENDPOINT if token is not None:
                return {"Authorization": f"Bearer {token.reveal()}"}, {}
            case Auth.BEARER_API_KEY | Auth.BEARER_OF_ENDPOINT:
                return {"Authorization": f"Bearer {self._set('api_key', self.api_key, operation)}"}, {}

    @staticmethod
    def _set(setting: str, secret: Secret | None, operation: str) -> str:
        value = secret.reveal() if secret else ""
        if not value:
            raise Unauthorized(
                f"the operation {operation} needs {setting}, which the environment does not set",
                hint=f"set platform.{setting} in gitops.yaml, as ${{env:NAME}}",
            )
        if not (value.isascii() and value.isprintable()):
            raise Unauthorized(
                f"{setting} of the environment holds characters that no key has (a line end?)",
                hint="check the environment variable that it comes from",
            )
        return value

    def values(self) -> list[str]:
        """Everything that must not be quoted."""
        return [secret.reveal() for secret in (self.api_key, self.session_token) if secret]


def quoted(text: str, hidden: Collection[str] = ()) -> str:
    """Foreign words for an error: one line, cut short, without secrets."""
    forms = {form for value in hidden for form in _forms(value) if len(value) >= _SHORTEST}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, MASK)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _QUOTED else line[:_QUOTED] + "..."


def _forms(value: str) -> set[str]:
    """A secret as it is, and as it stands in JSON and in a URL."""
    return {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe="")}


def secret_values(value: Any) -> list[str]:
    """The values of all secrets in a configuration, at any depth."""
    match value:
        case Secret():
            return [value.reveal()]
        case Mapping():
            return [one for item in value.values() for one in secret_values(item)]
        case list() | tuple():
            return [one for item in value for one in secret_values(item)]
        case _:
            return []
