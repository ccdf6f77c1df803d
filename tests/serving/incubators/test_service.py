"""What the zone's side writes and who sees what, over the registry worked by hand."""

import datetime as dt
from dataclasses import replace

import pytest

from data.uscc import fictitious_uscc
from serving.contract.refusals import Refusal
from serving.incubators.schemas import GivenCorrection, GivenReport, GivenReports, GivenVoucher, GivenVouchers
from serving.incubators.service import own_tenants, visible
from tests.serving.incubators.conftest import USCC, ZONE
from tests.serving.incubators.planted_registry import ENTERED, OTHER, OWN, entries

STRANGER = fictitious_uscc(6)
REPORT = f"{OTHER} 2023-12-31"


def report(incubator_id=OWN, **figures):
    return GivenReport(
        incubator_id=incubator_id, period_from=dt.date(2024, 1, 1), period_to=dt.date(2024, 3, 31),
        filed_on=dt.date(2024, 4, 12), figures={"7d00": 14, "7e00": 5_000, "tenants": 1} | figures,
    )  # fmt: skip


def correction(key=REPORT, record="report", **changes):
    return GivenCorrection(record=record, key=key, changes=changes, why="misread", by="zhao")


def refused(call):
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value


def mentors(service):
    return (
        service.state().registry.reports.set_index(["incubator_id", "period_to"])["mentors"].loc[(OTHER, "2023-12-31")]
    )


def test_an_enterprise_sees_the_incubators_that_it_is_in(service):
    state = service.state()
    assert [visible(state, one) for one in (None, USCC, STRANGER)] == [[OWN, OTHER], [OWN], []]
    assert list(own_tenants(state, USCC)["tenant_id"]) == ["T001"]
    hidden, absent = (refused(lambda name=name: service.see(name, USCC)) for name in (OTHER, "H999"))
    assert (hidden.key, hidden.faults[0].texts) == (absent.key, absent.faults[0].texts)
    before = ENTERED - dt.timedelta(days=1)
    assert refused(lambda: service.see(OWN, None, before)).key == "not-found"


def test_the_day_of_figures_is_the_last_reported_one(service, of_entries):
    assert service.day(service.state(), None) == dt.date(2023, 12, 31)
    assert service.day(service.state(), dt.date(2022, 1, 1)) == dt.date(2022, 1, 1)
    empty = of_entries()
    assert empty.day(empty.state(), None) == dt.date(2024, 6, 30)


def test_a_good_report_is_taken_beside_a_bad_one_and_changes_the_statistics(own_service):
    """Staff of H001 was 12 on 31 December and is 14 on 31 March."""
    given = GivenReports(reports=[report(), report(OTHER, **{"7d10": 20})])  # more professional staff than staff
    taken = own_service.receive_reports(given, ZONE)
    assert (taken.new, taken.known, list(taken.refused["key"])) == (1, 0, [f"{OTHER} 2024-03-31"])
    for day, staff in ((dt.date(2023, 12, 31), 17), (dt.date(2024, 3, 31), 19)):
        rows = own_service.statistics(own_service.state(), (), day, None).set_index("indicator")
        assert (rows["value"].loc["staff"], rows["basis"].loc["staff"], rows["on"].loc["staff"]) == (
            staff,
            "stock",
            day,
        )
    assert own_service.receive_reports(GivenReports(reports=[report()]), ZONE).known == 1
    again = refused(lambda: own_service.receive_reports(GivenReports(reports=[report(mentors=9)]), ZONE))
    assert (again.key, again.faults[0].where) == ("idempotency-conflict", "reports.0." + f"{OWN} 2024-03-31")
    assert len(own_service.quarantine(own_service.state())) == 2


def test_a_report_with_a_fault_is_refused_under_its_code_and_nothing_of_it_is_kept(own_service):
    before = own_service.state().sequence
    given = GivenReports(reports=[report(**{"7d00": -3, "7e01": 6_000})])
    refusal = refused(lambda: own_service.receive_reports(given, ZONE))
    found = {fault.where: fault for fault in refusal.faults}
    assert set(found) == {"reports.0.figures.7d00"}
    assert found["reports.0.figures.7d00"].found == "-3.0"
    assert all("7d00" in text for text in found["reports.0.figures.7d00"].texts)
    assert own_service.state().sequence == before
    assert set(own_service.quarantine(own_service.state())["source"]) == {"wang (zone)"}


def test_vouchers_are_taken_up_to_what_is_left(own_service):
    def step(name, amount):
        return GivenVouchers(vouchers=[GivenVoucher(
            entry_id=name, voucher_id="V-1", step="redeemed", amount_cny=amount, day=dt.date(2024, 4, 1),
            tenant_id="T001",
        )])  # fmt: skip

    assert (
        refused(lambda: own_service.receive_vouchers(step("a", 3_799.76), ZONE))
        .faults[0]
        .where.startswith("vouchers.0")
    )
    assert own_service.receive_vouchers(step("b", 3_799.75), ZONE).new == 1
    assert own_service.state().ledger.balances()["left_cny"].tolist() == [0.0]


def test_a_correction_is_a_further_version_with_who_and_why(own_service):
    entry, new = own_service.correct(correction(mentors=5), ZONE)
    assert (new, entry.by, entry.why, mentors(own_service)) == (True, "zhao (zone)", "misread", 5.0)
    assert own_service.correct(correction(mentors=5), ZONE) == (entry, False)  # sent again
    assert len(own_service.state().journal.history("report", REPORT)) == 3
    assert own_service.correct(correction(mentors=3), ZONE)[1] is True  # and back


def test_a_stored_record_that_breaks_a_newer_rule_is_listed_and_comes_back_with_its_correction(of_entries):
    """Five of four jobs may have been taken once; the service answers, and the zone's side sets it right."""
    stored = [replace(one, values=one.values | {"jobs": 4}) if one.key == "T001" else one for one in entries(USCC)]
    service = of_entries(stored)
    assert visible(service.state(), None) == [OWN, OTHER]
    row = service.quarantine(service.state()).iloc[0]
    assert (row["key"], row["where"], row["received_at"]) == ("T001", "college_graduate_jobs", None)
    assert own_tenants(service.state(), USCC).empty
    service.correct(correction("T001", "tenant", jobs=12), ZONE)
    assert list(own_tenants(service.state(), USCC)["tenant_id"]) == ["T001"]
    assert service.quarantine(service.state()).empty


def test_a_correction_of_a_version_that_is_not_the_newest_is_refused(own_service):
    versions = own_service.state().journal.history("report", REPORT)
    old, newest = ({"version": one.digest} for one in versions)
    refusal = refused(lambda: own_service.correct(correction(mentors=9).model_copy(update=old), ZONE))
    assert (refusal.key, refusal.faults[0].where, mentors(own_service)) == ("idempotency-conflict", "version", 3.0)
    assert own_service.correct(correction(mentors=9).model_copy(update=newest), ZONE)[1]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (correction(key="none", staff=1), "key"),
        (correction(), "changes"),
        (correction(staff=4.5), "changes.staff"),
        (correction(alien=1), "changes.alien"),
        (correction(synthetic=True), "changes.synthetic"),
        (correction(period_to="2023-12-30"), "changes.period_to"),
        (correction(staff=None), "changes.staff"),
        (correction(record="incubator", key=OTHER, founded_on="2020-01-01"), "entered_on"),
        (correction(staff=4).model_copy(update={"withdraw": True}), "changes"),
    ],
)
def test_a_correction_that_breaks_a_rule_is_refused(service, given, where):
    """Founded in 2020, H002 would have had a tenant firm since 2019."""
    before = service.state().sequence
    assert where in {fault.where for fault in refused(lambda: service.correct(given, ZONE)).faults}
    assert service.state().sequence == before


def test_a_withdrawn_record_counts_no_more_unless_others_need_it(own_service):
    leave = {"withdraw": True, "changes": {}}
    wrong = correction(record="incubator", key=OWN).model_copy(update=leave)
    assert "registered" in refused(lambda: own_service.correct(wrong, ZONE)).faults[0].texts[1]
    assert own_service.correct(correction().model_copy(update=leave), ZONE)[1]
    assert list(own_service.state().registry.reports["incubator_id"]) == [OWN]
    assert own_service.correct(correction(mentors=3), ZONE)[1]  # and comes back with what it held
    assert mentors(own_service) == 3.0


def test_only_groups_and_tiers_that_there_are_are_answered(service):
    state = service.state()
    assert refused(lambda: service.statistics(state, ("officer",), dt.date(2024, 1, 1), None)).faults[0].where == "by"
    assert refused(lambda: service.recognition(service.see(OWN, None), "best", None)).key == "invalid-request"
    first = service.recognition(service.see(OWN, None), None, None)
    assert [rule["tier"] for rule in first["rules"]] == ["regional_incubator", "national_incubator"]


def test_a_report_in_yuan_is_refused_and_taken_with_a_reason(own_service):
    """Three figures in thousand yuan, then the same in yuan; a reason corrects no report that is there."""
    money = {"7b00": 300, "7c00": 900, "7c60": 500}
    yuan = {key: value * 1_000 for key, value in money.items()}
    own_service.receive_reports(GivenReports(reports=[report(**money)]), ZONE)
    days = {"period_from": dt.date(2024, 4, 1), "period_to": dt.date(2024, 5, 31), "filed_on": dt.date(2024, 6, 12)}
    later = report(**yuan).model_copy(update=days)
    (fault,) = refused(lambda: own_service.receive_reports(GivenReports(reports=[later]), ZONE)).faults
    assert (fault.where, fault.found) == ("reports.0.figures.7b00", "300000")
    assert "thousand yuan, as in the report of 2024-01-01 – 2024-03-31" in fault.allowed[1]
    reasoned = GivenReports(reports=[later.model_copy(update={"why": "a building was bought"})])
    assert own_service.receive_reports(reasoned, ZONE).new == 1
    assert own_service.state().journal.history("report", f"{OWN} 2024-05-31")[-1].why == "a building was bought"
    there = GivenReports(reports=[report(**yuan).model_copy(update={"why": "seen"})])
    assert refused(lambda: own_service.receive_reports(there, ZONE)).key == "idempotency-conflict"


def test_a_late_report_that_makes_a_taken_one_look_wrong_is_refused(own_service):
    """What was taken stays: 2022 in yuan comes after the first quarter of 2024 in thousand yuan."""
    money = {"7b00": 300, "7c00": 900, "7c60": 500}
    own_service.receive_reports(GivenReports(reports=[report(**money)]), ZONE)
    days = {"period_from": dt.date(2022, 1, 1), "period_to": dt.date(2022, 12, 31), "filed_on": dt.date(2023, 1, 12)}
    early = report(**{key: value * 1_000 for key, value in money.items()}).model_copy(update=days)
    (fault,) = refused(lambda: own_service.receive_reports(GivenReports(reports=[early]), ZONE)).faults
    assert "the report of 2022-01-01 – 2022-12-31" in fault.allowed[1]
    right = report(**money).model_copy(update=days)
    assert own_service.receive_reports(GivenReports(reports=[right]), ZONE).new == 1


def test_a_report_across_the_period_of_another_is_refused_with_both(own_service):
    days = {"period_from": dt.date(2023, 7, 1), "period_to": dt.date(2024, 2, 29), "filed_on": dt.date(2024, 3, 9)}
    across = report().model_copy(update=days)
    (fault,) = refused(lambda: own_service.receive_reports(GivenReports(reports=[across]), ZONE)).faults
    assert all(one in fault.allowed[1] for one in ("2023-07-01 – 2024-02-29", "2023-01-01 – 2023-12-31"))
