"""Which policy answers a bank: the ledger's, from its day on; the packed files only begin it."""

from __future__ import annotations

from datetime import date

import pytest
from structlog.testing import capture_logs

from models.quota.engine import read_policy
from models.quota.policy import CreditPolicy
from serving.contract.refusals import Refusal
from serving.releases.policies import PolicyBook, check_body, set_up
from serving.releases.releases import EVERYBODY, bootstrap

pytestmark = pytest.mark.contract
STANDARD = read_policy()
OTHER = STANDARD.model_copy(update={"bank_id": "bank-a", "version": "a-1"})
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


@pytest.fixture
def today():
    """A day that a test may change."""
    return [MAY]


@pytest.fixture
def book(sqlite_ledger, today):
    """The policies of a ledger that was set up with the standard one and one bank's."""
    set_up(sqlite_ledger, lambda: [STANDARD, OTHER], "r1", {"points": "p1"}, MAY)
    made = PolicyBook(lambda: today[0])
    made.refresh(sqlite_ledger)
    return made


def test_an_empty_ledger_is_set_up_once(sqlite_ledger, book):
    """Two policies, the standard one for everybody too, and a model: eight records, however often it starts."""
    n_records = sqlite_ledger.tip()
    set_up(sqlite_ledger, lambda: [OTHER.model_copy(update={"version": "a-2"})], "r2", {}, JUNE)
    assert (n_records, sqlite_ledger.tip()) == (8, 8)
    assert {bank: policy.version for bank, policy in book.banks.items()} == {
        "bank-a": "a-1",
        "standard": STANDARD.version,
    }
    assert (book.is_released("r1"), book.is_released("r2")) == (True, False)


def test_a_bank_without_its_own_has_everybodys(book):
    """And a request may name only the version in force for its bank."""
    assert book.policy_of("bank-b").version == STANDARD.version
    assert book.policy_of("bank-a", "a-1").version == "a-1"
    for bank, version in (("bank-a", STANDARD.version), ("bank-b", "a-1")):
        with pytest.raises(Refusal) as found:
            book.policy_of(bank, version)
        assert (found.value.faults[0].where, found.value.faults[0].found) == ("policy_version", repr(version))


def test_a_release_counts_from_its_day(sqlite_ledger, book, today):
    """Recorded in May for June: nothing changes until the day, then at once."""
    body = OTHER.model_copy(update={"version": "a-2", "min_points": 40.0}).model_dump(mode="json")
    sqlite_ledger.append(bootstrap(sqlite_ledger, "policy", "bank-a", "a-2", body, JUNE))
    sqlite_ledger.append(bootstrap(sqlite_ledger, "model", EVERYBODY, "r2", {}, JUNE))
    book.refresh(sqlite_ledger)
    assert (book.policy_of("bank-a").min_points, book.is_released("r2")) == (STANDARD.min_points, False)
    today[0] = JUNE
    assert (book.policy_of("bank-a").min_points, book.is_released("r2")) == (40.0, True)


def test_before_any_policy_nobody_is_answered():
    """A refusal, never a policy of a file."""
    with pytest.raises(Refusal, match="not-ready") as found:
        PolicyBook(lambda: MAY).policy_of("bank-a")
    assert found.value.key == "not-ready"


def test_a_proposed_body_must_be_a_policy_of_its_version():
    """Every fault with its path; a model's body is free, as long as it can be written."""
    good = STANDARD.model_dump(mode="json")
    check_body("policy", STANDARD.bank_id, good, STANDARD.version)
    check_body("model", EVERYBODY, {"anything": 1}, "r1")
    for body, version, where in (
        (good, "other", {"body.version"}),
        (good | {"min_points": -1, "extra": 1}, STANDARD.version, {"body.min_points", "body.extra"}),
        (good | {"min_quota_wan": 5000}, STANDARD.version, {"body.min_quota_wan"}),
        ({"large": 2**70}, STANDARD.version, {"body"}),
    ):
        with pytest.raises(Refusal) as found:
            check_body("policy", STANDARD.bank_id, body, version)
        assert {fault.where for fault in found.value.faults} == where


def test_a_mistyped_code_of_the_exclusion_list_is_refused_where_it_stands():
    """Found and allowed in both languages, each entry for itself."""
    good = STANDARD.model_dump(mode="json")
    check_body("policy", STANDARD.bank_id, good | {"exclusion_list": ["91000000000032934U"]}, STANDARD.version)
    codes = ["91000000000032934U", "91000000000032934u", "91000000000032934"]
    with pytest.raises(Refusal) as found:
        check_body("policy", STANDARD.bank_id, good | {"exclusion_list": codes}, STANDARD.version)
    first, second = found.value.faults
    assert (first.where, first.found) == ("body.exclusion_list.1", "'91000000000032934u'")
    assert first.texts[0] == "应为统一社会信用代码，其字符只有 0123456789ABCDEFGHJKLMNPQRTUWXY（不含 u）"
    assert (second.where, second.found) == ("body.exclusion_list.2", "'91000000000032934'")
    assert second.texts[1] == "a unified social credit code of 18 characters, not 17"


def test_a_wrong_purpose_has_one_fault_and_a_repeated_one_is_refused():
    """That an item is lacking is said of an empty list alone."""
    good = STANDARD.model_dump(mode="json")
    terms = good["products"]["zheke"]
    for purposes, where, said in (
        (["x"], ".purposes.0", "one of: working_capital"),
        (["equipment", "equipment"], ".purposes", "each purpose once, not equipment again"),
        ([], ".purposes", "at least 1 item"),
    ):
        body = good | {"products": {"zheke": terms | {"purposes": purposes}}}
        with pytest.raises(Refusal) as found:
            check_body("policy", STANDARD.bank_id, body, STANDARD.version)
        (fault,) = found.value.faults
        assert (fault.where, said in fault.texts[1]) == ("body.products.zheke" + where, True)
    assert CreditPolicy.of_record(good | {"products": {"zheke": terms | {"purposes": ["equipment"] * 2}}})


def test_a_firm_or_an_industry_that_is_listed_twice_is_refused():
    """Which one, at the list; a policy that a ledger holds from before stays readable."""
    good = STANDARD.model_dump(mode="json")
    for member, one, what in (
        ("exclusion_list", "91000000000032934U", "firm"),
        ("excluded_industries", "software", "industry"),
    ):
        check_body("policy", STANDARD.bank_id, good | {member: [one]}, STANDARD.version)
        with pytest.raises(Refusal) as found:
            check_body("policy", STANDARD.bank_id, good | {member: [one] * 3}, STANDARD.version)
        (fault,) = found.value.faults
        assert (fault.where, fault.texts[1]) == (f"body.{member}", f"each {what} once, not {one} again")
        assert CreditPolicy.of_record(good | {member: [one] * 2})


def test_a_policy_in_force_that_would_be_refused_today_decides_on_and_is_logged(sqlite_ledger, today):
    """Recorded before its check existed: the bank is answered, and the log names the member."""
    before = OTHER.model_copy(update={"exclusion_list": ("x",)})
    set_up(sqlite_ledger, lambda: [STANDARD, before], "r1", {"points": "p1"}, MAY)
    made = PolicyBook(lambda: today[0])
    made.refresh(sqlite_ledger)
    with capture_logs() as logged:
        assert made.policy_of("bank-a") == before
        assert made.policy_of("standard") == STANDARD
        made.policy_of("bank-a")
    assert logged == [
        {"event": "policy_would_be_refused", "log_level": "warning", "owner": "bank-a", "version": "a-1",
         "where": ["exclusion_list.0"]},
    ]  # fmt: skip
