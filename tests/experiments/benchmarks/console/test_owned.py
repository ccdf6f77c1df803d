"""What the benchmark makes so that single pages are there to be looked at."""

from __future__ import annotations

import pytest

from experiments.benchmarks.console.owned import Owner, ReformLateError, await_reforms, caller, fill_owned
from serving.jobs.claims import Claims
from serving.jobs.store import Jobs
from serving.ledger.ledger import Ledger
from serving.ledger.store import migrate
from serving.objections.objections import own_objections
from tests.serving.conftest import migrated, open_shop, service, shop, with_releases  # noqa: F401  # fixtures
from tests.serving.console.test_demo_applications import Calls


def test_every_single_page_has_its_record_of_the_owner(shop):  # noqa: F811  # the fixture
    """The bank's decision about the firm's application, the firm's objection to it and its demand, a reform."""
    code, kept = shop.codes[0], {}

    def api_of(one):
        return kept.setdefault(one.name, Calls(shop, one))

    firm = caller(code, "enterprise")
    sent = {"request_id": "first", "banks": ["standard"], "requested_amount_cny": 2_000_000, "tenor_months": 12}
    api_of(firm).post("/v1/applications", sent)
    audit_id = fill_owned(shop.worker, api_of, Owner(code, "standard"), "acc-1")
    assert api_of(firm).get(f"/v1/decisions/{audit_id}")["answer"]["bank_id"] == "standard"
    (objection,) = own_objections(shop.worker.ledger, firm)
    assert objection.about["key"] == f"{audit_id}:0"
    assert "轴承提前失效" in [one["title"] for one in api_of(firm).get("/v1/demands")["demands"]]
    (job,) = Jobs(shop.worker.ledger).of("acc-1")
    assert (job.kind, job.state) == ("reform", "waiting")


@pytest.fixture
def store(tmp_path):
    """The address of an empty store with one reform of it that waits."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    migrate(url)
    ledger = Ledger(url)
    Jobs(ledger).add("reform", "acc-1", "zone", "a name", {})
    yield url, ledger
    ledger.close()


def test_a_reform_is_awaited_to_its_end_and_one_that_broke_is_said(store):
    """One that waits too long is late; one that is done is not; a broken one is never waited for."""
    url, ledger = store
    with pytest.raises(ReformLateError, match="waiting"):
        await_reforms(url, 0.0)
    claims = Claims(Jobs(ledger), "a worker", ["reform"])
    claims.done(claims.claim(), {"files": []})
    await_reforms(url, 0.0)
    Jobs(ledger).add("reform", "acc-1", "zone", "another", {})
    claims.broken(claims.claim(), {"zh": "坏", "en": "broken"})
    with pytest.raises(ReformLateError, match="broken"):
        await_reforms(url, 60.0)
