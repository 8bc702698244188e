"""A push: the package is stored, the card or a new version of it is made, and the list shows what came of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from gitops.errors import ServerFault
from gitops.model.card import CardContent
from gitops.model.live import ModelVersion
from gitops.platforms.tensoropera.calls import Calls, Extra
from gitops.platforms.tensoropera.cards import Cards, newest
from gitops.platforms.tensoropera.keys import secret_values
from gitops.platforms.tensoropera.wires import PUSH_S
from gitops.platforms.tensoropera.zips import configuration, wrapped
from gitops.wire.tensoropera import GITOPS_KEY, CardObject, GitopsMark

_LOOKS: Final = 30
_FIRST_WAIT_S: Final = 0.2
_LONGEST_WAIT_S: Final = 2.0
"""All in all about a minute for a version to show."""


class Storage(Protocol):
    """Where packages lie."""

    def store(self, card: CardContent, package: Path) -> str:
        """Store a package; the URL under which it can be fetched."""


class Pusher:
    """Pushes cards to one platform."""

    def __init__(self, calls: Calls, cards: Cards, storage: Storage) -> None:
        self._calls = calls
        self._cards = cards
        self._storage = storage

    def push(self, card: CardContent, archive: Path, secrets: Mapping[str, str]) -> ModelVersion:
        """Push a card unless its newest version is this one.

        Args:
            secrets: variable name -> keyed digest.

        Raises:
            ServerFault: the platform took it, and never showed it.
            PlatformError: it could not be stored, or was refused.
        """
        before = self._cards.find(card.name)
        there = newest(before)
        if there is not None and there.carries(card.digest, secrets):
            return there
        with wrapped(card, archive) as package:
            url = self._storage.store(card, package)
        self._make(card, secrets, url, before)
        return self._shown(card, secrets)

    def _make(self, card: CardContent, secrets: Mapping[str, str], url: str, before: CardObject | None) -> None:
        mark = GitopsMark(digest=card.digest, secrets=dict(secrets))
        arguments = {
            "model_name": card.name,
            "model_id": int(before.id) if before else None,
            "package_url": url,
            "parameters": {**configuration(card, secrets=True), GITOPS_KEY: mark.model_dump()},
        }
        hidden = secret_values({key: getattr(card.spec, key) for key in card.spec.model_fields_set})
        operation = "update_card" if before else "create_card"
        self._calls.data(operation, arguments, Extra(hidden=hidden, timeout_s=PUSH_S))

    def _shown(self, card: CardContent, secrets: Mapping[str, str]) -> ModelVersion:
        """The version that the platform made of it, as soon as the list tells it."""
        wait_s = _FIRST_WAIT_S
        for _ in range(_LOOKS):
            version = newest(self._cards.find(card.name))
            if version is not None and version.carries(card.digest, secrets):
                return version
            self._calls.sleep(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
        raise ServerFault(
            f"the platform took model card {card.name}, and its list does not show the new version",
            hint="look at My Models in the console; if it is there, plan again",
        )
