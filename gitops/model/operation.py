"""An operation of a platform's HTTP API as data: where it is asked, with which key, and what its success looks like.

TensorOpera's console can do more than an API key may. Who knows the paths of their own console writes them down as
operations of the environment; what the platform can do follows from which rows there are.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from gitops.model.frozen import Strict


class Auth(StrEnum):
    """Where a request carries which key; `body:user_api_key` is what the list of cards alone wants."""

    BODY_API_KEY = "body:apiKey"
    BODY_USER_API_KEY = "body:user_api_key"
    BEARER_API_KEY = "bearer:api_key"
    BEARER_OF_ENDPOINT = "bearer:endpoint_token"
    RAW_SESSION = "raw:session_token"
    NONE = "none"


class Success(StrEnum):
    """What an answer with HTTP 200 and code SUCCESS must carry besides; anything else is a failure.

    `raw` is the answer of a model: its own JSON, with or without the envelope.
    """

    CODE = "code"
    DATA = "data"
    TRUE = "true"
    RAW = "raw"


class OperationRow(Strict):
    """One row of the table.

    Attributes:
        path: below the platform's URL; `{endpoint_id}` and the like are filled in, URL-encoded.
        query, body: templates: a value that is one `{placeholder}` becomes that argument with its type, one inside
            text becomes text. Without a body there is none.
        absent: words of a refusal that mean that there is no such thing, besides the usual ones.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: Annotated[str, Field(pattern=r"^/[^\s?#]*$")]
    auth: Auth
    query: dict[str, Any] = Field(default_factory=dict)
    body: dict[str, Any] | None = None
    success: Success = Success.CODE
    absent: tuple[str, ...] = ()
