"""Model cards over TensorOpera's contract: list them, make one, give one a new version."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from gitops.local.state import Source, Version
from gitops.local.store.catalogue import Catalogue
from gitops.local.tensoropera.calls import Asked, Call, first
from gitops.local.tensoropera.envelope import Declined
from gitops.local.tensoropera.keys import KeyIn
from gitops.local.tensoropera.messages import CardWish, ListCards
from gitops.local.tensoropera.shelf import Shelf
from gitops.local.tensoropera.versions import long_name
from gitops.model.card import DIGEST_PREFIX, CardSpec
from gitops.wire.messages import CARD_NAME
from gitops.wire.tensoropera import (
    CREATE_CARD,
    GITOPS_KEY,
    LIST_CARDS,
    UPDATE_CARD,
    CardObject,
    CardPage,
    GitopsMark,
)

CARD_BYTES: Final = 4 << 20
"""Of the body that makes a card: its parameters may hold a long bootstrap, or long examples."""

MOST_CARDS: Final = 1000
"""Of one page."""

ALL: Final = "*"

_DIGEST: Final = re.compile(rf"{DIGEST_PREFIX}[0-9a-f]{{64}}")
_LONGEST_URL: Final = 8192
_TIME: Final = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class CardFace:
    """The calls for model cards.

    Attributes:
        url_of: where the package of a version can be read.
        now: the wall clock.
    """

    catalogue: Catalogue
    shelf: Shelf
    url_of: Callable[[Version], str]
    now: Callable[[], datetime]

    def calls(self) -> list[Call]:
        """Each with who answers it."""
        return [
            Call("POST", LIST_CARDS, KeyIn.LIST, self.page),
            Call("POST", CREATE_CARD, KeyIn.BODY, self.create, limit=CARD_BYTES),
            Call("POST", UPDATE_CARD, KeyIn.BODY, self.update, limit=CARD_BYTES),
        ]

    async def page(self, asked: Asked) -> CardPage:
        """A page of the cards whose name has a text in it, that very name first; of each its newest version."""
        wish = asked.read(ListCards)
        found = matching(self.shelf.models(), wish.model_name)
        size = min(wish.page_size, MOST_CARDS)
        begin = (wish.page_num - 1) * size
        return CardPage(
            total=len(found),
            total_page=-(-len(found) // size),
            page_num=wish.page_num,
            page_size=size,
            data=[self._card(model) for model in found[begin : begin + size]],
        )

    async def create(self, asked: Asked) -> int:
        """A new card, or, with an id, a new version of one; gives its id."""
        wish = asked.read(CardWish)
        return self._add(wish) if wish.id is None else self._add_version(wish, wish.id)

    async def update(self, asked: Asked) -> int:
        """A new version of a card; gives its id."""
        wish = asked.read(CardWish)
        if wish.id is None:
            raise Declined("an update needs the id of its model card; list the cards to see their ids")
        return self._add_version(wish, wish.id)

    def _add(self, wish: CardWish) -> int:
        name = wish.model_name
        if not re.fullmatch(CARD_NAME, name):
            raise Declined(
                f"{name!r} cannot be the name of a model card here: ASCII letters, digits, '.', '_' and '-', "
                "a letter or digit first, at most 63"
            )
        same = [model for model in self.shelf.models() if model.lower() == name.lower()]
        if same:
            raise Declined(
                f"there is a model card {same[0]} already; send its id ({self.shelf.id_of(same[0])}) "
                "to give it a new version"
            )
        return self._keep(wish)

    def _add_version(self, wish: CardWish, card_id: str) -> int:
        model = self.shelf.model_of(card_id)
        if model != wish.model_name:
            raise Declined(f"the model card with id {card_id} is named {model}, and keeps its name")
        return self._keep(wish)

    def _keep(self, wish: CardWish) -> int:
        config = configuration(wish.parameters)
        source = Source(
            url=_readable(wish.model_url),
            parameters=dict(wish.parameters),
            description=wish.description,
            net_url=wish.model_net_url,
            github=wish.github_link,
            tags=tuple(tag.tag_name for tag in wish.tag_list),
            from_open=wish.is_from_open,
        )
        digest, secrets = identity(source)
        self.catalogue.add(wish.model_name, digest, config, secrets, self.now(), source)
        return int(self.shelf.id_of(wish.model_name))

    def _card(self, model: str) -> CardObject:
        versions = self.catalogue.versions(model)
        newest, name = versions[-1], long_name(versions[-1])
        source = newest.source or Source(url="")
        return CardObject(
            id=self.shelf.id_of(model),
            model_name=model,
            model_type="",
            model_url=self.url_of(newest),
            commit_type="",
            description=source.description,
            latest_model_version=name,
            create_time=_text(versions[0].pushed_at),
            update_time=_text(newest.pushed_at),
            owner="",
            github_link=source.github,
            parameters=dict(self.shelf.parameters(newest)),
            model_version=name,
            file_name=f"{model}.zip",
            is_init=0,
            is_from_open=source.from_open,
        )


def matching(models: list[str], wanted: str) -> list[str]:
    """The cards whose name has a text in it, whatever its case; that very name first, then by name."""
    if wanted in {"", ALL}:
        return models
    found = [model for model in models if wanted.lower() in model.lower()]
    return sorted(found, key=lambda model: (model != wanted, model))


def configuration(parameters: Mapping[str, Any]) -> dict[str, object]:
    """What of a card's parameters means something here; other keys are passed by.

    Raises:
        Declined: a value is none that its key can have.
    """
    known = {key: value for key, value in parameters.items() if key in CardSpec.model_fields}
    try:
        CardSpec.model_validate(known)
    except ValidationError as fault:
        raise Declined(f"the card's parameters are not valid: {first(fault)}") from fault
    return known


def identity(source: Source) -> tuple[str, dict[str, str]]:
    """The digest of a version and the keyed digests of its secrets.

    They are what its parameters say of themselves; where they say nothing, the digest is one of URL and parameters.
    """
    try:
        mark = GitopsMark.model_validate(source.parameters.get(GITOPS_KEY) or {})
    except ValidationError:
        mark = GitopsMark()
    told = json.dumps([source.url, source.parameters], sort_keys=True)
    digest = DIGEST_PREFIX + hashlib.sha256(told.encode()).hexdigest()
    return (mark.digest if mark.digest and _DIGEST.fullmatch(mark.digest) else digest), mark.secrets


def _readable(url: str) -> str:
    """A URL from which a package can be fetched.

    Raises:
        Declined: it is none.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or len(url) > _LONGEST_URL or not url.isprintable() or " " in url:
        raise Declined("modelUrl is no http or https URL of the card's package, so that nothing of it could run")
    return url


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_TIME)
