"""Versions and platforms -> how people call them."""

from typing import Final

from gitops.model.card import DIGEST_PREFIX, short_digest
from gitops.model.change import VersionRef
from gitops.model.live import PlatformIdentity

_TITLES: Final = {"local": "embedded platform"}


def version_text(version: VersionRef) -> str:
    """`v2 (sha256:1a2b3c4d5e6f)`; a version that is not pushed yet has no name and is called new."""
    if version.digest is None:
        return version.name or "new"
    return f"{version.name or 'new'} ({short_digest(version.digest)})"


def version_name(version: VersionRef | None) -> str:
    """The shortest name: `v2`, `new`, or `nothing` where nothing serves."""
    return "nothing" if version is None else version.name or "new"


def platform_text(platform: PlatformIdentity) -> str:
    """`embedded platform, http://127.0.0.1:41331`."""
    return f"{_TITLES.get(platform.kind, platform.kind)}, {platform.url}"


def short_fingerprint(fingerprint: str) -> str:
    """The first 12 digits of a plan's fingerprint, by which people tell two plans apart."""
    return fingerprint.removeprefix(DIGEST_PREFIX)[:12]


def short_commit(commit: str) -> str:
    """The first 7 digits of a commit's id."""
    return commit[:7]
