"""What services hold of a firm, and that nobody's quota is shown without the firm's consent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from serving.consents.check import ConsentBook
from serving.consents.giving import consent_draft, new_consent
from serving.consents.key import issuer_draft
from serving.console.parts.portrait_records import (
    declarations,
    ladder_of,
    matched_demands,
    nodes,
    objections,
    quotas_shared,
    shared_quotas,
)
from serving.contract.refusals import Refusal
from serving.ledger.chain import DECISION
from serving.ledger.ledger import Draft, canonical_json
from tests.serving.console.planted_firms import hrefs, shown_words

FIRM, BANK, ZONE = "910000000000002038", "standard", "zone"


@pytest.fixture
def book(sqlite_ledger):
    """A ledger with an issuer that signs for the service."""
    from data.consents import public_key_text

    key = Ed25519PrivateKey.generate()
    sqlite_ledger.append([issuer_draft("service", "the service", public_key_text(key.public_key()), "li")])

    def consent(recipients, scope=("quota",), days=1, name="c1"):
        now = datetime.now(UTC)
        given = new_consent(name, FIRM, BANK, scope, ("zheke",), "the firm", now, now + timedelta(days=days), key)
        sqlite_ledger.append([consent_draft(given.model_copy(update={"recipients": recipients}), name)])

    def decision(uscc=FIRM, name="c1", amount=120):
        answer = {"bank_id": BANK, "outcome": "preapproved", "quota": {"amount_wan": amount}, "as_of": "2024-06-30"}
        body = {"answer": answer, "request": {"uscc": uscc, "consent": {"id": name}}}
        sqlite_ledger.append([Draft(DECISION, BANK, f"dec-{uscc}-{amount}", canonical_json(body))])

    def shown():
        made = ConsentBook()
        made.refresh(sqlite_ledger)
        return [one["quota"]["amount_wan"] for one in quotas_shared(sqlite_ledger, FIRM, ZONE, made)]

    return consent, decision, shown


def test_a_consent_that_names_the_office_shows_the_newest_quota_of_its_bank(book):
    consent, decision, shown = book
    consent((BANK, ZONE))
    decision(amount=100)
    decision(amount=120)
    decision(uscc="another", amount=999)  # under an equal name, of another firm
    assert shown() == [120]


@pytest.mark.parametrize(
    "given",
    [
        {"recipients": (BANK,)},
        {"recipients": (BANK, ZONE), "scope": ("points",)},
        {"recipients": (BANK, ZONE), "days": -1},
    ],
)
def test_without_the_office_the_scope_or_the_term_nothing_is_read(book, given):
    consent, decision, shown = book
    consent(**given)
    decision()
    assert shown() == []


def test_the_page_says_what_consent_is_needed(office):
    assert "接收方写明本园区" in shown_words(shared_quotas(office.view(), office.shop.codes[0]))


def test_the_ladder_is_that_of_the_api_under_the_officers_heading(office):
    shown = shown_words(ladder_of(office.view(), office.shop.codes[0]))
    assert "梯度培育和下一步" in shown
    assert "科技型中小企业" in shown


def test_nodes_name_the_chain_and_link_to_the_node(office):
    view, uscc = office.view(), office.shop.codes[0]
    part = nodes(view, uscc)
    placed = view.api.post("/v1/placements", {"uscc": uscc})["placements"][0]
    assert placed[f"name_{view.lang}"] in shown_words(part)
    assert view.href(f"/chains/{placed['chain_id']}/nodes/{placed['node_id']}") in hrefs(part)
    assert "没有把该企业归入" in shown_words(nodes(view, office.shop.codes[-1]))


def test_demands_are_those_of_the_api_or_words(office):
    view, uscc = office.view(), office.shop.codes[0]
    answer = view.api.post("/v1/match/demands", {"uscc": uscc, "count": 10})
    shown = shown_words(matched_demands(view, uscc))
    for one in answer["demands"]:
        assert one["title"] in shown
    assert answer["demands"] or "没有合适的公开需求" in shown


def test_declarations_are_the_firms_own(office):
    view = office.view()
    own = office.console.state.clearance.declarations(office.shop.codes[0]).declarations
    shown = declarations(view, office.shop.codes[0])
    assert own["declaration_id"].iloc[0] in shown_words(shown)
    assert "没有该企业的报关单" in shown_words(declarations(view, office.shop.codes[5]))


def test_objections_are_for_the_officers_alone(office):
    assert "没有提出异议" in shown_words(objections(office.view(), office.shop.codes[0]))
    with pytest.raises(Refusal):
        objections(office.view("policy_analyst"), office.shop.codes[0])
