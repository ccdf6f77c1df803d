"""What was typed wrongly ends a command with one message and a status, and a fault of the program stays one."""

from __future__ import annotations

import pytest
import typer

from serving.auth.access import UnknownKeyError
from serving.cli.faults import refused
from serving.contract.refusals import Fault, Refusal
from serving.ledger.store import LedgerError

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    "fault", [ValueError("no such day"), FileNotFoundError("no such day"), LedgerError("no such day")], ids=repr
)
def test_a_fault_of_input_file_or_ledger_is_its_own_message_and_status_2(fault):
    """The message is the fault's, and the status that of a wrong use."""
    with pytest.raises(typer.BadParameter, match="no such day") as found, refused():
        raise fault
    assert found.value.exit_code == 2


def test_a_fault_without_words_is_named_by_its_kind():
    """An empty message would say nothing."""
    with pytest.raises(typer.BadParameter, match="ValueError"), refused():
        raise ValueError


def test_an_unknown_key_is_status_1(capsys):
    """There is nothing to correct in what was typed; the message goes to the error stream."""
    with pytest.raises(typer.Exit) as found, refused():
        raise UnknownKeyError("no key has this id")
    assert found.value.exit_code == 1
    assert capsys.readouterr().err == "Error: no key has this id\n"


def test_a_refusal_names_every_fault():
    """Where, what was found and what is allowed, of each."""
    faults = [Fault("a", "1", "2"), Fault("b", "3", "4")]
    with pytest.raises(typer.BadParameter, match="a: 1, allowed: 2; b: 3, allowed: 4"), refused():
        raise Refusal("invalid-request", "2 fault(s)", faults)


def test_a_fault_of_the_program_is_not_hidden():
    """What is no fault of the input keeps its traceback."""
    with pytest.raises(ZeroDivisionError), refused():
        raise ZeroDivisionError
