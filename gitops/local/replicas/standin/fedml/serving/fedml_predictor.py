"""The class that a model extends: it turns one request, already read from JSON, into one answer."""

from __future__ import annotations


class FedMLPredictor:
    """A model. A subclass overrides `predict`, `async_predict` or both; it may override `ready`.

    Raises:
        NotImplementedError: when made, if neither of the two is overridden.
    """

    def __init__(self) -> None:
        kind = type(self)
        if kind.predict is FedMLPredictor.predict and kind.async_predict is FedMLPredictor.async_predict:
            raise NotImplementedError(
                f"{kind.__name__} answers nothing: a FedMLPredictor overrides predict, async_predict or both"
            )

    def predict(self, *_args: object, **_options: object) -> object:
        """The answer to one request: what JSON can hold, or a file's path if the caller asks for another type.

        It gets the request's JSON and, where the caller accepts something else than JSON, that content type as well.
        A plain function runs alone: no other request is answered meanwhile. A coroutine runs beside others.
        """
        raise NotImplementedError(f'{type(self).__name__} has no predict: it only answers requests with "stream": true')

    async def async_predict(self, *_args: object, **_options: object) -> object:
        """The answer to a request with `"stream": true`: a generator, plain or asynchronous, of `str` or `bytes`."""
        raise NotImplementedError(
            f'{type(self).__name__} has no async_predict: it answers no request with "stream": true'
        )

    def ready(self) -> bool:
        """Whether the model can answer by now; until it can, no request is routed to it."""
        return True
