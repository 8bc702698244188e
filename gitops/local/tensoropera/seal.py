"""URLs that carry their own permission: a seal over method, path and last second, made with the platform's key.

Who has such a URL may use it, without the key; nobody can make one, or change one.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

SEAL: Final = "signature"
UNTIL: Final = "expires"


@dataclass(frozen=True, slots=True)
class Seal:
    """Makes sealed URLs of this platform, and knows them again.

    Attributes:
        api_key: the platform's.
        url: where it answers now; a seal does not cover it, for a port may change.
        now: the wall clock.
    """

    api_key: str
    url: str
    now: Callable[[], datetime]

    def sealed(self, method: str, path: str, seconds: int | None = None) -> str:
        """A URL for one method.

        Args:
            path: of this platform, not encoded.
            seconds: that it holds for; None is for as long as the platform has its key.
        """
        until = "" if seconds is None else str(int(self.now().timestamp()) + seconds)
        query = {**({UNTIL: until} if until else {}), SEAL: self._seal(method, path, until)}
        return f"{self.url}{quote(path)}?{urlencode(query)}"

    def holds(self, method: str, path: str, until: str, seal: str) -> bool:
        """Whether a request is what a seal was made for, and in time.

        Args:
            path: as it is when decoded.
            until, seal: of its query; empty where they are missing.
        """
        expected = self._seal(method, path, until).encode()
        if not hmac.compare_digest(seal.encode("utf-8", "surrogatepass"), expected):
            return False
        return not until or self.now().timestamp() <= int(until)

    def path_of(self, url: str) -> str | None:
        """The decoded path of a URL that this platform has sealed for reading, wherever it answered then; else None."""
        try:
            parts = urlsplit(url)
            path, query = unquote(parts.path), parse_qs(parts.query)
            until, seal = query.get(UNTIL, [""])[0], query.get(SEAL, [""])[0]
            return path if self.holds("GET", path, until, seal) else None
        except ValueError:  # it is no URL at all
            return None

    def here(self, url: str) -> str:
        """A URL that this platform has sealed, as it is reached now; any other one as it is."""
        path = self.path_of(url)
        return url if path is None else f"{self.url}{quote(path)}?{urlsplit(url).query}"

    def _seal(self, method: str, path: str, until: str) -> str:
        return hmac.new(self.api_key.encode(), f"{method}\0{path}\0{until}".encode(), hashlib.sha256).hexdigest()
