"""Calls of operations: a row, its arguments and a key make a request; an answer is data or an error of its own."""

import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from gitops.errors import GitopsError, PlatformError, Rejected, Unauthorized, Unreachable
from gitops.model.operation import Auth, OperationRow
from gitops.model.secret import Secret
from gitops.platforms.tensoropera.answers import Answer, again, read_answer, refusal
from gitops.platforms.tensoropera.keys import Keys, quoted
from gitops.platforms.tensoropera.operations import READS
from gitops.platforms.tensoropera.templates import filled, filled_path, filled_query
from gitops.platforms.tensoropera.wires import READ_S, Sleep, Wires
from gitops.wire.tensoropera import FAILURE, SUCCESS

_TRIES: Final = 3
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 10.0
_KEY_HINT: Final = (
    "check platform.api_key of the environment; Account > API Key in the console shows the one that is good"
)


@dataclass(frozen=True, slots=True)
class Extra:
    """What a call may need besides its arguments.

    Attributes:
        token: of the endpoint.
        hidden: values in the request that no error may quote.
        timeout_s: how long an answer may take.
    """

    token: Secret | None = None
    hidden: Collection[str] = field(default=(), repr=False)
    timeout_s: float = READ_S


_PLAIN: Final = Extra()


class Calls:
    """Calls to one platform; safe to use from several threads.

    Args:
        url: the platform's base URL; keys go to this host only.
        rows: the table of operations.
        sleep: lets time pass between tries.
    """

    def __init__(self, url: str, keys: Keys, rows: Mapping[str, OperationRow], wires: Wires, sleep: Sleep) -> None:
        self.url = url.rstrip("/")
        self.rows = rows
        self.wires = wires
        self.sleep = sleep
        self._keys = keys

    @property
    def has_session(self) -> bool:
        """Whether the environment sets a session token."""
        return self._keys.session_token is not None

    def data(self, operation: str, arguments: Mapping[str, Any], extra: Extra = _PLAIN) -> Any:
        """The data of an answer that is a success.

        Raises:
            Unreachable, ServerFault, Unauthorized, Rejected, Conflict: each kind of failure as its own.
        """
        answer = self.answer(operation, arguments, extra)
        if answer.satisfies(self.row(operation).success):
            return answer.data
        raise self.fault(operation, answer, extra)

    def answer(self, operation: str, arguments: Mapping[str, Any], extra: Extra = _PLAIN) -> Answer:
        """An answer that the caller judges; reads are repeated where that may help, writes never.

        Raises:
            Unreachable, ServerFault: nobody answered, or not in the platform's envelope.
            Unauthorized: a key that the operation needs is not set.
        """
        response = self._asked(operation, arguments, extra)
        return read_answer(response, operation, self._hidden(extra))

    def fault(self, operation: str, answer: Answer, extra: Extra = _PLAIN) -> PlatformError:
        """The error that an answer is which is no success: Unauthorized if the key, when asked for, is the reason."""
        session = self.row(operation).auth is Auth.RAW_SESSION
        suspicious = answer.forbidden or answer.code in {FAILURE, SUCCESS}
        if not session and suspicious and self.key_is_good() is False:
            return Unauthorized(f"{self.url} does not accept the API key", hint=_KEY_HINT)
        if answer.forbidden:
            setting = "session_token" if session else "api_key"
            return Unauthorized(
                f"{self.url} does not let {setting} do {operation}"
                f" (HTTP {answer.status}: {quoted(answer.message, self._hidden(extra)) or 'no words'})",
                hint="a session token ends after some hours: copy a new one from the console"
                if session
                else "the key is accepted elsewhere: has it the right to do this?",
            )
        return refusal(answer, operation, self._hidden(extra))

    def key_is_good(self) -> bool | None:
        """What the platform's check of keys says; None where it says nothing, or cannot be asked."""
        try:
            answer = self.answer("heartbeat", {})
        except Unauthorized:
            return False
        except GitopsError:
            return None
        if answer.good:
            return answer.data is True
        return False if answer.forbidden or answer.code == FAILURE else None

    def raw(
        self, operation: str, arguments: Mapping[str, Any], body: Mapping[str, Any], timeout_s: float
    ) -> httpx.Response:
        """Send a body of the caller's; the answer as it is, whatever its status."""
        return self._send(operation, arguments, Extra(timeout_s=timeout_s), body)

    def row(self, operation: str) -> OperationRow:
        """The row of an operation.

        Raises:
            Rejected: there is none.
        """
        row = self.rows.get(operation)
        if row is None:
            raise Rejected(
                f"the environment has no operation {operation}",
                hint="do it in the platform's console, or add the row to platform.operations",
            )
        return row

    def _asked(self, operation: str, arguments: Mapping[str, Any], extra: Extra) -> httpx.Response:
        if operation not in READS:
            return self._send(operation, arguments, extra)
        for pause_s in self._pauses():
            try:
                response = self._send(operation, arguments, extra)
            except Unreachable:
                if pause_s is None:
                    raise
                self.sleep(pause_s)
                continue
            if pause_s is None or not again(response):
                return response
            self.sleep(_told(response, pause_s))
        raise AssertionError("the last pause is None")

    @staticmethod
    def _pauses() -> Iterator[float | None]:
        """Seconds after each try, growing, from half to the whole of it; None after the last."""
        for number in range(_TRIES - 1):
            yield _FIRST_WAIT_S * 2**number * (1 + secrets.randbelow(1001) / 1000) / 2
        yield None

    def _send(
        self, operation: str, arguments: Mapping[str, Any], extra: Extra, body: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        row = self.row(operation)
        headers, in_body = self._keys.placed(row.auth, operation, extra.token)
        own = body if body is not None else filled(row.body, arguments)
        content = None if own is None and not in_body else {**(own or {}), **in_body}
        return self.wires.send(
            row.method,
            self.url + filled_path(row.path, arguments),
            params=filled_query(row.query, arguments) or None,
            json=content,
            headers={"Content-Type": "application/json", **headers},
            timeout_s=extra.timeout_s,
        )

    def _hidden(self, extra: Extra) -> list[str]:
        token = [extra.token.reveal()] if extra.token else []
        return [*self._keys.values(), *extra.hidden, *token]


def _told(response: httpx.Response, pause_s: float) -> float:
    """The pause that a server asks for, within reason; ours where it asks for none."""
    asked = response.headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_WAIT_S) if asked.isdecimal() and asked.isascii() else pause_s
