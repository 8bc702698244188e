"""What the gateway itself answers, and the fault by which a request says that it cannot be taken."""

from aiohttp import web


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
    """The same, where the request's body may not have been read: its connection cannot be used again then."""
    answer = refusal(status, message, **headers)
    if not request.content.is_eof():
        answer.force_close()
    return answer
