"""What the gateway itself answers, and the fault by which a request says that it cannot be taken."""

from typing import Final

from aiohttp import web

from gitops.errors import ErrorCode
from gitops.wire.messages import ErrorBody, ErrorMessage

_OF_ENDPOINTS: Final = ("/inference/", "/custom_inference/")


class Refused(Exception):
    """The client's request cannot be taken: the status and the words of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def refusal(status: int, message: str, **headers: str) -> web.Response:
    """An answer of the gateway itself."""
    return web.json_response({"error": message}, status=status, headers=headers)


def refused(request: web.Request, status: int, message: str, **headers: str) -> web.Response:
    """The same to a request whose body may not have been read: its connection cannot be used again then.

    The native face says it in its own form; which one depends on nothing but the path.
    """
    answer = refusal(status, message, **headers)
    if not request.path.startswith(_OF_ENDPOINTS):
        code = ErrorCode.UNAUTHORIZED if status == 401 else ErrorCode.REJECTED
        answer.text = ErrorMessage(error=ErrorBody(code=code, message=message)).model_dump_json()
    if not request.content.is_eof():
        answer.force_close()
    return answer
