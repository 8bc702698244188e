"""What this clone last saw of the remote, in a small file in git's own folder: by it a rewritten history is told."""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from gitops.history.refs import Names

_FOLDER: Final = "gitops"


@dataclass(frozen=True, slots=True)
class Sight:
    """One look at the remote.

    Attributes:
        tip: where the history stood; None where there was none.
    """

    tip: str | None
    at: datetime


class Seen:
    """The last look at the remote; may be lost, and is written anew with the next one."""

    def __init__(self, git_dir: Path, names: Names) -> None:
        self._path = git_dir / _FOLDER / names.project / f"{names.environment}.json"

    def last(self) -> Sight | None:
        """The last look; None where there was none, or its file is gone."""
        try:
            said = json.loads(self._path.read_bytes())
            return Sight(said["tip"], datetime.fromisoformat(said["at"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def put(self, sight: Sight) -> None:
        """Remember a look; a clone that cannot be written does without."""
        draft = self._path.with_suffix(f".{os.getpid()}.new")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps({"tip": sight.tip, "at": sight.at.isoformat()}))
            draft.replace(self._path)
