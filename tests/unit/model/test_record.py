"""What history keeps is read back as what it was."""

import pytest

from gitops.model.autoscale import Autoscale
from gitops.model.record import Declared, DeclaredEndpoint
from tests.builders import make_endpoint

POLICY = Autoscale(min_replicas=2, max_replicas=4, requests_per_replica=10)


@pytest.mark.parametrize("written", [{}, {"replicas": 3}, {"autoscale": POLICY}, {"autoscale": POLICY, "replicas": 3}])
def test_what_was_declared_is_read_back_with_what_was_written_and_nothing_else(written):
    endpoint = make_endpoint(**written)
    declared = Declared(endpoints={"aloha": DeclaredEndpoint(endpoint=endpoint, digest="d" * 64)})

    again = Declared.model_validate_json(declared.model_dump_json()).endpoints["aloha"].endpoint

    assert endpoint == again
    assert (endpoint.model_fields_set, endpoint.first_replicas) == (again.model_fields_set, again.first_replicas)
