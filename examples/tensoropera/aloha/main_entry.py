"""A model that says hello: it answers with the request, under its own name and the worker's."""

import os
import uuid

from fedml.serving import FedMLInferenceRunner, FedMLPredictor


class Aloha(FedMLPredictor):
    def __init__(self):
        super().__init__()
        device = os.environ.get("FEDML_CURRENT_EDGE_ID")
        rank = os.environ.get("FEDML_REPLICA_RANK")
        self.worker_id = "-".join(part for part in (device, rank) if part) or uuid.uuid4().hex[:6]

    def predict(self, request):
        return {f"AlohaV1From{self.worker_id}": request}


if __name__ == "__main__":
    FedMLInferenceRunner(Aloha()).run()
