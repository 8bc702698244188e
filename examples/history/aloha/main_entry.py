"""A model that says hello in a way that can be changed."""

from fedml.serving import FedMLInferenceRunner, FedMLPredictor


class Aloha(FedMLPredictor):
    def predict(self, request):
        return {"answer": "Aloha, first words", "request": request}


if __name__ == "__main__":
    FedMLInferenceRunner(Aloha()).run()
