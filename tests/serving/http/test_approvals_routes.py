"""The part of the contract's table that is about approvals."""

from serving.http.approvals_routes import APPROVALS
from serving.http.routes import OPERATIONS


def test_banks_have_nothing_of_approvals_and_only_the_zone_writes():
    assert [one for one in OPERATIONS if "/approvals/" in one.path] == list(APPROVALS)
    for one in APPROVALS:
        assert "bank" not in one.roles
        assert (one.method == "POST") == (one.permission == "approvals_write")
        assert one.method == "GET" or one.roles == ("operator",)


def test_only_the_route_of_logs_takes_a_long_body():
    assert [one.path for one in OPERATIONS if one.most_bytes] == ["/v1/approvals/logs"]
