import pytest

from gitops.model.memory import memory_bytes


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("512m", 512 << 20),
        ("8G", 8 << 30),
        ("8g", 8 << 30),
        ("1.5g", 3 << 29),
        ("10MB", 10 << 20),
        ("7000k", 7000 << 10),
        ("1t", 1 << 40),
        ("8388608", 8 << 20),
        ("8388608b", 8 << 20),
        (8388608, 8 << 20),
        ("6m", 6 << 20),
    ],
)
def test_an_amount_is_read_as_docker_reads_it(written, amount):
    assert memory_bytes(written) == amount


@pytest.mark.parametrize(
    "written", ["", "lots", "m", "-1g", -(8 << 30), "8 g", "8gib", "1e9", "8g ", "0x10m", "1.g", ".5g", "٣g", "9" * 400]
)
def test_what_is_no_amount_is_refused(written):
    with pytest.raises(ValueError, match="must be an amount of memory like 512m or 8g"):
        memory_bytes(written)


@pytest.mark.parametrize("written", [0, "0", 512, "5m", "5.999m"])
def test_less_than_a_process_needs_is_refused(written):
    with pytest.raises(ValueError, match="must be at least 6m"):
        memory_bytes(written)
