"""Declared model endpoints: YAML in, ordered operations on a serving platform out, git as the memory."""

from typing import Final

__version__: Final = "0.1.0"
