"""The parts of this face, wired: first what the engine needs of it, then the face itself, which needs the engine."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gitops.local.folder import DataFolder
from gitops.local.gateway.limits import Limits
from gitops.local.logs.face import LogFace
from gitops.local.store.catalogue import Catalogue
from gitops.local.store.packages import Packages
from gitops.local.tensoropera.cards import CardFace
from gitops.local.tensoropera.directory import Directory
from gitops.local.tensoropera.face import Part, TensorOperaFace
from gitops.local.tensoropera.fetching import Fetching
from gitops.local.tensoropera.ids import Ids
from gitops.local.tensoropera.keys import Keys
from gitops.local.tensoropera.ops import OpsFace
from gitops.local.tensoropera.seal import Seal
from gitops.local.tensoropera.shelf import Shelf
from gitops.local.tensoropera.storage import StorageFace
from gitops.local.tensoropera.unzip import Bounds
from gitops.local.tensoropera.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Ground:
    """What this face has that does not need the engine.

    Attributes:
        fetching: gives every version its files, wherever they lie.
    """

    api_key: str
    ids: Ids
    catalogue: Catalogue
    storage: StorageFace
    fetching: Fetching
    now: Callable[[], datetime]

    @property
    def shelf(self) -> Shelf:
        """The cards."""
        return self.storage.shelf

    def face(self, logs: LogFace, directory: Directory, endpoints: Part) -> TensorOperaFace:
        """Every call of the contract, on an engine.

        Args:
            endpoints: the calls that need the engine itself.
        """
        cards = CardFace(self.catalogue, self.shelf, self.storage.url_of, self.now)
        ops = OpsFace(self.ids, logs, directory)
        return TensorOperaFace(Keys(self.api_key), self.storage.seal, (cards, self.storage, ops, endpoints), Limits())


def ground(
    folder: DataFolder, catalogue: Catalogue, packages: Packages, url: str, now: Callable[[], datetime]
) -> Ground:
    """What the engine needs of this face, and what it stands on.

    Args:
        url: where the platform answers.
    """
    key, bounds = folder.api_key(), Bounds()
    ids = Ids(folder.installation())
    uploads = Uploads(folder.uploads, folder.storage, bounds.archive)
    storage = StorageFace(uploads, Seal(key, url, now), Shelf(catalogue, ids), packages, folder.packages, Limits())
    fetching = Fetching(packages, folder.packages, storage.kept, bounds)
    return Ground(key, ids, catalogue, storage, fetching, now)
