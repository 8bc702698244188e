from pathlib import Path

import pytest

from gitops.model.desired import TensorOperaPlatform
from gitops.model.secret import Secret
from gitops.platforms.tensoropera.adapter import TensorOperaAdapter
from tests.fakes.tensoropera import KEY, URL, FakeTensorOpera


@pytest.fixture
def back():
    return FakeTensorOpera()


@pytest.fixture
def opened(back):
    """Opens adapters to the fake, and closes them; `pauses` of each is what it slept."""
    adapters = []

    def open_one(root=Path("/nowhere"), **settings):
        pauses = []
        whole = {"kind": "tensoropera", "url": URL, "api_key": Secret(KEY, "FEDML_API_KEY"), **settings}
        adapter = TensorOperaAdapter(
            TensorOperaPlatform(**whole), root, sleep=pauses.append, transport=back.transport()
        )
        adapter.pauses = pauses
        adapters.append(adapter)
        return adapter

    yield open_one
    for adapter in adapters:
        adapter.close()


@pytest.fixture
def platform(opened):
    return opened()
