"""The tables follow the messages, and rows of a declaration are made anew, never twice."""

import pytest

from tests.serving.clearance.planted_release import AT, NUMBER, ZONE, declaration, planted_clearance, receipt, response

pytestmark = pytest.mark.law
FIRM, OTHER = "91330000TEST000001", "91330000TEST000002"


@pytest.fixture
def service(tmp_path):
    made = planted_clearance(tmp_path, FIRM)
    yield made
    made.close()


def test_rows_are_those_of_all_messages_however_they_came(service):
    store = service.stores.get()
    assert list(service.board.current().declarations["clearance_status"]) == ["released"]
    for raw in (receipt("7", "E2"), response("E2", "T2"), declaration(OTHER, "T2")):
        store.receive(raw, ZONE, AT)
        service.board.current()
    store.receive(receipt("R", at="2026-03-03T09:00:00"), ZONE, AT)
    found = service.board.current().declarations.set_index("declaration_id")
    assert dict(found["clearance_status"]) == {"T000000000000001": "completed", "T2": "declared"}
    assert found.loc["T2", "firm_uscc"] == OTHER
    events = service.board.current().events
    assert not events.duplicated(["declaration_id", "code"]).any()
    assert set(found["seq_no"]) == {NUMBER, "E2"}


def test_each_viewer_has_rows_of_its_own(service):
    assert len(service.declarations(None).declarations) == 1
    assert len(service.declarations(FIRM).events) == 5
    assert service.declarations(OTHER).declarations.empty
    assert service.declarations(OTHER).events.empty


def test_what_was_simulated_and_came_as_real_is_real_in_the_tables(service):
    store = service.stores.get()
    sent = (declaration(OTHER, "T2"), response("E2", "T2"))
    for simulated in (True, False):
        for raw in sent:
            store.receive(raw, ZONE, AT, simulated=simulated)
        found = service.board.current().declarations.set_index("declaration_id")
        assert found.loc["T2", "simulated"] == simulated
        assert service.see("E2", OTHER).simulated == simulated
