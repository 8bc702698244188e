"""Turns a predictor into a process that answers HTTP on the HOST and PORT of its environment."""

from __future__ import annotations

import os

from fedml.serving._predictions import Predictions
from fedml.serving._server import serve

DEFAULT_HOST = "0.0.0.0"  # noqa: S104  a container's port is published by its platform; the embedded one sets HOST
DEFAULT_PORT = "2345"


class FedMLInferenceRunner:
    """Serves one predictor: `POST /predict`, `GET /ready`, and `GET /gitops/counters`.

    Attributes:
        client_predictor: the model that answers.
    """

    def __init__(self, client_predictor: object) -> None:
        self.client_predictor = client_predictor

    def run(self) -> None:
        """Answer requests until SIGTERM or SIGINT, then finish what is in flight and return.

        HOST (default 0.0.0.0) and PORT (default 2345; 0 takes a free one) say where.

        Raises:
            SystemExit: with code 98 and one line that names HOST:PORT if the address is in use;
                with code 1 and one line if PORT is no port, or the address cannot be listened on for another reason.
        """
        host = os.environ.get("HOST") or DEFAULT_HOST
        serve(Predictions(self.client_predictor), host, _port(os.environ.get("PORT") or DEFAULT_PORT))


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise SystemExit(f"cannot serve: PORT is {text!r}, which is not a number from 0 to 65535")
