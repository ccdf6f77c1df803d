"""The one thread that writes: no answer before its commit, and no request left without an answer."""

from __future__ import annotations

import asyncio
import threading

import pytest

from serving.ledger.chain import Draft
from serving.ledger.store import LedgerError
from serving.ledger.writer import LedgerWriter

pytestmark = pytest.mark.behaviour
WAIT_S = 10


class Book:
    """A ledger that counts what it commits, waits where it is held, and fails as it is set to."""

    def __init__(self):
        self.batches, self.fault, self.begun, self.go_on = [], None, threading.Event(), threading.Event()
        self.go_on.set()

    def append(self, drafts):
        self.begun.set()
        assert self.go_on.wait(WAIT_S)
        if self.fault is not None:
            raise self.fault
        self.batches.append([draft.subject for draft in drafts])
        return [(draft.subject, True) for draft in drafts]


def drafts(*names):
    return [Draft("x", "o", name, b"{}") for name in names]


@pytest.fixture
def book():
    return Book()


@pytest.fixture
def writer(book):
    made = LedgerWriter(book, largest_batch=3, waiting_limit=4)
    yield made
    book.go_on.set()
    made.close()


def test_what_gathers_during_a_commit_is_committed_together(book, writer):
    """One alone, then the three that came meanwhile in one batch, then the rest; each has its own receipts."""
    book.go_on.clear()
    futures = [writer.submit(drafts("a"))]
    assert book.begun.wait(WAIT_S)
    futures += [writer.submit(drafts("b", "c")), writer.submit(drafts("d")), writer.submit(drafts("e"))]
    assert not any(future.done() for future in futures)
    book.go_on.set()
    assert [future.result(WAIT_S) for future in futures][1] == [("b", True), ("c", True)]
    assert book.batches == [["a"], ["b", "c", "d"], ["e"]]


def test_more_than_may_wait_is_refused_at_once(book, writer):
    """The limit is on those who wait; the one on its way is not among them."""
    book.go_on.clear()
    first = writer.submit(drafts("a"))
    assert book.begun.wait(WAIT_S)
    held = [writer.submit(drafts(str(number))) for number in range(4)]
    with pytest.raises(LedgerError, match="4 records already wait"):
        writer.submit(drafts("z")).result(0)
    book.go_on.set()
    assert [future.result(WAIT_S)[0][1] for future in (first, *held)] == [True] * 5


def test_a_store_that_refuses_is_the_answer_and_a_fault_until_a_commit_goes_well(book, writer):
    """Whoever waits has the store's own error; the writer names its kind."""
    book.fault = LedgerError("disk full")
    with pytest.raises(LedgerError, match="disk full"):
        writer.submit(drafts("a")).result(WAIT_S)
    assert writer.fault == "ledger writer: LedgerError"
    book.fault = None
    writer.submit(drafts("b")).result(WAIT_S)
    assert writer.fault is None


def test_any_other_fault_is_named_until_a_commit_goes_well(book, writer):
    """By its kind and without its values; the thread goes on."""
    book.fault = KeyError("a value")
    with pytest.raises(LedgerError, match=r"could not be written: KeyError$"):
        writer.submit(drafts("a")).result(WAIT_S)
    assert writer.fault == "ledger writer: KeyError"
    book.fault = None
    assert asyncio.run(writer.write(drafts("b"))) == [("b", True)]
    assert writer.fault is None


def test_closing_writes_what_was_taken_and_takes_no_more(book):
    """Nothing that was accepted is lost."""
    writer = LedgerWriter(book, largest_batch=1)
    futures = [writer.submit(drafts(name)) for name in "abc"]
    writer.close()
    assert [future.result(0) for future in futures] == [[(name, True)] for name in "abc"]
    with pytest.raises(LedgerError, match="closed"):
        writer.submit(drafts("d")).result(0)
