"""Issuing a certificate, its sheets, who gets them, and verifying one."""

from __future__ import annotations

import dash
import pytest

from serving.auth.access import ROLES
from serving.console.firms import firm_table
from serving.console.pages.zone.certificate import ask, checked, issue, issue_page, register, sheet_file, verify_page
from serving.console.points_certificate import issued_to
from serving.contract.refusals import Refusal
from tests.serving.console.planted_firms import SCRIPT, hrefs, shown_words


@pytest.fixture(scope="module")
def issued(office):
    """The firm whose name is a script, and its certificate."""
    uscc = office.shop.codes[0]
    shown = issue(office.view(), 1, uscc)
    (found,) = issued_to(office.shop.worker.ledger, uscc)
    return uscc, found, shown


def test_the_page_shows_what_will_be_written_and_asks_first(office):
    uscc, table = office.shop.codes[0], firm_table(office.console.state)
    shown = shown_words(issue_page(office.view(params={"uscc": uscc})))
    assert f"{table.cell(table.row_of(uscc), 'points'):.1f} 分" in shown
    assert "不能撤销" in shown
    assert (ask(office.view(), 1, None, False), ask(office.view(), 1, 1, True)) == (True, False)
    with pytest.raises(dash.exceptions.PreventUpdate):
        issue(office.view(), None, uscc)


def test_issuing_shows_number_code_and_sheet_and_a_second_time_is_the_same(office, issued):
    uscc, found, (said, earlier, opened) = issued
    assert found["number"] in shown_words(said)
    assert found["code"] in shown_words(said)
    assert f"/console/files/certificates/{found['number']}/zh.pdf" in hrefs(earlier)
    assert not opened
    issue(office.view(), 2, uscc)
    assert len(issued_to(office.shop.worker.ledger, uscc)) == 1


@pytest.mark.parametrize(("lang", "title"), [("zh", "企业创新积分证明"), ("en", "Innovation Points Certificate")])
def test_the_sheet_to_print_escapes_the_name_and_runs_nothing(office, issued, lang, title):
    _, found, _ = issued
    answer = sheet_file(office.view(), found["number"], lang, "html")
    page = answer.get_data(as_text=True)
    assert title in page
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_an_enterprise_gets_its_own_sheet_and_nobody_elses(office, issued):
    _, found, _ = issued
    own = sheet_file(office.view("enterprise", firm=0), found["number"], "zh", "pdf")
    assert own.get_data().startswith(b"%PDF-")
    for view, number, lang, form in (
        (office.view("enterprise", firm=1), found["number"], "zh", "pdf"),
        (office.view(), "IP-1", "zh", "pdf"),
        (office.view(), found["number"], "fr", "pdf"),
        (office.view(), found["number"], "zh", "svg"),
    ):
        with pytest.raises(Refusal) as caught:
            sheet_file(view, number, lang, form)
        assert caught.value.key == "not-found"
    with pytest.raises(Refusal) as caught:
        sheet_file(office.view("policy_analyst"), found["number"], "zh", "html")
    assert caught.value.key == "permission-missing"


def test_a_reader_of_any_role_verifies_number_and_code(office, issued):
    uscc, found, _ = issued
    for role in ("bank", "enterprise"):
        shown = shown_words(checked(office.view(role), 1, found["number"], found["code"]))
        assert "真实" in shown
        assert uscc in shown
    assert "未通过" in shown_words(checked(office.view("bank"), 1, found["number"], "0000-0000-0000-0000"))
    assert "未通过" in shown_words(checked(office.view("bank"), 1, None, None))


def test_the_address_of_a_certificate_verifies_at_once(office, issued):
    _, found, _ = issued
    view = office.view(number=found["number"], code=found["code"])
    assert "真实" in shown_words(verify_page(view))
    assert "还没有核验" in shown_words(verify_page(office.view()))


def test_nobody_but_the_zones_officer_is_registered_to_issue(office):
    register(office.console)
    (page,) = (one for one in office.console.pages if one.path == "/firms/{uscc}/certificate")
    for role in ROLES:
        assert page.is_for(office.view(role).account) is (role == "zone_officer")
    (call,) = (one for one in office.console.callbacks if one.name == "pages.zone.certificate.issue")
    assert (call.roles, call.permission) == (("zone_officer",), "firms")
    with pytest.raises(Refusal):  # and were it called past that check, the firm is not a bank's to see
        issue(office.view("bank"), 1, office.shop.codes[1])
    assert issued_to(office.shop.worker.ledger, office.shop.codes[1]) == []
