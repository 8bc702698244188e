"""What a model may be, before anything is served."""

import subprocess
import sys

import pytest
from fedml.serving import FedMLPredictor

from tests.unit.local.replicas.standin.conftest import STANDIN


def test_a_predictor_that_answers_nothing_is_refused_by_its_name():
    class Silent(FedMLPredictor):
        pass

    with pytest.raises(NotImplementedError, match="Silent answers nothing"):
        Silent()


def test_a_predictor_may_override_predict_only():
    class Plain(FedMLPredictor):
        def predict(self, request):
            return request

    assert Plain().predict(1) == 1


def test_a_predictor_may_override_async_predict_only():
    class Streaming(FedMLPredictor):
        async def async_predict(self, request):
            yield request

    with pytest.raises(NotImplementedError, match="Streaming has no predict"):
        Streaming().predict({})


def test_a_predictor_may_inherit_its_answer():
    class Parent(FedMLPredictor):
        def predict(self, request):
            return request

    class Child(Parent):
        pass

    assert Child().predict(2) == 2


def test_a_predictor_is_ready_unless_it_says_otherwise():
    class Plain(FedMLPredictor):
        def predict(self, request):
            return request

    assert Plain().ready() is True


def test_both_imports_of_the_platforms_examples_work():
    from fedml.serving.fedml_inference_runner import FedMLInferenceRunner
    from fedml.serving.fedml_predictor import FedMLPredictor as ByModule

    assert ByModule is FedMLPredictor
    assert FedMLInferenceRunner.__name__ == "FedMLInferenceRunner"


def test_what_the_stand_in_does_not_have_is_an_error_that_says_so():
    import fedml

    with pytest.raises(AttributeError, match=r"fedml\.init is not here: .*stand-in"):
        fedml.init  # noqa: B018


def test_the_stand_in_imports_nothing_heavy():
    code = (
        f"import sys; sys.path.append({str(STANDIN)!r}); import fedml.serving; "
        "print(sorted({'email', 'http', 'mimetypes', 'urllib', 'xml', 'multiprocessing', 'gitops'} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True).stdout

    assert printed == "[]\n"
