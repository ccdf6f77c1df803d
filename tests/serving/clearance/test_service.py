"""A declaration is one declaration: numbers that two firms share join nothing, and nobody learns of another's."""

import datetime as dt

import pytest

from serving.contract.refusals import Refusal
from tests.serving.clearance.planted_release import (
    AT,
    NUMBER,
    ZONE,
    declaration,
    planted_clearance,
    receipt,
    response,
)

pytestmark = pytest.mark.law
ONE, OTHER = "91330000TEST000001", "91330000TEST000002"


@pytest.fixture
def service(tmp_path):
    made = planted_clearance(tmp_path, ONE)
    yield made
    made.close()


def test_an_own_number_of_two_firms_joins_nothing(service):
    """Both firms call theirs T7; the Single Window gives them E7 and E8."""
    store = service.stores.get()
    for firm, number in ((ONE, "E7"), (OTHER, "E8")):
        for raw in (declaration(firm, "T7"), response(number, "T7"), receipt("7", number)):
            store.receive(raw, ZONE, AT)
    assert service.see("E7", None).state.keys == (("client_seq_no", "T7"), ("seq_no", "E7"))
    assert service.see("E8", None).state.keys == (("client_seq_no", "T7"), ("seq_no", "E8"))
    for firm, number in ((ONE, "E8"), (OTHER, "E7")):
        with pytest.raises(Refusal):
            service.see(number, firm)
    with pytest.raises(Refusal):
        service.see("T7", None)  # two declarations go under it


def test_the_day_of_its_declaring_decides_which_tables_are_used(service):
    assert service.day_of(service.see(NUMBER, None)) == dt.date(2026, 3, 1)


def test_a_declaration_that_nobody_answered_is_there_without_a_state(service):
    service.stores.get().receive(declaration(ONE, "T9"), ZONE, AT)
    seen = service.see("T9", ONE)
    assert (seen.state, seen.declaration.head["TradeCoScc"]) == (None, ONE)
