"""A model that does as it is told: answer, exit, hang, or take ever more memory."""

import asyncio
import os
import time

from fedml.serving import FedMLInferenceRunner, FedMLPredictor

LEAK_AT_MOST = 32


def stand_still():
    """The process lives, and answers nobody any more."""
    time.sleep(3600)


class Fickle(FedMLPredictor):
    async def predict(self, request):
        do = request["do"]
        if do != "answer":
            print(f"told to {do}", flush=True)
        if do == "exit":
            os._exit(3)
        if do == "hang":
            stand_still()
        if do == "leak":
            leaked = []
            while len(leaked) < LEAK_AT_MOST:
                leaked.append(b"x" * (32 << 20))
                await asyncio.sleep(0.1)
        await asyncio.sleep(0.1)  # a real model takes its time
        return {"did": do}


if __name__ == "__main__":
    FedMLInferenceRunner(Fickle()).run()
