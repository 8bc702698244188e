import pytest

from gitops.model.probe import GET, POST, named_path


@pytest.mark.parametrize("written", ["/", "/ready", "/v1/health?full=1"])
def test_a_path_is_written_as_it_is_or_in_a_mapping(written):
    assert named_path(written, GET) == named_path({"httpGet": {"path": written}}, GET) == written
    assert named_path({"httpPost": {"path": written}}, POST) == written


def test_what_else_stands_in_a_mapping_is_not_looked_at():
    assert named_path({"httpGet": {"path": "/ready", "port": 80}, "periodSeconds": 3}, GET) == "/ready"


@pytest.mark.parametrize(
    "written", ["", "ready", "http://elsewhere/ready", "/a b", "/a#b", "/a\r\nHost: b", "/" * 2000]
)
def test_what_is_no_path_of_the_models_own_server_is_refused(written):
    with pytest.raises(ValueError, match="must be a path that begins with /"):
        named_path(written, GET)
    with pytest.raises(ValueError, match=r"must name a path that begins with /, like .httpGet: .path: /ready"):
        named_path({"httpGet": {"path": written}}, GET)


@pytest.mark.parametrize("written", [{}, {"httpGet": {"path": "/p"}}, {"httpPost": "/p"}, {"httpPost": {"path": 1}}])
def test_a_mapping_without_a_path_is_refused(written):
    with pytest.raises(ValueError, match=r"must name a path that begins with /, like .httpPost: .path: /predict"):
        named_path(written, POST)
