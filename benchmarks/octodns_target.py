"""A target for octoDNS that has every record already: run by octoDNS's own interpreter, so it knows nothing of ours.

It asks over HTTP, a request for each zone, with the library that octoDNS's own providers ask with.
"""

import logging
from typing import Any

import requests
from octodns.provider.base import BaseProvider
from octodns.record import Record


class Told(BaseProvider):
    """One answer per zone: name -> the record as octoDNS keeps it."""

    SUPPORTS_GEO = False
    SUPPORTS_DYNAMIC = False
    SUPPORTS = frozenset({"A"})

    def __init__(self, name: str, url: str) -> None:
        self.log = logging.getLogger(f"Told[{name}]")  # It is abstract without.
        super().__init__(name)
        self._url = url
        self._session = requests.Session()

    def populate(self, zone: Any, *, target: bool = False, lenient: bool = False) -> bool:
        """Add the zone's records."""
        del target
        answer = self._session.get(f"{self._url}/{zone.name}", timeout=60)
        answer.raise_for_status()
        for name, data in answer.json().items():
            zone.add_record(Record.new(zone, name, data, source=self, lenient=lenient), lenient=lenient)
        return True

    def _apply(self, plan: Any) -> None:
        raise RuntimeError(f"nothing should have to change: {plan}")
