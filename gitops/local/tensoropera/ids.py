"""Ids as TensorOpera gives them: 19 digits. They are computed from what they name, so that they need no memory."""

import hashlib
from dataclasses import dataclass
from typing import Final

_LOWEST: Final = 10**18
_SPAN: Final = 8 * 10**18
"""Every id has 19 digits and fits into a signed number of 64 bits, as the platform's own do."""


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of one installation.

    Attributes:
        installation: the data folder's own id: the same names have other ids elsewhere.
    """

    installation: str

    def of(self, kind: str, *names: str | int) -> str:
        """The id of something; the same for as long as the data folder lives.

        Args:
            kind: what it is: `card`, `endpoint`.
            names: what tells it from others of its kind, the number of its life included where a name is used again.
        """
        spelled = "\0".join((self.installation, kind, *map(str, names)))
        number = int.from_bytes(hashlib.sha256(spelled.encode()).digest()[:16])
        return str(_LOWEST + number % _SPAN)
