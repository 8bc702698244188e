"""The composition root: the only place that names adapters, views and sources among them."""

from gitops.cli.wiring.screen import Screen
from gitops.cli.wiring.shop import Shop, SystemClock, new_clock, open_console, refuse_unsupported_system

__all__ = ["Screen", "Shop", "SystemClock", "new_clock", "open_console", "refuse_unsupported_system"]
