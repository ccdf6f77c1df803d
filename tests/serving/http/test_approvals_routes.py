"""The part of the contract's table that is about approvals."""

from serving.http.approvals_routes import APPROVALS
from serving.http.routes import OPERATIONS


def test_banks_have_nothing_of_approvals_and_only_the_zone_writes():
    assert [one for one in OPERATIONS if "/approvals/" in one.path] == list(APPROVALS)
    for one in APPROVALS:
        assert "bank" not in one.roles
        assert (one.method == "POST") == (one.permission == "approvals_write")
        assert one.method == "GET" or one.roles == ("operator", "zone_officer")


def test_an_analyst_reads_what_is_aggregate_and_no_case():
    read = {one.path.removeprefix("/v1/approvals/") for one in APPROVALS if "policy_analyst" in one.roles}
    files = {f"statistics/{name}" for name in ("page.html", "table.csv", "table.xlsx")}
    assert read == {"items", "reductions", "statistics", *files}


def test_only_the_route_of_logs_takes_a_long_body():
    assert [one.path for one in OPERATIONS if one.most_bytes] == ["/v1/approvals/logs"]
