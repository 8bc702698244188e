import pytest

from tests.integration.embedded import Embedded, embedded
from tests.integration.project import project_in


@pytest.fixture
def running(tmp_path):
    """A fresh embedded platform of this test's own."""
    with embedded(tmp_path) as platform:
        yield platform
    assert platform.processes() == []


@pytest.fixture
def project(tmp_path):
    """A fresh copy of the quickstart."""
    with project_in(tmp_path) as fresh:
        yield fresh
    assert Embedded(fresh.data, None).processes() == []
