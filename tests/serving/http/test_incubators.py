"""Incubators over HTTP: reports, corrections and vouchers in, figures with their basis out, to whom they concern."""

import pytest

from data.uscc import fictitious_uscc
from serving.http.examples import examples
from tests.serving.conftest import opened_shops

pytestmark = pytest.mark.contract
ALL, ONE, OTHER = "/v1/incubators", "/v1/incubators/H001", "/v1/incubators/H002"
REPORTS, CORRECTIONS = f"{ALL}/reports", f"{ALL}/corrections"
STATISTICS = f"{ALL}/statistics"
FILES = [f"{STATISTICS}/{name}" for name in ("page.html", "table.csv", "table.xlsx")]
PAGES = [STATISTICS, *FILES, f"{ALL}/reconciliation", f"{ALL}/quarantine", f"{ONE}/recognition"]


@pytest.fixture(scope="module")
def shop(service, tmp_path_factory):
    """One service for the file; each test writes records of its own."""
    folder = tmp_path_factory.mktemp("incubators")
    with opened_shops(service, folder) as open_one:
        yield open_one(f"sqlite:///{folder / 'shop.sqlite'}")


@pytest.fixture(scope="module")
def operator(shop):
    return shop.key("zone", "operator", holder="wang")


@pytest.fixture(scope="module")
def firm(shop):
    return shop.key(shop.codes[0], "enterprise")


def figures(shop, operator, **query):
    rows = shop.client.get(f"{ALL}/statistics", params=query, headers=operator).json()["rows"]
    return {row["indicator"]: row for row in rows}


def given(incubator_id="H001", quarter=("2024-01-01", "2024-03-31"), **changed):
    numbers = {"7d00": 14, "7d10": 9, "7e00": 5_000, "tenants": 2, "mentors": 6}
    return {"incubator_id": incubator_id, "period_from": quarter[0], "period_to": quarter[1], "filed_on": "2024-04-12",
            "figures": numbers | changed}  # fmt: skip


def test_a_bank_sees_nothing_and_an_enterprise_what_is_its_own(shop, operator, firm):
    bank, stranger = shop.key("standard"), shop.key(fictitious_uscc(987), "enterprise")
    for path in (ALL, ONE, f"{ONE}/page.html", f"{ALL}/vouchers", *PAGES):
        assert shop.client.get(path, headers=bank).status_code == 403, path
        assert shop.client.get(path, headers=operator).status_code == 200, path
    for path in PAGES:
        assert shop.client.get(path, headers=firm).status_code == 403, path
    assert [row["incubator_id"] for row in shop.client.get(ALL, headers=firm).json()["rows"]] == ["H001"]
    assert shop.client.get(ALL, headers=stranger).json()["count"] == 0
    hidden, absent = shop.client.get(OTHER, headers=firm), shop.client.get(f"{ALL}/H999", headers=firm)
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text.replace("H002", "H999") == absent.text
    for path, body in ((REPORTS, {"reports": [given()]}), (CORRECTIONS, examples()[CORRECTIONS])):
        assert shop.client.post(path, json=body, headers=firm).status_code == 403


def test_an_enterprise_gets_its_record_public_figures_and_nothing_of_others(shop, operator, firm):
    made = shop.client.get(ONE, headers=firm).json()
    assert [one["uscc"] for one in made["tenants"]] == [shop.codes[0]]
    assert (made["reports"], made["history"]) == ([], [])
    assert "jobs_ever" not in {one["indicator"] for one in made["figures"]}
    whole = shop.client.get(ONE, headers=operator).json()
    assert "jobs_ever" in {one["indicator"] for one in whole["figures"]}
    assert {(one["basis"] in ("stock", "flow", "cumulative"), bool(one["on"])) for one in whole["figures"]} == {
        (True, True)
    }


def test_a_report_in_the_torch_form_counts_from_its_day_on_and_once(shop, operator):
    answer = shop.client.post(REPORTS, json={"reports": [given()]}, headers=operator)
    assert (answer.status_code, answer.json()["new"], answer.json()["refused"]) == (201, 1, 0)
    assert shop.client.post(REPORTS, json={"reports": [given()]}, headers=operator).json()["known"] == 1
    assert figures(shop, operator, on="2023-12-31")["staff"]["value"] == 17
    assert figures(shop, operator, on="2024-03-31")["staff"]["value"] == 19
    other = shop.client.post(REPORTS, json={"reports": [given(mentors=7)]}, headers=operator)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-conflict")


def test_a_refused_report_says_where_what_and_why_in_both_languages_and_leaves_nothing(shop, operator):
    before = shop.client.get(f"{ALL}/quarantine", headers=operator).json()["count"]
    bad = given("H002", **{"7d00": -3})
    answer = shop.client.post(REPORTS, json={"reports": [bad]}, headers=operator)
    fault = answer.json()["faults"][0]
    assert (answer.status_code, fault["where"], fault["found"]) == (422, "reports.0.figures.7d00", "-3.0")
    assert "7d00" in fault["allowed"]
    assert "7d00" in fault["allowed_zh"]
    assert fault["allowed"] != fault["allowed_zh"]
    kept = shop.client.get(f"{ALL}/quarantine", params={"record": "report", "count": 1}, headers=operator).json()
    assert (kept["count"], kept["rows"][0]["key"], kept["rows"][0]["source"]) == (
        before + len(answer.json()["faults"]), "H002 2024-03-31", "wang (zone)",
    )  # fmt: skip
    assert [one["period_to"] for one in shop.client.get(OTHER, headers=operator).json()["reports"]] == ["2023-12-31"]
    mixed = {"reports": [bad, given("H002", ("2024-04-01", "2024-05-31")) | {"filed_on": "2024-06-12"}]}
    answer = shop.client.post(REPORTS, json=mixed, headers=operator).json()
    assert (answer["count"], answer["new"], answer["refused"]) == (2, 1, 1)


def test_a_correction_is_answered_with_who_when_and_why_and_as_it_was_known(shop, operator):
    before = shop.client.get(ONE, headers=operator).json()["incubator"]["name"]
    made = shop.client.post(CORRECTIONS, json=examples()[CORRECTIONS], headers=operator)
    assert (made.status_code, made.json()["new"]) == (201, True)
    assert shop.client.post(CORRECTIONS, json=examples()[CORRECTIONS], headers=operator).json()["new"] is False
    now = shop.client.get(ONE, headers=operator).json()
    versions = [one for one in now["history"] if one["record"] == "incubator"]
    assert [one["by"] for one in versions] == ["set-up", "registry clerk (zone)"]
    assert versions[1]["changed"] == [{"member": "name", "before": before, "after": now["incubator"]["name"]}]
    then = shop.client.get(ONE, params={"known_at": "2024-02-01"}, headers=operator).json()
    assert (then["incubator"]["name"], len([one for one in then["history"] if one["record"] == "incubator"])) == (
        before,
        1,
    )
    stale = examples()[CORRECTIONS] | {"changes": {"name": "x"}, "version": versions[0]["version"]}
    assert shop.client.post(CORRECTIONS, json=stale, headers=operator).status_code == 409
    unknown = shop.client.post(CORRECTIONS, json=stale | {"key": "H999"}, headers=operator)
    assert (unknown.status_code, unknown.json()["faults"][0]["where"]) == (404, "key")


def test_vouchers_are_never_used_beyond_what_is_left(shop, operator, firm):
    """5,000 less 1,200.25 less 1,500.50: 2,299.25 are left."""
    body = examples()[f"{ALL}/vouchers"]
    assert shop.client.post(f"{ALL}/vouchers", json=body, headers=operator).json()["new"] == 1
    more = {"vouchers": [body["vouchers"][0] | {"entry_id": "V-1004", "amount_cny": 2_299.26}]}
    refused = shop.client.post(f"{ALL}/vouchers", json=more, headers=operator)
    assert (refused.status_code, refused.json()["faults"][0]["found"]) == (422, "2299.26")
    made = shop.client.get(f"{ALL}/vouchers", headers=firm).json()
    assert (made["totals"]["left_cny"], [row["tenant_id"] for row in made["rows"]]) == (2_299.25, ["T001"])


def test_queries_are_read_or_refused(shop, operator):
    def rows(**query):
        return [row["incubator_id"] for row in shop.client.get(ALL, params=query, headers=operator).json()["rows"]]

    assert (rows(kind="makerspace"), rows(after=1), rows(region="lhasa", level="national")) == (
        ["H002"],
        ["H002"],
        ["H001"],
    )
    for path, query, where in (
        (ALL, {"count": "1001"}, "count"), (ONE, {"known_at": "yesterday"}, "known_at"),
        (f"{ALL}/statistics", {"by": "officer"}, "by"), (f"{ALL}/statistics", {"on": "May"}, "on"),
        (f"{ALL}/statistics/table.csv", {"table": "officers"}, "table"), (f"{ONE}/recognition", {"tier": "x"}, "tier"),
        (f"{ONE}/recognition", {"on": "2016-01-01"}, "on"), (FILES[0], {"on": "1990-01-01"}, "on"),
        (f"{ONE}/recognition", {"on": "9999-12-31"}, "on"),
        (STATISTICS, {"on": "2023-01-01", "since": "2024-01-01"}, "since"),
        (FILES[0], {"on": "2023-01-01", "since": "2024-01-01"}, "since"),
    ):  # fmt: skip
        answer = shop.client.get(path, params=query, headers=operator)
        assert (answer.status_code, answer.json()["faults"][0]["where"]) == (422, where), path
    early = {"on": "1990-01-01"}
    for path in (ONE, f"{ONE}/page.html", f"{ALL}/statistics", f"{ALL}/reconciliation", f"{ALL}/vouchers"):
        assert shop.client.get(path, params=early, headers=operator).status_code == 200, path
    by = shop.client.get(f"{ALL}/statistics", params={"by": "kind,level"}, headers=operator).json()
    assert by["by"] == ["kind", "level"]


def test_the_report_is_a_page_without_script_and_files(shop, operator):
    page = shop.client.get(f"{ALL}/statistics/page.html", params={"lang": "en"}, headers=operator)
    assert (page.headers["content-type"], "<script" in page.text) == ("text/html; charset=utf-8", False)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert shop.client.get(f"{ALL}/statistics/table.csv", headers=operator).content.startswith(b"\xef\xbb\xbf")
    assert shop.client.get(f"{ALL}/statistics/table.xlsx", headers=operator).content.startswith(b"PK")
