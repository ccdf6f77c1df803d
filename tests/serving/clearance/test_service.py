"""A declaration is one declaration: numbers that two firms share join nothing, and nobody learns of another's."""

import datetime as dt

import pytest

from data.clearance_requests import Cutoff
from serving.auth.access import Caller
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
RESULT = (
    "<DEC_RESULT><CUS_CIQ_NO>{}</CUS_CIQ_NO><NOTICE_DATE>2026-03-03T09:00:00</NOTICE_DATE><CHANNEL>R</CHANNEL>"
    "</DEC_RESULT>"
)


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


def test_a_partys_post_never_replaces_the_zones_declaration(service):
    own = Caller(ONE, "enterprise", "x", "k", frozenset())
    service.receive(declaration(ONE).replace(b"<NetWt>240</NetWt>", b"<NetWt>999</NetWt>"), own)
    assert service.see(NUMBER, None).declaration.head["NetWt"] == "240"


def test_a_strangers_declaration_under_anothers_number_gives_it_nothing(service):
    """Neither the state nor a cut-off of the zone's declaration."""
    stranger = Caller(OTHER, "enterprise", "x", "k", frozenset())
    service.receive(declaration(OTHER), stranger)
    assert service.see("T000000000000001", None).confirmed
    assert not service.see("T000000000000001", OTHER).confirmed
    given = Cutoff(
        cutoff_id="b1", number="T000000000000001", kind="ship", milestone="released",
        cutoff_at=dt.datetime(2036, 1, 1, tzinfo=dt.UTC),
        empty_space_fee_cny=0.0,
    )  # fmt: skip
    with pytest.raises(Refusal) as caught:
        service.add_cutoff(given, OTHER, OTHER)
    assert caught.value.key == "not-found"


def test_a_batch_about_two_firms_shows_neither_the_other(service):
    store = service.stores.get()
    for raw in (declaration(OTHER, "T8"), response("E8", "T8")):
        store.receive(raw, ZONE, AT)
    store.receive(f"<DEC_DATA>{RESULT.format(NUMBER)}{RESULT.format('E8')}</DEC_DATA>".encode(), ZONE, AT)
    assert service.see(NUMBER, ONE).state.clearance_status == "completed"
    assert service.see("E8", OTHER).state.keys == (("client_seq_no", "T8"), ("seq_no", "E8"))
    with pytest.raises(Refusal):
        service.see(NUMBER, OTHER)


def test_two_firms_under_one_number_are_shown_to_the_operator_alone(service):
    service.stores.get().receive(declaration(OTHER), ZONE, AT)
    assert service.see(NUMBER, None).several_firms
    for firm in (ONE, OTHER):
        with pytest.raises(Refusal):
            service.see(NUMBER, firm)


def test_a_message_of_an_enterprise_with_very_many_events_is_refused_and_kept(service):
    raw = f"<DEC_DATA>{''.join(RESULT.format(f'E{number}') for number in range(201))}</DEC_DATA>".encode()
    with pytest.raises(Refusal) as caught:
        service.receive(raw, Caller(ONE, "enterprise", "x", "k", frozenset()))
    assert "too_many_events" in caught.value.text[1]
    assert len(service.stores.get().failed()) == 2


def test_a_withdrawal_from_matching_keeps_the_records_of_customs(service):
    """What the zone's side received stays, for customs records are kept; the firm's own posts go, and none come."""
    own = Caller(ONE, "enterprise", "x", "k", frozenset())
    service.receive(receipt("R", at="2026-03-03T09:00:00"), own)
    before = service.see(NUMBER, None)
    assert (len(before.posted), before.reported.clearance_status) == (1, "completed")
    assert service.stores.get().store.withdraw(ONE, AT) == 1
    after = service.see(NUMBER, None)
    assert (after.kept, after.posted, after.state.clearance_status) == (before.kept, (), "released")
    assert after.declaration.head["TradeCoScc"] == ONE
    with pytest.raises(Refusal) as caught:
        service.receive(receipt("R", at="2026-03-03T09:00:00"), own)
    assert caught.value.key == "firm-withdrawn"
