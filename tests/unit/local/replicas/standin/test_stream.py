"""Answers that are sent while the model still makes them."""

from pathlib import Path

import pytest

from tests.unit.local.replicas.standin.replica import get, post, running

MODEL = Path(__file__).with_name("model.py")


@pytest.fixture
def replica():
    with running(MODEL) as replica:
        yield replica


def stream(items: str, **more: object) -> bytes:
    return post({"stream": True, "items": items, **more})


@pytest.mark.parametrize("items", ["count", "count_plainly", "count_soon"])
def test_a_generator_of_any_kind_is_sent_in_chunks(replica, items):
    answer = replica.ask(stream(items, n=3))

    assert (answer.status, answer.headers["transfer-encoding"], answer.body) == (200, "chunked", b"0 1 2 ")
    assert "fedml_t4" in answer.headers


def test_every_item_is_sent_as_soon_as_it_is_there(replica, tmp_path):
    with replica.wire() as wire:
        wire.send(stream("wait_for_file", path=str(tmp_path / "go")))
        assert wire.head().status == 200
        assert wire.chunk() == b"waiting"

        (tmp_path / "go").touch()
        assert [wire.chunk(), wire.chunk()] == [b"done", b""]


def test_other_requests_are_answered_while_a_stream_is_open(replica, tmp_path):
    with replica.wire() as wire:
        wire.send(stream("wait_for_file", path=str(tmp_path / "go"))).head()

        assert replica.predict({}).status == 200


def test_a_stream_without_items_is_an_empty_answer(replica):
    answer = replica.ask(stream("nothing"))

    assert (answer.status, answer.body) == (200, b"")


def test_a_connection_goes_on_after_a_stream(replica):
    with replica.wire() as wire:
        assert wire.send(stream("count", n=2)).answer().body == b"0 1 "
        assert wire.send(post({})).answer().json == {"echo": {}}


def test_a_client_of_http_1_0_gets_a_stream_without_chunks(replica):
    with replica.wire() as wire:
        answer = wire.send(post({"stream": True, "items": "count", "n": 3}, version="1.0")).answer()

    assert ("transfer-encoding" in answer.headers, answer.body) == (False, b"0 1 2 ")


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ("fail_first", "ValueError: not even one"),
        ("dictionary", "TypeError: a stream is a generator of str or bytes, not dict"),
        ("numbers", "TypeError: a stream's items are str or bytes, not int"),
    ],
)
def test_a_stream_that_fails_before_its_first_item_is_an_error(replica, items, words):
    answer = replica.ask(stream(items))

    assert (answer.status, answer.json) == (500, {"error": words})


def test_a_stream_that_fails_later_is_cut_so_that_the_client_can_tell(replica):
    with replica.wire() as wire:
        wire.send(stream("fail_second")).head()
        assert wire.chunk() == b"one"

        with pytest.raises(ConnectionError):
            wire.chunk()


@pytest.mark.parametrize("items", ["forever", "forever_plainly", "flood"])
def test_a_generator_is_closed_when_its_client_has_gone(replica, items):
    with replica.wire() as wire:
        wire.send(stream(items)).head()

    assert replica.predict({"do": "when_closed"}).json == "closed"


def test_a_model_without_async_predict_says_that_it_has_none(tmp_path):
    entry_point = tmp_path / "plain.py"
    entry_point.write_text(
        "from fedml.serving import FedMLInferenceRunner, FedMLPredictor\n"
        "class Plain(FedMLPredictor):\n"
        "    def predict(self, request):\n"
        "        return request\n"
        "FedMLInferenceRunner(Plain()).run()\n"
    )
    with running(entry_point) as replica:
        answer = replica.predict({"stream": True})

    assert answer.status == 500
    assert "Plain has no async_predict" in answer.json["error"]


def test_the_replica_counts_its_predictions_and_their_errors(replica):
    replica.predict({})
    replica.predict(b"{")  # an answer, and the client's mistake
    replica.predict({"do": "fail"})
    replica.predict({"do": "fail_later"})
    replica.ask(stream("count", n=2))
    replica.ask(stream("fail_first"))
    replica.ask(get("/ready"))
    replica.ask(get("/predict"))  # a wrong method asks the model nothing

    assert replica.ask(get("/gitops/counters")).json == {"requests": 6, "errors": 3}


def test_a_stream_that_breaks_off_counts_as_an_error_and_one_that_its_client_left_does_not(replica):
    with replica.wire() as broken:
        broken.send(stream("fail_second")).head()
        broken.is_ended()
    with replica.wire() as left:
        left.send(stream("forever")).head()
    replica.predict({"do": "when_closed"})

    assert replica.ask(get("/gitops/counters")).json == {"requests": 3, "errors": 1}
