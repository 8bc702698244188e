"""Puts the stand-in on the path of these tests, at its end, as the launcher does for a replica."""

import sys
from pathlib import Path

import gitops.local.replicas

STANDIN = Path(gitops.local.replicas.__file__).parent / "standin"

if str(STANDIN) not in sys.path:
    sys.path.append(str(STANDIN))
