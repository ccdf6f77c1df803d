"""What a caller posts becomes rows of the registry, with every fault under the head that it came under."""

import datetime as dt
import json

import pytest
from pydantic import ValidationError

from serving.incubators.schemas import (
    GivenCorrection,
    GivenReport,
    GivenReports,
    GivenVouchers,
    members_faults,
    posted_table,
    report_rows,
)

TODAY = dt.date(2024, 6, 30)


def report(**figures):
    return {"incubator_id": "H001", "period_from": "2024-01-01", "period_to": "2024-03-31", "filed_on": "2024-04-12",
            "figures": figures}  # fmt: skip


def read(*reports):
    return GivenReports.model_validate_json(json.dumps({"reports": list(reports)}))


def test_a_figure_comes_under_its_code_its_key_or_its_name():
    ((values, came),) = report_rows(read(report(**{"7d00": 14, "area_m2": 5_000.5, "创业导师": 6})))
    assert (values["staff"], values["area_m2"], values["mentors"]) == (14, 5_000.5, 6)
    assert (came["staff"], came["mentors"], came["incubator_id"]) == (
        "figures.7d00",
        "figures.创业导师",
        "incubator_id",
    )


def test_a_figure_that_comes_twice_or_that_the_form_lacks_is_a_fault():
    rows = [values for values, _ in report_rows(read(report(**{"7d00": 14, "staff": 15, "7z99": 1, "tenants": 2})))]
    assert {one.where for one in members_faults("report", rows[0], TODAY)} == {"7z99"}
    table = posted_table("report", rows, lambda _: False, TODAY)
    assert len(table.rows) == 0
    assert set(table.quarantine["where"]) == {"7z99", "area_m2"}


def test_nothing_is_reported_or_done_in_the_future_and_nobody_says_what_is_simulated():
    row = report() | {"filed_on": "2024-07-01", "synthetic": True}
    assert {one.where for one in members_faults("report", row, TODAY)} == {"filed_on", "figures", "synthetic"}
    assert members_faults("voucher", {"day": "2024-06-30"}, TODAY) == []


def test_a_row_says_whether_it_is_simulated_as_what_it_belongs_to():
    rows = [values for values, _ in report_rows(read(report(**{"7d00": 1, "7e00": 1, "tenants": 1})))]
    for simulated in (True, False):
        assert posted_table("report", rows, lambda _, it=simulated: it, TODAY).rows["synthetic"].tolist() == [simulated]


@pytest.mark.parametrize(
    "wrong", [{"period_to": "31.3.2024"}, {"figures": {"7d00": [1]}}, {"figures": {"TDF711": "a\x00b"}}, {"alien": 1}]
)
def test_another_form_is_no_report(wrong):
    with pytest.raises(ValidationError):
        GivenReport.model_validate_json(json.dumps(report() | wrong))


def test_lists_are_neither_empty_nor_endless():
    for kind, member in ((GivenReports, "reports"), (GivenVouchers, "vouchers")):
        with pytest.raises(ValidationError):
            kind.model_validate({member: []})


def test_a_correction_needs_a_reason_and_a_person():
    whole = {"record": "report", "key": "k", "changes": {"staff": 1}, "why": "w", "by": "li"}
    assert GivenCorrection.model_validate(whole).withdraw is False
    for member in ("why", "by"):
        with pytest.raises(ValidationError):
            GivenCorrection.model_validate(whole | {member: ""})
