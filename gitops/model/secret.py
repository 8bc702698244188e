"""A value that no output may show, and the keyed digest by which a change of it is seen all the same."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Final

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

MASK: Final = "***"


class Secret:
    """A string that prints as `***` everywhere: repr, str, format, JSON.

    Args:
        value: what the platform is given.
        reference: the environment variable that it came from, or None where it is written in the file.
    """

    __slots__ = ("_value", "reference")

    def __init__(self, value: str, reference: str | None = None) -> None:
        self._value = value
        self.reference = reference

    def reveal(self) -> str:
        """The value itself; only for the request that carries it to the platform."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value, other._value) and self.reference == other.reference

    def __hash__(self) -> int:
        return hash((self._value, self.reference))

    @classmethod
    def parse(cls, value: object) -> "Secret":
        """A Secret from a Secret or a scalar; numbers and booleans become what YAML calls them."""
        if isinstance(value, cls):
            return value
        if isinstance(value, bool):
            return cls("true" if value else "false")
        if isinstance(value, str | int | float):
            return cls(str(value))
        raise ValueError("must be a single value: text or a number")

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Callable[[Any], CoreSchema]) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(lambda _: MASK)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": ["string", "number", "boolean"], "writeOnly": True}


def secret_digest(api_key: str, name: str, value: str) -> str:
    """The digest by which a change of a secret is visible without the secret.

    HMAC-SHA256 under a key that HKDF-SHA256 (RFC 5869, empty salt) derives from the environment's API key, over the
    variable's name and value, so that equal values of two variables differ.

    Returns:
        32 hexadecimal digits.
    """
    extracted = hmac.digest(b"\0" * hashlib.sha256().digest_size, api_key.encode(), "sha256")
    key = hmac.digest(extracted, b"gitops secret digest\x01", "sha256")
    return hmac.digest(key, name.encode() + b"\0" + value.encode(), "sha256").hex()[:32]
