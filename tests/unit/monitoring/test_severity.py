import pytest

from gitops.model.log import Severity
from gitops.monitoring.severity import plain, severity_of

DEBUG, INFO, WARNING, ERROR = Severity


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("ERROR: no such model", ERROR),
        ("[WARNING] slow", WARNING),
        (" INFO ready", INFO),
        ("DEBUG asked", DEBUG),
        ("TRACE asked", DEBUG),
        ("aloha.server INFO ready", INFO),
        ("WARNING:root:slow", WARNING),
        ("CRITICAL:aloha:out of memory", ERROR),
        ("INFO:     Started server process [1]", INFO),
        ("ERROR:    Exception in ASGI application", ERROR),
        ("\x1b[32mINFO\x1b[0m:     Started server process", INFO),
        ("2026-11-24 05:46:41,123 - aloha - ERROR - no such model", ERROR),
        ("2026-11-24 05:46:41.123 | WARNING  | aloha:predict:12 - slow", WARNING),
        ("2026-11-24T05:46:41Z INFO ready", INFO),
        ("[2026-11-24 05:46:41 +0000] [12] [INFO] Booting worker", INFO),
        ("05:46:41 WARNING slow", WARNING),
        ("Nov 24 05:46:41 host aloha[12]: ERROR no such model", ERROR),
        ("E1124 05:46:41.678901 1234 load.cc:12] no such model", ERROR),
        ("W1124 05:46:41.678901 1234 load.cc:12] slow", WARNING),
        ("I1124 05:46:41.678901 1234 load.cc:12] ready", INFO),
        ("F1124 05:46:41.678901 1234 load.cc:12] gone", ERROR),
        ('{"time": 1, "level": "error", "message": "no such model"}', ERROR),
        ("time=1 level=warn msg=slow", WARNING),
        ("error: no such model", ERROR),
        ("[FedML-Replica @device-id-7 @replica-rank-0] [Tue] [ERROR] [Container Logs] no", ERROR),
        ("/aloha/main_entry.py:12: UserWarning: slow", WARNING),
        ("ModuleNotFoundError: No module named 'torch'", ERROR),
        ("torch.cuda.OutOfMemoryError: CUDA out of memory", ERROR),
        ("Fatal Python error: Segmentation fault", ERROR),
    ],
)
def test_a_level_is_found_where_programs_write_it(text, severity):
    assert severity_of(text) is severity


@pytest.mark.parametrize(
    "text",
    [
        "",
        "aloha one",
        "Error handling is fine",
        "warning about this",
        "Please send ERROR reports",
        "2026-11-24 somebody asked for ERROR.txt",
        "Epoch 1: loss 0.1",
        "E1124 is a code",
        "127.0.0.1 - - [24/Nov/2026 05:46:41] GET /predict 200",
        "x" * 1000 + " [ERROR] far behind",
    ],
)
def test_a_word_in_a_sentence_is_no_level(text):
    assert severity_of(text) is None


def test_colours_are_no_part_of_a_line():
    assert plain("\x1b[1;31mred\x1b[0m and plain") == "red and plain"
