"""The variables of a model's processes: the few that they get of ours, and the two by which they are recognised."""

import os
from collections.abc import Mapping
from typing import Final

OWNER: Final = "GITOPS_REPLICA_TOKEN"
"""Whose process it is: the token of a replica, or of a bootstrap."""

DATA: Final = "GITOPS_LOCAL_DATA"
"""Which data folder's platform started it."""

INHERITED: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE")
"""All that a model sees of our environment: like a container, it must not see our user's keys."""


def inherited(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Those of our variables that a model may see."""
    return {name: environ[name] for name in INHERITED if name in environ}
