"""Numbers -> the words in which people read them: sizes, times, rates. What is not known is said, never shown as 0."""

from datetime import UTC, datetime
from typing import Final

NOT_AVAILABLE: Final = "not available"


def size_text(size: int) -> str:
    """Bytes: 900 -> `900 B`, 1229 -> `1.2 KiB`."""
    if size < 1024:
        return f"{size} B"
    amount = float(size)
    for unit in ("KiB", "MiB", "GiB"):
        amount /= 1024
        if amount < 1023.95:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1024:,.1f} TiB"


def elapsed_text(seconds: float) -> str:
    """A time that passed: 3.21 -> `3.2s`, 75 -> `1m 15s`, 3725 -> `1h 2m 5s`."""
    if seconds < 59.95:
        return f"{max(0.0, seconds):.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes}m {rest}s" if hours else f"{minutes}m {rest}s"


def moment_text(moment: datetime) -> str:
    """A moment in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def count_text(count: int | None) -> str:
    """A count with its thousands apart."""
    return NOT_AVAILABLE if count is None else f"{count:,}"


def milliseconds_text(milliseconds: float | None) -> str:
    """A latency: one decimal up to a second, none above."""
    if milliseconds is None:
        return NOT_AVAILABLE
    return f"{milliseconds:.1f} ms" if milliseconds < 1000 else f"{milliseconds:,.0f} ms"


def rate_text(rate: float | None) -> str:
    """A share in percent; a few among very many are not rounded to none."""
    if rate is None:
        return NOT_AVAILABLE
    return "< 0.01 %" if 0 < rate < 0.0001 else f"{rate * 100:.2f} %"


def throughput_text(per_second: float | None) -> str:
    """Requests per second; slow traffic keeps its digits."""
    if per_second is None:
        return NOT_AVAILABLE
    if 0 < per_second < 1:
        return f"{per_second:.2g} requests/s"
    return f"{per_second:,.1f} requests/s"
