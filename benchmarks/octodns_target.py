"""A target for octoDNS that has every record already: run by octoDNS's own interpreter, so it knows nothing of ours.

It reads its records from JSON, which costs less than asking anybody would.
"""

import json
import logging
from pathlib import Path
from typing import Any

from octodns.provider.base import BaseProvider
from octodns.record import Record


class Told(BaseProvider):
    """One file per zone: name -> the record as octoDNS keeps it."""

    SUPPORTS_GEO = False
    SUPPORTS_DYNAMIC = False
    SUPPORTS = frozenset({"A"})

    def __init__(self, name: str, directory: str) -> None:
        self.log = logging.getLogger(f"Told[{name}]")  # It is abstract without.
        super().__init__(name)
        self._directory = Path(directory)

    def populate(self, zone: Any, *, target: bool = False, lenient: bool = False) -> bool:
        """Add the zone's records."""
        del target
        for name, data in json.loads((self._directory / f"{zone.name}json").read_text()).items():
            zone.add_record(Record.new(zone, name, data, source=self, lenient=lenient), lenient=lenient)
        return True

    def _apply(self, plan: Any) -> None:
        raise RuntimeError(f"nothing should have to change: {plan}")
