"""Model cards: the list, page by page, and the one card of a name; a card's newest version is all that it tells."""

import json
from typing import Any, Final

from pydantic import Field, ValidationError

from gitops.errors import Rejected, ServerFault
from gitops.model.live import ModelVersion
from gitops.model.secret import Secret
from gitops.platforms.tensoropera.calls import Calls
from gitops.wire.tensoropera import GITOPS_KEY, Camel, CardObject, GitopsMark

_PAGE_SIZE: Final = 100
"""As fedml asks; larger ones are not known to work."""

_MOST_PAGES: Final = 1000


class _Page(Camel):
    """`data` of the list, with its cards as they are: a foreign one must not spoil the others."""

    total: int = 0
    total_page: int = 1
    data: list[dict[str, Any]] = Field(default_factory=list)


class Cards:
    """The cards of one platform."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def find(self, model: str) -> CardObject | None:
        """The card of exactly that name; None if there is none.

        Raises:
            Rejected: there are two of that name.
            ServerFault: the list is not one.
        """
        listed = [_card(one) for one in self._listed(model) if one.get("modelName") == model]
        found = {card.id: card for card in listed}
        if len(found) > 1:
            raise Rejected(
                f"the platform has several model cards named {model}: ids {', '.join(sorted(found))}",
                hint="delete or rename all but one of them in the console: My Models",
            )
        return next(iter(found.values()), None)

    def package_of_any(self) -> tuple[str, str] | None:
        """Name and package URL of the card that was changed last, of the first page; None if there is none."""
        known = [one for one in self._page("*", 1).data if isinstance(one.get("modelUrl"), str) and one["modelUrl"]]
        last = max(known, key=lambda one: str(one.get("updateTime") or one.get("createTime") or ""), default=None)
        return (str(last.get("modelName")), last["modelUrl"]) if last else None

    def _listed(self, model: str) -> list[dict[str, Any]]:
        """All cards that the platform's filter lets through, asked for once more if their number moved meanwhile."""
        cards, steady = self._pages(model)
        return cards if steady else self._pages(model)[0]

    def _pages(self, model: str) -> tuple[list[dict[str, Any]], bool]:
        cards: list[dict[str, Any]] = []
        totals: set[int] = set()
        for number in range(1, _MOST_PAGES + 1):
            page = self._page(model, number)
            cards += page.data
            totals.add(page.total)
            if not page.data or number >= page.total_page:
                return cards, len(totals) == 1
        raise ServerFault(f"the list of model cards named {model} does not end after {_MOST_PAGES} pages")

    def _page(self, model: str, number: int) -> _Page:
        data = self._calls.data("list_cards", {"model_name": model, "page": number, "page_size": _PAGE_SIZE})
        try:
            return _Page.model_validate(data)
        except ValidationError as fault:
            raise _nonsense("the list of model cards", fault) from None


def _nonsense(what: str, fault: ValidationError) -> ServerFault:
    """What does not fit, by its place only: values may be secret."""
    place = ".".join(str(part) for part in fault.errors()[0]["loc"]) or "its shape"
    return ServerFault(
        f"the platform answered {what} with something that is none: {place}: {fault.errors()[0]['msg']}",
        hint="is this the address of TensorOpera, and of a version that gitops knows?",
    )


def _card(said: dict[str, Any]) -> CardObject:
    parameters = said.get("parameters")
    if isinstance(parameters, str):
        said = {**said, "parameters": _object(parameters)}
    try:
        return CardObject.model_validate(said)
    except ValidationError as fault:
        raise _nonsense(f"model card {said.get('modelName')}", fault) from None


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def newest(card: CardObject | None) -> ModelVersion | None:
    """The newest version of a card; None if it has none. A foreign card has no digest."""
    name = (card.latest_model_version or card.model_version) if card else None
    if card is None or not name:
        return None
    mark = mark_of(card)
    return ModelVersion(name=name, digest=mark.digest, secrets=mark.secrets)


def mark_of(card: CardObject) -> GitopsMark:
    """What a push left in the card's parameters; empty where somebody else pushed it."""
    try:
        return GitopsMark.model_validate((card.parameters or {}).get(GITOPS_KEY) or {})
    except ValidationError:
        return GitopsMark()


def token_of(card: CardObject | None) -> Secret | None:
    """The endpoint token that a card sets; None where it sets none, and the platform alone knows it."""
    token = (card.parameters or {}).get("authentication_token") if card else None
    return Secret(token) if isinstance(token, str) and token else None
