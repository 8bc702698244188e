"""What a model imports to be served: the predictor that it extends and the runner that answers requests with it."""

from fedml.serving.fedml_inference_runner import FedMLInferenceRunner
from fedml.serving.fedml_predictor import FedMLPredictor

__all__ = ["FedMLPredictor", "FedMLInferenceRunner"]
