"""One HTTP client for a platform: its key, its time-outs, and the one place where httpx's words become ours."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from gitops.errors import Conflict, ErrorCode, Rejected, ServerFault, Unauthorized, Unreachable
from gitops.platforms.crowd import AT_ONCE
from gitops.wire.messages import ErrorMessage

Message = TypeVar("Message", bound=BaseModel)

CONNECT_S: Final = 3.0
READ_S: Final = 15.0
PUSH_S: Final = 600.0
_QUOTED: Final = 200


def _authorities(url: str) -> ssl.SSLContext | bool:
    """Whom to believe: everybody's list for HTTPS; nobody for plain HTTP, since reading the list takes a while."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if url.startswith("http://") else True


class Transport:
    """Requests to one platform; safe to use from several threads.

    Args:
        url: the platform's base URL.
        api_key: sent as a bearer token to this host only; redirects are never followed.
        advice: what to do when nobody answers, for the error's hint.
        transport: how bytes travel; tests hand in their own.
    """

    def __init__(
        self, url: str, api_key: str | None, *, advice: str = "", transport: httpx.BaseTransport | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self._advice = advice
        self._client = httpx.Client(
            base_url=self.url,
            verify=_authorities(self.url),
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            limits=httpx.Limits(max_connections=AT_ONCE),
            transport=transport,
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def get(self, path: str, kind: type[Message], **query: Any) -> Message:
        """Ask; the answer as a message.

        Raises:
            Unreachable, Unauthorized, Rejected, ServerFault: as `translated` and the status say.
        """
        with self.translated():
            return self._parsed(self._client.get(path, params=query), kind)

    def put(self, path: str, message: BaseModel) -> None:
        """Wish; the platform acknowledges with no more than its status."""
        with self.translated():
            answer = self._client.put(
                path, content=message.model_dump_json(), headers={"Content-Type": "application/json"}
            )
        self._check(answer)

    def delete(self, path: str) -> None:
        """Wish for something to be gone; acknowledged as `put`."""
        with self.translated():
            answer = self._client.delete(path)
        self._check(answer)

    def post(self, path: str, body: Mapping[str, Any], timeout_s: float) -> httpx.Response:
        """Send JSON; the answer as it is, whatever its status."""
        with self.translated():
            return self._client.post(path, json=body, timeout=timeout_s)

    def post_files(self, path: str, files: Mapping[str, Any], kind: type[Message]) -> Message:
        """Send parts, files streamed from disk; the answer as a message."""
        with self.translated():
            return self._parsed(self._client.post(path, files=files, timeout=PUSH_S), kind)

    def _parsed(self, answer: httpx.Response, kind: type[Message]) -> Message:
        self._check(answer)
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError as fault:
            raise ServerFault(
                f"{self.url} answered something that is no {kind.__name__}: {_quote(answer.text)}",
                hint="is this the address of a platform, and of a version that this gitops knows?",
            ) from fault

    def _check(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        code, message, hint = _said(answer)
        match answer.status_code:
            case 401 | 403:
                raise Unauthorized(
                    f"{self.url} does not accept the API key", hint=hint or "check api_key of the environment"
                )
            case 409:
                raise Conflict(message, hint=hint)
            case 400 | 404 | 422:
                raise Rejected(message, hint=hint, code=code)
            case _:
                raise ServerFault(f"{self.url} answered {answer.status_code}: {message}", hint=hint, code=code)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """The only place where httpx's exceptions become ours.

        Raises:
            Unreachable: nobody answered, or not in time, or the connection broke.
            ServerFault: what came is not HTTP.
        """
        try:
            yield
        except httpx.TimeoutException as fault:
            raise Unreachable(f"{self.url} did not answer in time", hint=self._advice) from fault
        except (httpx.NetworkError, httpx.ProxyError) as fault:
            raise Unreachable(f"nobody answers at {self.url} ({fault})", hint=self._advice) from fault
        except (httpx.RemoteProtocolError, httpx.DecodingError) as fault:
            raise Unreachable(f"the connection to {self.url} broke ({fault})", hint=self._advice) from fault
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise ServerFault(f"{self.url} cannot be spoken to: {fault}", hint=self._advice) from fault


def _said(answer: httpx.Response) -> tuple[ErrorCode | None, str, str]:
    """The platform's own words about a failure; what is not its envelope is quoted, cut short."""
    try:
        body = ErrorMessage.model_validate_json(answer.content).error
    except ValidationError:
        return None, _quote(answer.text) or f"status {answer.status_code}", ""
    code = ErrorCode(body.code) if body.code in set(ErrorCode) else None
    return code, body.message, body.hint


def _quote(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else line[:_QUOTED] + "..."
