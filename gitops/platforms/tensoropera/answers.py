"""What came back -> an answer in the platform's envelope, or the fault that it is. Good is HTTP 200 and SUCCESS."""

import json
from dataclasses import dataclass
from typing import Any, Final

import httpx

from gitops.errors import Conflict, PlatformError, Rejected, ServerFault
from gitops.model.operation import Success
from gitops.platforms.tensoropera.keys import quoted
from gitops.platforms.tensoropera.wires import origin
from gitops.wire.tensoropera import ENDPOINT_EXIST, FAILURE, SUCCESS

INTERNAL_ERROR: Final = "INTERNAL_ERROR"
NO_SUCH_DATA: Final = "DATA_NO_EXIST_ERROR"

_OK: Final = 200
_NOT_ALLOWED: Final = frozenset({401, 403})
_TOO_MANY: Final = 429
_URL_HINT: Final = "is platform.url of the environment right? it is the API's host, without a path"


@dataclass(frozen=True, slots=True)
class Answer:
    """An envelope, and the HTTP status that it came with."""

    status: int
    code: str
    message: str = ""
    data: Any = None

    @property
    def forbidden(self) -> bool:
        """Whether HTTP itself says that the key is not good for this."""
        return self.status in _NOT_ALLOWED

    @property
    def good(self) -> bool:
        """HTTP 200 and code SUCCESS."""
        return (self.status, self.code) == (_OK, SUCCESS)

    def satisfies(self, success: Success) -> bool:
        """Whether it is good and carries what the operation needs."""
        match success:
            case Success.DATA:
                return self.good and self.data not in (None, "")
            case Success.TRUE:
                return self.good and self.data is True
            case Success.CODE | Success.RAW:
                return self.good


def again(response: httpx.Response) -> bool:
    """Whether asking again may help."""
    return response.status_code == _TOO_MANY or response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR


def read_answer(response: httpx.Response, operation: str, hidden: list[str]) -> Answer:
    """The envelope of an answer.

    Raises:
        ServerFault: a redirect, a fault of the server, or something that is no envelope.
    """
    url, status = origin(str(response.request.url)), response.status_code
    if response.is_redirect:
        raise _redirected(url, response.headers.get("Location", ""))
    if again(response):
        asked = "asks for fewer requests" if status == _TOO_MANY else "broke while answering"
        raise ServerFault(
            f"{url} {asked} ({operation}: HTTP {status}: {quoted(response.text, hidden) or 'no words'})",
            hint="try again later",
        )
    said = _envelope(response)
    if said is not None:
        return said
    if status in _NOT_ALLOWED:
        return Answer(status, "", quoted(response.text, hidden))
    raise ServerFault(
        f"{url} answered {_kind(response)}, not the API ({operation}: HTTP {status}: {quoted(response.text, hidden)})",
        hint=_URL_HINT,
    )


def _envelope(response: httpx.Response) -> Answer | None:
    try:
        said = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not isinstance(said.get("code"), str):
        return None
    message = said.get("message")
    return Answer(response.status_code, said["code"], message if isinstance(message, str) else "", said.get("data"))


def _kind(response: httpx.Response) -> str:
    return "a page" if "html" in response.headers.get("Content-Type", "") or "<" in response.text[:1] else "something"


def _redirected(url: str, location: str) -> ServerFault:
    return ServerFault(
        f"{url} sends elsewhere, to {quoted(origin(location)) if '//' in location else 'another path of its own'}; "
        "this was not followed, and the key was not sent there",
        hint="set platform.url to where the platform really is, if you trust that host",
    )


def refusal(answer: Answer, operation: str, hidden: list[str]) -> PlatformError:
    """The error that an answer is whose key is good."""
    words = quoted(answer.message, hidden) or "it gives no reason"
    match answer.code:
        case _ if answer.code == SUCCESS and answer.status == _OK:
            return ServerFault(
                f"the platform answered {operation} with SUCCESS and {_nothing(answer.data)}",
                hint="it may be broken, or of a version that gitops does not know",
            )
        case _ if answer.code == ENDPOINT_EXIST:
            return Conflict(f"the platform has an endpoint of that name already: {words}")
        case _ if answer.code == INTERNAL_ERROR:
            return ServerFault(f"the platform broke while answering {operation}: {words}", hint="try again later")
        case _ if answer.code in {FAILURE, NO_SUCH_DATA}:
            return Rejected(f"the platform refused {operation}: {words}")
        case _:
            return Rejected(
                f"the platform answered {operation} with {quoted(answer.code)} (HTTP {answer.status}), "
                f"which gitops does not know: {words}"
            )


def _nothing(data: Any) -> str:
    return "no data" if data is None else f"data {quoted(json.dumps(data)[:40])}"
