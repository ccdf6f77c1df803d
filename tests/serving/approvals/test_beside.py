"""What is made beside the requests: they never wait for it, and it never takes the processor from them."""

import itertools
import threading
import time

from serving.approvals.beside import RESTS, Beside, Made


def test_a_request_never_waits_and_a_later_one_finds_it():
    begin, made = threading.Event(), []

    def make():
        made.append(begin.wait(30.0))
        return Made(1, "forecast")

    beside = Beside(make)
    assert [beside.latest(1), beside.latest(1)] == [None, None]
    assert made == []  # a request that waits would find it made
    begin.set()
    beside.wait()
    assert beside.latest(1) == Made(1, "forecast")


def test_it_is_made_once_for_a_key_and_anew_for_the_next():
    key, made = [1], []
    beside = Beside(lambda: made.append(key[0]) or Made(key[0], "x"))
    for now in (1, 1, 1, 2, 2):
        key[0] = now
        beside.latest(now)
        beside.wait()
    assert made == [1, 2]


def test_between_two_it_rests_nine_times_as_long_as_one_takes():
    """So that at most a tenth of the time is spent on it, however often its key changes."""
    begun = []

    def make():
        begun.append(time.monotonic())
        time.sleep(0.02)
        return Made(len(begun), "x")

    beside = Beside(make)
    for key in ("a", "b", "c"):
        beside.latest(key)
        beside.wait()
    assert min(later - earlier for earlier, later in itertools.pairwise(begun)) >= (1 + RESTS) * 0.02 * 0.98


def test_after_a_fault_what_was_made_before_answers():
    faults = [False]

    def make():
        if faults[0]:
            raise ValueError
        return Made(1, "x")

    beside = Beside(make)
    beside.latest(1)
    beside.wait()
    faults[0] = True
    beside.latest(2)
    beside.wait()
    assert beside.latest(2) == Made(1, "x")
