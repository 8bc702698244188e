"""The second face put together: every call of TensorOpera's contract that is answered here, each with its own guard."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from aiohttp import web

from gitops.errors import GitopsError
from gitops.local.gateway.body import Body
from gitops.local.gateway.limits import Limits
from gitops.local.gateway.refusal import Refused
from gitops.local.tensoropera.calls import Asked, Call, Sealed, object_of
from gitops.local.tensoropera.envelope import Declined, failed, succeeded
from gitops.local.tensoropera.keys import KeyIn, Keys
from gitops.local.tensoropera.seal import SEAL, UNTIL, Seal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Admit = Callable[[web.Request], None]

_SERVICES: Final = ("fedmlModelServer", "fedmlOpsServer", "fedmlLogsServer", "system", "cheetah")
_WRONG_KEY: Final = "the API key is missing or wrong"


class Part(Protocol):
    """Some calls of the contract."""

    def calls(self) -> Sequence[Call | Sealed]:
        """Each with who answers it."""


@dataclass(frozen=True, slots=True)
class TensorOperaFace:
    """All calls of the contract.

    Attributes:
        keys: what opens it.
        seal: what opens the URLs that carry no key.
        parts: who answers which calls.
    """

    keys: Keys
    seal: Seal
    parts: tuple[Part, ...]
    limits: Limits = field(default_factory=Limits)

    def routes(self, admit: Admit) -> list[web.RouteDef]:
        """Every path with its handler, which asks for the key itself.

        Args:
            admit: told every request that has shown the key.
        """
        calls = [call for part in self.parts for call in part.calls()]
        return [
            *(self._route(call.method, call.path, self._handler(call, admit)) for call in calls),
            *(self._route("*", f"/{service}/{{rest:.*}}", _nothing) for service in _SERVICES),
        ]

    @staticmethod
    def _route(method: str, path: str, handler: Handler) -> web.RouteDef:
        return web.route(method, path, handler, expect_handler=_expect)

    def _handler(self, call: Call | Sealed, admit: Admit) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                if isinstance(call, Sealed):
                    return _last(request, await self._opened(request, call, admit))
                return _last(request, await self._called(request, call, admit))
            except Declined as fault:
                declined = fault
            except Refused as fault:
                declined = Declined(fault.message)
            except GitopsError as fault:
                declined = Declined.of(fault)
            return _last(request, failed(declined, _status(call, declined)))

        return answer

    async def _opened(self, request: web.Request, call: Sealed, admit: Admit) -> web.StreamResponse:
        query = request.query
        if not self.seal.holds(call.method, request.path, query.get(UNTIL, ""), query.get(SEAL, "")):
            raise Declined("this URL holds no more, or was never given out", status=403)
        admit(request)
        return await call.answer(request)

    async def _called(self, request: web.Request, call: Call, admit: Admit) -> web.StreamResponse:
        """The answer to a call that carries the key where it has to; a header is looked at before the body is read."""
        if call.key is KeyIn.BEARER and not self._let_in(request, call.key, {}, admit):
            raise Declined(_WRONG_KEY)
        content = await Body(request, self.limits).at_most(call.limit, "make it smaller")
        body = object_of(content)
        if call.key not in {None, KeyIn.BEARER} and not self._let_in(request, call.key, body, admit):
            raise Declined(_WRONG_KEY, data=call.stranger)
        return succeeded(await call.answer(Asked(request, body)))

    def _let_in(self, request: web.Request, place: KeyIn, body: Mapping[str, Any], admit: Admit) -> bool:
        right = self.keys.opens(place, request.headers, body)
        if right:
            admit(request)
        return right


def _status(call: Call | Sealed, declined: Declined) -> int:
    """The contract says no with HTTP 200; who reads or writes a file looks at nothing but the status."""
    return declined.status if isinstance(call, Call) or declined.status != 200 else 400


async def _expect(_request: web.Request) -> web.StreamResponse | None:
    """A client that waits to be asked for its body is asked by who reads it."""
    return None


async def _nothing(request: web.Request) -> web.StreamResponse:
    return _last(request, failed(Declined(f"nothing takes {request.method} {request.path} here"), 404))


def _last(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    """An answer that comes before its request was read to the end is the connection's last."""
    if not request.content.is_eof():
        answer.force_close()
    return answer
