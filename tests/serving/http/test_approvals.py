"""Approvals over HTTP: events in, cases with their clocks out, and only to whom they concern."""

import pytest

from data.uscc import fictitious_uscc
from serving.http.examples import examples
from tests.serving.approvals.planted_release import ENDED, NUMBER, OTHER

pytestmark = pytest.mark.contract
ONE = f"/v1/approvals/cases/{NUMBER}"
CASES = "/v1/approvals/cases"
EVENTS = "/v1/approvals/events"
NEW = {"case_number": "2024-0009", "item": "permit", "office": "bureau_west", "officer": "王五"}


@pytest.fixture
def operator(shop):
    return shop.key("zone", "operator", holder="wang")


@pytest.fixture
def firm(shop):
    return shop.key(shop.codes[0], "enterprise")


@pytest.fixture
def stranger(shop):
    return shop.key(fictitious_uscc(987), "enterprise")


def given(kind, at, **changed):
    return NEW | {"kind": kind, "at": f"2024-06-{at}:00+08:00"} | changed


def test_a_posted_event_is_a_case_with_its_clocks_at_once(shop, operator):
    """Accepted on Tuesday 4 June, ten working days promised, the 10th is a holiday: the 19th is the last in time."""
    posted = [given("applied", "03T09:00", values={"applicant": shop.codes[2]}), given("accepted", "04T10:00")]
    kept = shop.client.post(EVENTS, json=posted, headers=operator)
    assert (kept.status_code, kept.json()["new"], kept.json()["refused"]) == (201, 2, 0)
    case = shop.client.get(f"{CASES}/{NEW['case_number']}", headers=operator).json()
    assert (case["status"], case["clocks"]["promised"]["due_on"]) == ("accepted", "2024-06-19")
    again = shop.client.post(EVENTS, json=posted[0], headers=operator).json()
    assert (again["new"], again["known"]) == (0, 1)


def test_a_bad_event_goes_to_quarantine_and_keeps_no_good_one_out(shop, operator):
    posted = [given("applied", "03T09:00"), given("accepted", "99T10:00", officer="赵六"), {"officer": "赵六"}]
    answer = shop.client.post(EVENTS, json=posted, headers=operator).json()
    assert (answer["new"], [one["position"] for one in answer["quarantine"]]) == (1, [1, 2])
    assert [fault["where"] for fault in answer["quarantine"][0]["faults"]] == ["at"]
    kept = shop.client.get("/v1/approvals/quarantine", headers=operator)
    assert kept.json()["count"] == 2
    assert "赵六" not in kept.text + str(answer)
    alone = shop.client.post(EVENTS, json=posted[1], headers=operator)
    assert (alone.status_code, alone.json()["faults"][0]["where"]) == (422, "at")
    assert shop.client.get("/v1/approvals/quarantine", headers=operator).json()["count"] == 2  # the same again is one


def test_a_case_is_shown_to_its_applicant_and_the_operator_alone(shop, operator, firm, stranger):
    for path in (ONE, f"{ONE}/page.html"):
        assert [shop.client.get(path, headers=key).status_code for key in (operator, firm)] == [200, 200]
        hidden = shop.client.get(path, headers=stranger)
        absent = shop.client.get(path.replace(NUMBER, "none"), headers=stranger)
        assert hidden.status_code == absent.status_code == 404
        assert hidden.text.replace(NUMBER, "none") == absent.text
    listed = {key: shop.client.get(CASES, headers=head).json()["count"]
              for key, head in (("operator", operator), ("firm", firm), ("stranger", stranger))}  # fmt: skip
    assert listed == {"operator": 3, "firm": 1, "stranger": 0}


def test_clocks_and_suspended_time_are_those_worked_by_hand(shop, firm):
    """Accepted on 4 June (day 0), suspended at the close of the 7th; the 10th is a holiday. Used are the 5th, 6th, 11th
    to 14th and 17th to 20th, so the 20th is the last day in time. It is the 30th, a Sunday: with 21 and 24 to 28 June
    sixteen days are used.
    """
    case = shop.client.get(ONE, headers=firm).json()
    assert case["clocks"]["promised"] | {"left_days": 0} == {
        "days": 10, "unit": "working", "used_days": 16, "suspended_days": 1, "left_days": 0, "due_on": "2024-06-20",
        "late": True,
    }  # fmt: skip
    (stop,) = case["suspensions"]
    assert (stop["reason"], stop["basis"]) == ("appraisal", "《行政许可法》第四十五条")
    assert case["clocks"]["statutory"]["due_on"] == "2024-07-04"


def test_it_is_answered_as_it_was_known_and_as_it_was(shop, operator):
    """The events came backwards from the 13th at 10:00 on, an hour apart: at 12:30 the application was not known."""
    known = shop.client.get(ONE, params={"known_at": "2024-06-13T12:30:00+08:00"}, headers=operator).json()
    assert [row["kind"] for row in known["history"]] == ["accepted", "suspended", "resumed"]
    was = shop.client.get(ONE, params={"until": "2024-06-07"}, headers=operator).json()
    assert (was["status"], was["forecast_state"]) == ("suspended", "not_made")
    before = shop.client.get(ONE, params={"known_at": "2024-06-01"}, headers=operator)
    assert before.status_code == 404
    wrong = shop.client.get(ONE, params={"until": "yesterday"}, headers=operator)
    assert (wrong.status_code, wrong.json()["faults"][0]["where"]) == (422, "until")


def test_lamps_are_counted_of_all_that_fit_and_only_of_the_callers_cases(shop, operator, firm):
    """Both running permits are past their promise; the ended one came in time: two red lamps and a green one."""
    every = shop.client.get("/v1/approvals/lamps", headers=operator).json()
    assert (every["count"], every["lamps"]) == (3, {"green": 1, "yellow": 0, "red": 2, "none": 0})
    assert [(one["key"], one["zh"], one["red"], one["green"]) for one in every["groups"]] == [
        ("permit", "建筑施工许可", 2, 1)
    ]
    running = shop.client.get("/v1/approvals/lamps", params={"ended": "no", "by": "office"}, headers=operator).json()
    assert [(one["en"], one["red"]) for one in running["groups"]] == [
        ("Administrative Approval Bureau, east office", 2)
    ]
    assert running["lamps"]["green"] == 0
    own = shop.client.get("/v1/approvals/lamps", headers=firm).json()
    assert (own["count"], own["lamps"]["red"]) == (1, 1)
    wrong = shop.client.get("/v1/approvals/lamps", params={"by": "applicant"}, headers=operator)
    assert (wrong.status_code, wrong.json()["faults"][0]["where"]) == (422, "by")


def test_no_answer_names_an_officer(shop, operator):
    """王五 handled every event; no route shows it, whatever its form."""
    paths = (CASES, ONE, f"{ONE}/page.html", "/v1/approvals/statistics", "/v1/approvals/statistics/page.html",
             "/v1/approvals/statistics/table.csv", "/v1/approvals/quarantine")  # fmt: skip
    for path in paths:
        answer = shop.client.get(path, headers=operator)
        assert answer.status_code == 200
        assert "王五" not in answer.text


def test_a_log_is_kept_in_the_same_store(shop, operator):
    rows = ("L1,intake,2024-06-03T09:00:00Z,王五", "L1,check,2024-06-04T09:00:00Z,王五", ",x,y,", "")
    text = "\n".join(("case_id,activity,timestamp,resource", *rows))
    kept = shop.client.post("/v1/approvals/logs", content=text.encode(), params={"source": "log"},
                            headers=operator | {"content-type": "text/csv"})  # fmt: skip
    assert (kept.status_code, kept.json()["new"], kept.json()["quarantined"]) == (201, 2, 1)
    case = shop.client.get(f"{CASES}/L1", headers=operator).json()
    assert ([row["activity"] for row in case["history"]], case["source"]) == (["intake", "check"], "log")
    bad = shop.client.post("/v1/approvals/logs", content=b"\x00\x01", headers=operator | {"content-type": "text/csv"})
    assert (bad.status_code, bad.json()["type"]) == (422, "/problems/unreadable-log")


def test_the_list_takes_filters_and_pages(shop, operator):
    def numbers(**query):
        return [row["number"] for row in shop.client.get(CASES, params=query, headers=operator).json()["rows"]]

    assert numbers(status="delivered") == [ENDED]
    assert numbers(month="2024-06", item="permit", count=2) == [NUMBER, OTHER]
    assert numbers(after=2) == [ENDED]
    assert numbers(lamp="green", office="elsewhere") == []
    wrong = shop.client.get(CASES, params={"status": "open"}, headers=operator)
    assert (wrong.status_code, wrong.json()["faults"][0]["where"]) == (422, "status")


def test_items_of_a_day_and_how_much_shorter_they_are(shop, firm):
    """85 statutory days, 20 promised: the ratio of sums is 1 - 20/85; of the three items notice is shortest."""
    items = shop.client.get("/v1/approvals/items", params={"day": "2023-06-01"}, headers=firm).json()
    assert (items["count"], items["synthetic"]) == (3, True)
    assert {one["department"] for one in items["items"]} == {"housing", "market_regulation"}
    made = shop.client.get("/v1/approvals/reductions", params={"day": "2024-06-20"}, headers=firm).json()
    first = next(one for one in made["readings"] if one["pair"] == "promised_statutory")
    assert first["ratio_of_sums"] == pytest.approx(1 - 20 / 85)
    assert first["mean_of_ratios"] == pytest.approx((0.5 + 0.95 + 0.8) / 3)
    assert (first["largest"], first["largest_items"]) == (pytest.approx(0.95), ["notice"])


def test_statistics_answer_as_json_page_and_files(shop, operator):
    for by in ("item", "department", "month"):
        assert shop.client.get("/v1/approvals/statistics", params={"by": by}, headers=operator).json()["rows"]
    page = shop.client.get("/v1/approvals/statistics/page.html", params={"lang": "en"}, headers=operator)
    assert (page.status_code, "<script" in page.text) == (200, False)
    assert shop.client.get("/v1/approvals/statistics/table.csv", headers=operator).content.startswith(b"\xef\xbb\xbf")
    assert shop.client.get("/v1/approvals/statistics/table.xlsx", headers=operator).content.startswith(b"PK")
    wrong = shop.client.get("/v1/approvals/statistics", params={"by": "officer"}, headers=operator)
    assert (wrong.status_code, wrong.json()["faults"][0]["where"]) == (422, "by")


def test_the_example_of_the_contract_is_kept(shop, operator):
    answer = shop.client.post(EVENTS, json=examples()[EVENTS], headers=operator)
    assert answer.json()["new"] == 2


def test_an_offices_own_names_are_read_by_its_mapping(shop, operator):
    """A log with Chinese titles: without its mapping it cannot be read, with it the acceptance is one."""
    heads = "办件编号,环节,时间,事项编码,办理部门,经办人,申请人,原因,依据,天数,协办部门,批准人,告知申请人,结果,补正内容"
    rows = [
        f"L2,{what},2024-06-{at},permit,bureau_east,王五,{shop.codes[0]},x,x,3,housing,head,1,granted,x"
        for what, at in (("申请", "03 09:00"), ("受理", "04 10:00"))
    ]
    text = "\n".join((heads, *rows, ""))

    def post(**query):
        headers = operator | {"content-type": "text/csv"}
        return shop.client.post("/v1/approvals/logs", content=text.encode(), params=query, headers=headers)

    assert post(mapping="another").json()["faults"][0]["where"] == "mapping"
    assert (post(mapping="simulated", source="s").status_code, post(zone="Mars").status_code) == (201, 422)
    case = shop.client.get(f"{CASES}/L2", headers=operator).json()
    assert (case["status"], case["accepted_at"]) == ("accepted", "2024-06-04T02:00:00+00:00")
