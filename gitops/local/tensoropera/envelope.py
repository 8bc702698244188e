"""The envelope around every answer of this face, and the fault by which a call says no.

What a user can do wrong is HTTP 200 with another code than SUCCESS, as fedml 0.9.6 expects it; only a path that is not
there is HTTP 404, and that is an envelope, too.
"""

import json
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel

from gitops.errors import GitopsError
from gitops.wire.tensoropera import FAILURE, SUCCESS

_DONE: Final = "Succeeded to process request"


class Declined(Exception):
    """A call is not carried out.

    Args:
        message: what is wrong, and what to do about it.
        code: of the envelope.
        status: of the answer, where it is no call of the contract.
        data: what the envelope carries all the same.
    """

    def __init__(self, message: str, code: str = FAILURE, *, status: int = 200, data: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.data = data

    @classmethod
    def of(cls, fault: GitopsError) -> "Declined":
        """What the engine said no to, with its hint."""
        return cls(f"{fault.message} ({fault.hint})" if fault.hint else fault.message)


def plain(data: Any) -> Any:
    """What an answer carries, as JSON has it: the words of messages joined by capitals."""
    match data:
        case BaseModel():
            return data.model_dump(mode="json", by_alias=True)
        case list() | tuple():
            return [plain(one) for one in data]
        case _:
            return data


def succeeded(data: Any) -> web.Response:
    """An answer to a call that was carried out."""
    return _said(SUCCESS, _DONE, plain(data))


def failed(fault: Declined, status: int = 200) -> web.Response:
    """An answer to a call that was not."""
    return _said(fault.code, fault.message, fault.data, status)


def _said(code: str, message: str, data: Any, status: int = 200) -> web.Response:
    text = json.dumps({"code": code, "message": message, "data": data})
    return web.Response(text=text, status=status, content_type="application/json")
