"""What calls ask, as fedml 0.9.6 sends it; what they are told is in `wire.tensoropera`, which clients share."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from gitops.model.frozen import Tolerant
from gitops.wire.tensoropera import Camel, Id


def _empty(value: object) -> object:
    return "" if value is None else value


def _no_zero(value: object) -> object:
    """fedml has an id of nothing as null; others have it as an empty text or 0."""
    return None if value in {"", "0", 0} else value


Text = Annotated[str, BeforeValidator(_empty)]
"""A text that may be null."""

MaybeId = Annotated[Id | None, BeforeValidator(_no_zero)]


class ListCards(Tolerant):
    """`model/listFromCli`, the only call whose words are joined by underscores."""

    model_name: Text = ""
    page_num: int = Field(1, ge=1)
    page_size: int = Field(100, ge=1)


class Tag(Camel):
    """A tag of a card."""

    tag_name: str = Field(max_length=200)


class CardWish(Camel):
    """`model/createFromCli` and `model/updateFromCli`.

    Attributes:
        id: of the card that gets a new version; None for a new card.
        parameters: the configuration, whatever it has in it.
    """

    id: MaybeId = None
    model_name: str
    model_url: Text = ""
    model_net_url: Text = ""
    description: Text = ""
    github_link: Text = ""
    parameters: dict[str, Any]
    is_from_open: int = Field(0, ge=0, le=1)
    tag_list: tuple[Tag, ...] = Field((), max_length=100)


class PartTag(Camel):
    """What the answer to a part of an upload was, as its sender has it."""

    etag: str = Field(max_length=200)
    part_number: int


class Uploaded(Camel):
    """`multipart/upload/complete`."""

    file_key: str
    upload_id: str
    part_etags: Annotated[tuple[PartTag, ...], Field(alias="partETags", max_length=10_000)]


class Dataset(Camel):
    """`cli/dataset`: an uploaded file gets a name."""

    dataset_name: str
    file_url: str


class ReadLogs(Camel):
    """`log/getLogsFromCli`."""

    run_id: Id
    page_num: int = Field(1, ge=1)
    page_size: int = Field(1000, ge=1)
    time_zone: Text = ""
