"""Every list that is taken away as CSV or XLSX is in the ledger, with who took it; one that was not given is not."""

from __future__ import annotations

import pytest

from serving.console.acts import CONSOLE_ACT
from serving.http.routes import OPERATIONS
from tests.serving.console.planted_owners import Owners

# file, who takes it, the act that is recorded. ``incubator-reports.csv`` is an empty form and no list.
FILES: dict[str, tuple[str, str]] = {
    "firms.<form>": ("officer", "firms_exported"),
    "demands.<form>": ("officer", "demands_exported"),
    "events.<form>": ("officer", "events_exported"),
    "events/<event_id>/outcomes.<form>": ("officer", "outcomes_exported"),
    "chains/gaps.<form>": ("analyst", "gaps_exported"),
    "chains/targets.<form>": ("officer", "targets_exported"),
    "bank/decisions.<kind>": ("bank", "decisions_exported"),
    "jobs/<job>/<name>": ("analyst", "tables_exported"),
}
NO_LIST = ("certificates/<number>/<lang>.<form>", "chains/<chain_id>/fishbone-<width>.svg", "incubator-reports.csv",
           "bank/decisions/<audit_id>.json")  # fmt: skip
# Read through the console; the API's own callers take them with a key.
READS: dict[str, str] = {
    "/v1/chains/{chain_id}/nodes/{node_id}/{list_name}.csv": "firm",
    "/v1/chains/{chain_id}/nodes/{node_id}/{list_name}.xlsx": "officer",
    "/v1/clearance/reports/table.csv": "firm",
    "/v1/clearance/reports/table.xlsx": "officer",
    "/v1/approvals/statistics/table.csv": "analyst",
    "/v1/approvals/statistics/table.xlsx": "officer",
    "/v1/incubators/statistics/table.csv": "analyst",
    "/v1/incubators/statistics/table.xlsx": "officer",
}


def last_act(owners: Owners) -> tuple[int, str, str]:
    """Number, act and account of the newest record of the console."""
    record = owners.shop.worker.ledger.find(kind=CONSOLE_ACT)[-1]
    return record.seq, record.content["act"], record.content["account"]


def test_every_file_and_every_table_of_the_api_has_its_row(owners):
    """What is registered tomorrow is recorded too, or said to be no list."""
    assert {one.name for one in owners.console.downloads} == set(FILES) | set(NO_LIST)
    assert {one.path for one in OPERATIONS if one.path.endswith((".csv", ".xlsx"))} == set(READS)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("rule", FILES)
def test_a_list_that_is_taken_is_recorded_with_who_took_it(owners: Owners, rule: str, form: str):
    """In the same request; a form that there is not leaves nothing."""
    who, act = FILES[rule]
    address = "/files/" + rule.replace("<form>", form).replace("<kind>", form)
    if "<event_id>" in rule:
        address = address.replace("<event_id>", owners.held("event"))
    if "<job>" in rule:
        address = address.replace("<job>", owners.held("ended_job")).replace("<name>", f"totals.{form}")
        address = address.replace("totals.xlsx", "tables.xlsx")
    before, *_ = last_act(owners)
    assert owners.file(who, address.replace(f".{form}", ".exe")).status_code == 404
    assert last_act(owners)[0] == before
    answer = owners.file(who, address)
    assert answer.status_code == 200, answer.text
    assert len(answer.data) > 20
    seq, found, account = last_act(owners)
    assert (seq > before, found) == (True, act)
    assert account == f"console:{owners.stored[who].account_id}"


@pytest.mark.parametrize("path", READS)
def test_a_table_that_is_read_through_the_console_is_recorded(owners: Owners, path: str):
    """Its head alone is no export, and neither is a refused one."""
    who = READS[path]
    address = "/api" + path.format(chain_id="small", node_id="lens", list_name="local_library")
    before, *_ = last_act(owners)
    assert owners.file(who, address.replace("lens", "none").replace("table", "tablf")).status_code == 404
    assert last_act(owners)[0] == before
    answer = owners.file(who, address)
    assert answer.status_code == 200, answer.text
    seq, act, account = last_act(owners)
    assert (seq > before, act, account) == (True, "list_exported", f"console:{owners.stored[who].account_id}")


def test_a_page_that_is_read_through_the_console_is_no_export(owners):
    before, *_ = last_act(owners)
    assert owners.file("firm", "/api/v1/chains/small/page.html").status_code == 200
    assert last_act(owners)[0] == before
