"""Names of versions: `v3` to the engine, `v3-Tue Nov 24 08:00:00 GMT 2026` to who speaks TensorOpera's contract."""

from datetime import UTC
from typing import Final

from gitops.local.state import Version

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def long_name(version: Version) -> str:
    """The version as this face names it; the same whatever the machine's language and time zone are."""
    at = version.pushed_at.astimezone(UTC)
    day = f"{DAYS[at.weekday()]} {MONTHS[at.month - 1]} {at.day:02}"
    return f"{version.name}-{day} {at:%H:%M:%S} GMT {at.year:04}"


def short_name(name: str) -> str:
    """The version as the engine names it; a name without a date stays as it is."""
    return name.split("-", 1)[0]
