"""The operations of incubators: the zone's side alone writes, and a bank has none of them."""

from serving.http.incubators_routes import INCUBATORS


def test_who_may_call_what():
    for one in INCUBATORS:
        assert one.permission == ("incubators_write" if one.method == "POST" else "incubators"), one.path
        assert "bank" not in one.roles
        assert "incubators-unavailable" in one.refusals
    open_to_firms = {one.path for one in INCUBATORS if "enterprise" in one.roles}
    one = "/v1/incubators/{incubator_id}"
    assert open_to_firms == {"/v1/incubators", "/v1/incubators/vouchers", one, f"{one}/page.html"}
    read = {one.path.removeprefix("/v1/incubators") for one in INCUBATORS if "policy_analyst" in one.roles}
    files = {f"/statistics/{name}" for name in ("page.html", "table.csv", "table.xlsx")}
    assert read == {"", "/statistics", *files}  # an analyst reads the list and what is aggregate
