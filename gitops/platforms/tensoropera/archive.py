"""Cards as they lie on the platform, for taking them over into files."""

import tempfile
from pathlib import Path
from typing import Final

from gitops.errors import Rejected
from gitops.platforms.tensoropera.cards import Cards, mark_of, newest
from gitops.platforms.tensoropera.wires import Wires, origin
from gitops.platforms.tensoropera.zips import MOST_BYTES, unpack
from gitops.ports import PushedCard
from gitops.wire.tensoropera import GITOPS_KEY

_CHUNK: Final = 1 << 20
_OK: Final = 200


def pushed_card(cards: Cards, model: str) -> PushedCard | None:
    """The newest version of a card, as the list tells it."""
    card = cards.find(model)
    version = newest(card)
    if card is None or version is None:
        return None
    return PushedCard(
        model=model,
        version=version.name,
        config={key: value for key, value in (card.parameters or {}).items() if key != GITOPS_KEY},
        package_url=card.model_url or None,
        from_environment=tuple(sorted(mark_of(card).secrets)),
    )


def fetch_package(wires: Wires, card: PushedCard, into: Path) -> None:
    """Fetch and unpack a package; no key goes to where it lies.

    Raises:
        Rejected: there is none, or it is none.
        Unreachable: nobody answers there.
    """
    url = card.package_url or ""
    if not url.startswith(("http://", "https://")):
        raise Rejected(f"the platform does not say where the package of model card {card.model} lies")
    with tempfile.TemporaryDirectory(prefix="gitops-package-") as folder:
        package = Path(folder) / "package.zip"
        with wires.stream(url) as answer, package.open("wb") as file:
            if answer.status_code != _OK:
                raise Rejected(
                    f"the package of model card {card.model} cannot be fetched from {origin(url)}: "
                    f"HTTP {answer.status_code}",
                    hint="its URL may have ended (fedml makes them for 7 days): download it in the console: My Models",
                )
            size = 0
            for chunk in answer.iter_bytes(_CHUNK):
                size += len(chunk)
                if size > MOST_BYTES:
                    raise Rejected(f"the package of model card {card.model} is larger than any")
                file.write(chunk)
        unpack(package, into)
