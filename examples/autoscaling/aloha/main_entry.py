from fedml.serving import FedMLInferenceRunner, FedMLPredictor


class Aloha(FedMLPredictor):
    def predict(self, request):
        return {"aloha": request["text"]}


if __name__ == "__main__":
    FedMLInferenceRunner(Aloha()).run()
