"""When a replica is asked whether it lives, and when it is given up."""

from gitops.local.supervisor.pulse import Pulse, Sign


def looked(pulse, until, *, heard=0.0, patience=0.0, answers=False):
    """Look every second; each question is answered, or not, two seconds later. What was decided, second by second."""
    signs = []
    for now in range(1, until + 1):
        sign = pulse.look(float(now), heard=heard, patience_s=patience)
        signs.append(sign)
        if sign is Sign.ASK:
            pulse.ask(float(now))
            pulse.told(float(now), answered=answers)
    return signs


def test_a_replica_that_was_heard_of_lately_is_not_asked():
    assert set(looked(Pulse(heard=0.0), 4)) == {Sign.FINE}


def test_a_silent_one_is_asked_and_one_that_answers_is_left_alone():
    signs = looked(Pulse(heard=0.0), 60, answers=True)

    assert signs.count(Sign.ASK) == 12
    assert Sign.GIVE_UP not in signs


def test_an_idle_one_that_answers_nothing_is_given_up_after_15_seconds():
    signs = looked(Pulse(heard=0.0), 15)

    assert signs.index(Sign.GIVE_UP) == 14
    assert signs.count(Sign.ASK) >= 3


def test_a_busy_one_has_as_long_as_a_request_may_take():
    signs = looked(Pulse(heard=0.0), 60, patience=30.0)

    assert signs.index(Sign.GIVE_UP) == 44


def test_traffic_is_a_sign_of_life():
    pulse = Pulse(heard=0.0)
    for now in range(1, 100):
        sign = pulse.look(float(now), heard=now - 1.0, patience_s=30.0)
        assert sign is Sign.FINE


def test_silence_without_questions_proves_nothing():
    assert Pulse(heard=0.0).look(1000.0, heard=0.0, patience_s=0.0) is Sign.ASK


def test_a_question_that_is_open_is_not_asked_again():
    pulse = Pulse(heard=0.0)
    pulse.ask(6.0)

    assert pulse.look(20.0, heard=0.0, patience_s=0.0) is Sign.FINE
