"""The entry point of a model that does what a request asks it to; the tests of the replica run it as a process."""

import asyncio
import os
import sys
from pathlib import Path

from fedml.serving import FedMLInferenceRunner, FedMLPredictor


class Obedient(FedMLPredictor):
    def __init__(self):
        super().__init__()
        self.closed = asyncio.Event()
        self.both = 0

    def ready(self):
        if os.environ.get("READY") == "broken":
            raise RuntimeError("no weights")
        return os.environ.get("READY") != "no"

    def predict(self, request, accept="json"):
        do = getattr(self, request.get("do", "echo"))
        return do(request, accept)

    def echo(self, request, _accept):
        return {"echo": request}

    def fail(self, request, _accept):
        raise ValueError(request.get("why", ""))

    def set(self, _request, _accept):
        return {1, 2}

    def infinity(self, _request, _accept):
        return [float("inf")]

    def value(self, request, _accept):
        return request["value"]

    def file(self, request, _accept):
        return request["path"]

    async def fail_later(self, request, _accept):
        await asyncio.sleep(0)
        raise ValueError(request.get("why", ""))

    async def cancelled(self, _request, _accept):
        raise asyncio.CancelledError

    async def meet(self, _request, _accept):
        """Answers only while another request is there too."""
        self.both += 1
        while self.both < 2:
            await asyncio.sleep(0.001)
        return "met"

    async def when_closed(self, _request, _accept):
        """Answers once a stream was closed."""
        await self.closed.wait()
        return "closed"

    def async_predict(self, request):
        return getattr(self, request["items"])(request)

    async def count(self, request):
        for number in range(request["n"]):
            yield f"{number} "

    def count_plainly(self, request):
        for number in range(request["n"]):
            yield f"{number} "
            yield ""

    async def count_soon(self, request):
        await asyncio.sleep(0)
        return self.count(request)

    async def nothing(self, _request):
        return
        yield

    async def fail_first(self, _request):
        raise ValueError("not even one")
        yield

    async def fail_second(self, _request):
        yield "one"
        raise ValueError("two")

    async def dictionary(self, _request):
        return {"not": "a stream"}

    async def numbers(self, _request):
        yield 1

    async def wait_for_file(self, request):
        yield "waiting"
        while not Path(request["path"]).exists():
            await asyncio.sleep(0.005)
        yield b"done"

    async def forever(self, _request):
        try:
            yield "begun"
            await asyncio.Event().wait()
        finally:
            self.closed.set()

    def forever_plainly(self, _request):
        try:
            while True:
                yield "more"
        finally:
            self.closed.set()

    async def flood(self, _request):
        try:
            while True:
                yield b"x" * 65536
        finally:
            self.closed.set()


if __name__ == "__main__":
    print("loaded", file=sys.stdout, flush=True)
    FedMLInferenceRunner(Obedient()).run()
