"""Pages of a declaration carry what they need, and nothing of others."""

import pytest

from serving.clearance.pages import declaration_page, report_file, sheet_file
from serving.contract.refusals import Refusal
from tests.serving.clearance.planted_release import AT, NUMBER, ZONE, declaration, planted_clearance, receipt

pytestmark = pytest.mark.contract
FIRM = "91330000TEST000001"


@pytest.fixture
def service(tmp_path):
    made = planted_clearance(tmp_path, FIRM)
    yield made
    made.close()


def test_a_page_says_what_is_simulated_unconfirmed_or_unanswered(service):
    store = service.stores.get()
    plain = declaration_page(service.see(NUMBER, FIRM), [], "en")
    assert "Simulated" not in plain
    assert "sheet.pdf?lang=en" in plain
    store.receive(declaration(FIRM, "T9"), ZONE, AT, simulated=True)
    page = declaration_page(service.see("T9", FIRM), [], "zh")
    assert "模拟数据" in page
    assert "尚无回执" in page


def test_what_a_sender_wrote_is_shown_as_text(service):
    wrong = receipt("X1", at="2026-03-03T09:00:00").replace("回执X1".encode(), b"&lt;script&gt;alert(1)&lt;/script&gt;")
    service.stores.get().receive(wrong, ZONE, AT)
    page = declaration_page(service.see(NUMBER, FIRM), [], "zh")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_sheet_needs_the_declaration_itself(service):
    service.stores.get().receive(receipt("7", "E5"), ZONE, AT)
    with pytest.raises(Refusal) as caught:
        sheet_file(service, service.see("E5", None), "html", "zh")
    assert caught.value.key == "not-found"


def test_links_of_a_report_keep_its_query(service):
    page = str(report_file(service, None, {"period": "month", "by": "office"}, "page.html", "zh"))
    assert "page.html?period=month&amp;by=office&amp;lang=en" in page
    with pytest.raises(Refusal):
        report_file(service, None, {"table": "firms"}, "table.csv", "zh")
