"""Model cards as this face knows them: by id, each with its versions, whoever pushed them."""

from collections.abc import Mapping
from typing import Final

from gitops.local.state import Version
from gitops.local.store.catalogue import Catalogue
from gitops.local.tensoropera.envelope import Declined
from gitops.local.tensoropera.ids import Ids
from gitops.local.tensoropera.versions import long_name, short_name
from gitops.model.secret import MASK
from gitops.wire.tensoropera import GITOPS_KEY, GitopsMark

_SECRET_KEYS: Final = frozenset(
    {
        "registry_specs",
        "registry_user_name",
        "registry_user_password",
        "docker_registry_user_name",
        "docker_registry_user_password",
        "authentication_token",
    }
)


class Shelf:
    """All cards of an installation.

    Args:
        catalogue: the versions of all cards.
    """

    def __init__(self, catalogue: Catalogue, ids: Ids) -> None:
        self._catalogue = catalogue
        self._ids = ids

    def id_of(self, model: str) -> str:
        """The id of a card."""
        return self._ids.of("card", model)

    def models(self) -> list[str]:
        """The names of all cards."""
        return self._catalogue.models()

    def model_of(self, card_id: str) -> str:
        """The name of the card with this id.

        Raises:
            Declined: there is none.
        """
        for model in self.models():
            if self.id_of(model) == card_id:
                return model
        raise Declined(f"there is no model card with id {card_id}; list the cards to see their ids")

    def version(self, model: str, name: str) -> Version:
        """A version of a card, by either of its names.

        Raises:
            Rejected: there is none of that short name, with those that there are.
            Declined: there is one, but its long name is another.
        """
        found = self._catalogue.version(model, short_name(name))
        if name not in {found.name, long_name(found)}:
            raise Declined(f"model card {model} has no version {name!r}; {found.name} is {long_name(found)!r}")
        return found

    @staticmethod
    def parameters(version: Version) -> Mapping[str, object]:
        """What is told of a version's configuration to who shows the key.

        One that this face was given is told as it came. One that was pushed natively was promised to leave the
        platform only into a replica's environment, so its secrets are not told.
        """
        if version.source is not None:
            return version.source.parameters
        told = {key: _masked(key, value, version.secrets) for key, value in version.config.items()}
        return {**told, GITOPS_KEY: GitopsMark(digest=version.digest, secrets=version.secrets).model_dump()}


def _masked(key: str, value: object, secrets: Mapping[str, str]) -> object:
    if key in _SECRET_KEYS:
        return MASK
    if key == "environment_variables" and isinstance(value, dict):
        return {name: MASK if name in secrets else text for name, text in value.items()}
    return value
