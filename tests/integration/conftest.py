import pytest

from tests.integration.embedded import embedded


@pytest.fixture
def running(tmp_path):
    """A fresh embedded platform of this test's own."""
    with embedded(tmp_path) as platform:
        yield platform
    assert platform.processes() == []
