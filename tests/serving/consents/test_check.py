"""A consent opens one enterprise's data to one bank for one use, and nothing else does; it can be ended, at once."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from data.consents import SERVICE, key_id_of, public_key_text
from data.uscc import fictitious_uscc
from serving.auth.access import Caller
from serving.consents.check import REVOKED, Checked, ConsentBook, add_revoked, check_recorded, revocation_key
from serving.consents.giving import new_consent
from serving.consents.key import ended_draft, issuer_draft
from serving.contract.answers import ConsentsAnswer, IssuersAnswer, RevokedAnswer
from serving.ledger.ledger import Draft, Ledger
from tests.serving.conftest import NOW, PORTAL, PORTAL_KEY

pytestmark = pytest.mark.law
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
DAY_S = 86_400


def ask(shop, consent, position=0, **changes):
    return shop.client.post(
        "/v1/quota", json=shop.body(position, consent=consent) | changes, headers=shop.key("standard")
    )


def eventually(condition):
    """Wait until what workers read twice a second is so."""
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.05)


def wheres(answer):
    return {fault["where"] for fault in answer.json().get("faults", [])}


def give(shop, uscc, bank="standard", request_id="give-1", key=None, **changes):
    body = {"request_id": request_id, "bank_id": bank} | changes
    return shop.client.post("/v1/consents", json=body, headers=key or shop.key(uscc, "enterprise", holder="the firm"))


def revoke(shop, uscc, consent_id, **more):
    body = {"reason": "another bank lends"} | more
    key = shop.key(uscc, "enterprise", holder="the firm")
    return shop.client.post(f"/v1/consents/{consent_id}/revoke", json=body, headers=key)


REFUSED = {
    "unsigned": (lambda shop, uscc: shop.consent(uscc) | {"signature": ""}, "consent.signature", "未签名"),
    "foreign issuer": (lambda shop, uscc: shop.consent(uscc, issuer="elsewhere"), "consent.issuer", "not registered"),
    "foreign key": (lambda shop, uscc: shop.consent(uscc, key=STRANGER), "consent.issuer", "not registered"),
    "foreign key under a registered name": (
        lambda shop, uscc: shop.consent(uscc, key=STRANGER) | {"key_id": key_id_of(PORTAL_KEY.public_key())},
        "consent.signature", "签名不符",
    ),
    "the service's name": (
        lambda shop, uscc: shop.consent(uscc, issuer=SERVICE), "consent.issuer", "not registered",
    ),
    "expired": (lambda shop, uscc: shop.consent(uscc, start=-9, end=-1), "consent.expires_at", "expired on"),
    "not yet in force": (lambda shop, uscc: shop.consent(uscc, start=1, end=2), "consent.granted_at", "尚未生效"),
    "ends before it begins": (lambda shop, uscc: shop.consent(uscc, start=0, end=-1), "consent.granted_at", ""),
    "wrong bank": (lambda shop, uscc: shop.consent(uscc, "growth"), "consent.bank_id", "与本银行不符"),
    "wrong enterprise": (lambda shop, _: shop.consent(shop.codes[1]), "consent.uscc", "for another firm"),
    "no quota": (lambda shop, uscc: shop.consent(uscc, scope=("points", "query")), "consent.scope", "lacks"),
    "no query": (lambda shop, uscc: shop.consent(uscc, scope=("points", "quota")), "consent.scope", "query"),
    "another business": (lambda shop, uscc: shop.consent(uscc, products=("zheke",)), "consent.products", "lacks"),
    "another purpose": (lambda shop, uscc: shop.consent(uscc, purposes=("equipment",)), "consent.purposes", "lacks"),
    "none": (lambda *_: None, "consent", "缺失"),
}  # fmt: skip


@pytest.mark.parametrize(("made", "where", "found"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_consent_for_this_use_is_refused_by_name(shop, made, where, found):
    """Each is a 403 that names its fault in both languages, and nothing is recorded."""
    answer = ask(shop, made(shop, shop.codes[0]))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/consent-invalid")
    assert where in wheres(answer)
    assert found in answer.json()["detail"] + answer.json()["detail_zh"]
    assert "企业授权无效" in answer.json()["detail_zh"]
    assert "The consent is not valid" in answer.json()["detail"]
    assert shop.worker.ledger.counts("decision") == {}


def test_an_edited_member_loses_the_consent(shop):
    """Whatever is edited, left out or added after signing: refused."""
    good = shop.consent(shop.codes[0])
    assert ask(shop, good).status_code == 200
    for name, value in good.items():
        other = [*value, "personal"] if isinstance(value, list) else f"{value[:-1]}{'0' if value[-1] != '0' else '1'}"
        assert ask(shop, good | {name: other}, request_id="r9").status_code in (400, 403, 422), name
        left_out = {key: item for key, item in good.items() if key != name}
        assert ask(shop, left_out, request_id="r9").status_code in (403, 422), name
    assert ask(shop, good | {"extra": "x"}, request_id="r9").status_code == 422
    assert shop.worker.ledger.counts("decision") == {"standard": 1}


def test_a_bank_that_sends_its_own_facts_needs_reporting(shop):
    """Query lets the bank read, reporting lets it send: ``bank_facts`` and ``enterprise``."""
    silent = shop.consent(shop.codes[0], scope=("points", "quota", "query"))
    assert ask(shop, silent).status_code == 200
    facts = ask(shop, silent, request_id="r9", bank_facts={"existing_debt_wan": 5.0})
    values = ask(shop, silent, request_id="r9", enterprise={"known_at": "2024-05-31"})
    for answer in (facts, values):
        assert (answer.status_code, wheres(answer)) == (403, {"consent.scope"})
        assert "reporting" in answer.text
    points = {"uscc": shop.codes[0], "enterprise": {"known_at": "2024-05-31"}, "consent": silent}
    assert shop.client.post("/v1/points", json=points, headers=shop.key("standard")).status_code == 403


@pytest.mark.parametrize(("ahead_s", "status"), [(50, 200), (75, 403)])
def test_two_clocks_may_differ_by_a_minute(shop, ahead_s, status):
    """60 seconds of leeway for the begin, none for the end."""
    ahead = (datetime.now(UTC) - NOW).total_seconds() + ahead_s
    assert ask(shop, shop.consent(shop.codes[0], start=ahead / DAY_S)).status_code == status


def test_a_firm_gives_a_consent_that_anybody_can_verify_and_its_bank_can_use(any_shop):
    """Signed by the service's key, which the issuers' list shows; verified with JSON and Ed25519 alone."""
    shop, uscc = any_shop, any_shop.codes[0]
    answer = give(shop, uscc, products=["innovation_points"], valid_days=10)
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    listed = shop.client.get("/v1/consent-issuers", headers=shop.key("standard"))
    issuers = IssuersAnswer.model_validate_json(listed.content).issuers
    key = next(one for one in issuers if (one.issuer, one.key_id) == (SERVICE, receipt["key_id"]))
    unsigned = {name: value for name, value in receipt.items() if name != "signature"}
    text = json.dumps(unsigned, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.public_key))
    public.verify(base64.b64decode(receipt["signature"]), text)  # raises where it does not hold
    assert (receipt["uscc"], receipt["bank_id"], receipt["granted_by"]) == (uscc, "standard", "the firm")
    term = datetime.fromisoformat(receipt["expires_at"]) - datetime.fromisoformat(receipt["granted_at"])
    assert term == timedelta(days=10)
    assert ask(shop, receipt).status_code == 200
    other = shop.client.post("/v1/quota", json=shop.body(bank="growth", consent=receipt), headers=shop.key("growth"))
    assert other.status_code == 403


def test_giving_twice_is_giving_once_and_the_list_says_what_is_in_force(any_shop):
    """The same request_id and body: the same receipt, byte for byte; another body: 409."""
    shop, uscc = any_shop, any_shop.codes[0]
    first, again = give(shop, uscc), give(shop, uscc)
    assert first.content == again.content
    assert give(shop, uscc, bank="growth").status_code == 409
    assert give(shop, shop.codes[1]).json()["id"] != first.json()["id"]
    revoke(shop, uscc, give(shop, uscc, request_id="give-2").json()["id"])
    listed = shop.client.get("/v1/consents", headers=shop.key(uscc, "enterprise"))
    found = ConsentsAnswer.model_validate_json(listed.content)
    assert [one.state for one in found.consents] == ["in_force", "revoked"]
    assert [one.reason for one in found.revocations] == ["another bank lends"]


def test_the_founders_data_are_given_only_by_a_key_that_may(shop):
    """An enterprise's key without the scope ``personal`` gives no consent to it, and applies without it."""
    uscc = shop.codes[0]
    scope = ["points", "query", "personal"]
    assert give(shop, uscc, scope=scope).status_code == 403
    wide = shop.key(uscc, "enterprise", ("apply", "personal"))
    assert give(shop, uscc, scope=scope, key=wide).status_code == 201


def test_a_revocation_names_what_was_done_before_and_ends_what_comes_after(any_shop):
    """A decision, a bank application and a look at points under the consent are named; then the bank is refused."""
    shop, uscc = any_shop, any_shop.codes[0]
    bank = shop.key("standard")
    body = {"request_id": "apply-1", "banks": ["standard", "growth"], "requested_amount_cny": 3_000_000}
    bank_applications = shop.client.post("/v1/applications", json=body, headers=shop.key(uscc, "enterprise")).json()[
        "bank_applications"
    ]
    consent = bank_applications[0]["consent"]
    decided = ask(shop, consent).json()
    for _ in range(3):
        points = {"uscc": uscc, "consent": consent}
        assert shop.client.post("/v1/points", json=points, headers=bank).status_code == 200
    ask(shop, shop.consent(uscc), request_id="other")  # under another consent
    answer = revoke(shop, uscc, consent["id"])
    found = RevokedAnswer.model_validate_json(answer.content)
    assert {(use.kind, use.bank_id, use.id) for use in found.used} == {
        ("decision", "standard", decided["audit_id"]),
        ("bank_application_action", "standard", bank_applications[0]["bank_application_id"]),
        ("points_seen", "standard", consent["id"]),
    }
    assert len(found.used) == 3  # one look for each day
    assert revoke(shop, uscc, consent["id"]).content == answer.content
    refused = ask(shop, consent, request_id="r9")
    assert (refused.status_code, wheres(refused)) == (403, {"consent.revoked"})
    assert shop.client.post("/v1/points", json={"uscc": uscc, "consent": consent}, headers=bank).status_code == 403
    own = shop.client.post(
        "/v1/quota", json=shop.body(bank="growth", consent=bank_applications[1]["consent"]), headers=shop.key("growth")
    )
    assert own.status_code == 200  # the other bank's consent is another
    assert shop.worker.ledger.verify().breaks == ()


def test_only_its_enterprise_ends_a_consent(shop):
    """Another's is not found; a portal's is ended by its id, for the enterprise that says so and for no other."""
    uscc, other = shop.codes[0], shop.codes[1]
    given = give(shop, uscc).json()
    assert revoke(shop, other, given["id"]).status_code == 404
    assert revoke(shop, uscc, "con-0").status_code == 404
    portals, others = shop.consent(uscc), shop.consent(other)  # the same id at the same portal
    assert ask(shop, portals).status_code == 200
    ended = revoke(shop, uscc, portals["id"], issuer=PORTAL)
    assert [use["kind"] for use in ended.json()["used"]] == ["decision"]
    shop.worker.refresh()
    assert ask(shop, portals, request_id="r9").status_code == 403
    assert ask(shop, others, position=1).status_code == 200


class AnHourLater(datetime):
    """The clock of whoever imports it, an hour ahead."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(hours=1)


def test_an_answered_request_is_answered_again_whatever_became_of_its_consent(any_shop, monkeypatch):
    """The identical body after the consent ended, and the same request with a renewed consent: the recorded answer.

    Another consent that has ended is refused: the body is not the one that was answered.
    """
    shop, uscc = any_shop, any_shop.codes[0]
    short = shop.consent(uscc, consent_id="short", end=((datetime.now(UTC) - NOW).total_seconds() + 1_800) / DAY_S)
    given = give(shop, uscc).json()
    first, second = ask(shop, short), ask(shop, given, request_id="r2")
    assert (first.status_code, second.status_code) == (200, 200)
    revoke(shop, uscc, given["id"])
    monkeypatch.setattr("serving.consents.check.datetime", AnHourLater)
    refused = ask(shop, short, request_id="r3")
    assert refused.status_code == 403
    assert ask(shop, given, request_id="r3").status_code == 403
    renewed = give(shop, uscc, request_id="give-2").json()
    for again in (ask(shop, short), ask(shop, renewed)):
        assert again.content == first.content
    for again in (ask(shop, given, request_id="r2"), ask(shop, renewed, request_id="r2")):
        assert again.content == second.content
    for other in (ask(shop, given), ask(shop, short, request_id="r2")):
        assert (other.status_code, other.json()["type"]) == (403, refused.json()["type"])
    batch = [shop.body(consent=short), shop.body(consent=renewed, request_id="r4")]
    answers = shop.client.post("/v1/quota/batch", json=batch, headers=shop.key("standard"))
    assert answers.json()[0] == first.json()
    changed = ask(shop, renewed, requested_amount_cny=2_000_000)
    assert changed.status_code == 409
    assert ask(shop, short, requested_amount_cny=2_000_000).status_code == 403
    kept = shop.worker.ledger.find(subject=first.json()["audit_id"])[0].content["request"]["consent"]
    assert kept == short  # the record keeps the consent that was used


def test_days_in_words_are_those_of_the_calendar_in_beijing(sqlite_ledger):
    """Half past five in the evening by UTC is the next day there."""
    begin, end = (datetime(2024, 6, day, 17, 30, tzinfo=UTC) for day in (1, 30))
    uscc, book = fictitious_uscc(1), ConsentBook()
    book.refresh(sqlite_ledger)
    over = new_consent("c1", uscc, "standard", ("points",), ("zheke",), "li", begin, end, STRANGER)
    bank = Caller("standard", "bank", "li", "k", frozenset())
    reasons = check_recorded(over.model_dump(mode="json"), uscc, bank, book)
    assert "已于2024年7月1日到期" in "".join(reasons.zh)
    assert "expired on 1 July 2024" in "".join(reasons.en)
    add_revoked(revoked := Checked(), "c1", "2024-06-30T17:30:00.000000+00:00")
    assert revoked.en == ["revoked on 1 July 2024"]


def test_a_forged_consent_opens_no_recorded_answer(shop):
    """Only one that once held does."""
    good = shop.consent(shop.codes[0])
    assert ask(shop, good).status_code == 200
    for bad in (good | {"signature": ""}, good | {"id": "c2"}, None, shop.consent(shop.codes[1])):
        assert ask(shop, bad).status_code == 403
    over = shop.consent(shop.codes[0], key=STRANGER, start=-9, end=-1)
    assert ask(shop, over).status_code == 403


def test_no_decision_follows_a_revocation_that_the_worker_has_not_read_yet(any_shop, monkeypatch):
    """The ledger itself refuses the record: revoked by another process, unread here, and still in time."""
    shop, uscc = any_shop, any_shop.codes[0]
    consent, bank = shop.consent(uscc), shop.key("standard")
    monkeypatch.setattr(shop.worker.consents, "refresh", lambda _: None)
    elsewhere = Ledger(shop.worker.ledger.url)
    key = revocation_key(PORTAL, uscc, consent["id"])
    ((record, _),) = elsewhere.append([Draft(REVOKED, uscc, consent["id"], b"{}", key, "f")])
    answer = shop.client.post("/v1/quota", json=shop.body(consent=consent), headers=bank)
    points = shop.client.post("/v1/points", json={"uscc": uscc, "consent": consent}, headers=bank)
    batch = [shop.body(1), shop.body(consent=consent)]
    many = shop.client.post("/v1/quota/batch", json=batch, headers=bank)
    assert [one.status_code for one in (answer, points, many)] == [403, 403, 403]
    assert wheres(answer) == {"consent.revoked"}
    assert wheres(many) == {"1.consent.revoked"}
    later = [one for one in elsewhere.scan(after=record.seq) if one.kind in ("decision", "points_seen")]
    assert [one.content["request"]["uscc"] for one in later] == [shop.codes[1]]
    elsewhere.close()


def test_revocations_read_too_long_ago_open_nothing(shop, monkeypatch):
    """A worker whose reading hangs refuses after ten seconds, as it does with keys."""
    key = shop.key("standard")
    monkeypatch.setattr(shop.worker.consents, "refresh", lambda _: None)
    shop.worker.consents._read_at -= 11
    answer = shop.client.post("/v1/quota", json=shop.body(), headers=key)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/ledger-unavailable")


def test_every_worker_follows_an_issuer_that_comes_and_goes(open_shop, ledger_url):
    """Registered, its consents hold; ended, none of them does, whenever it was signed; at both workers."""
    one, other = open_shop(ledger_url), open_shop(ledger_url)
    uscc, key_id = one.codes[0], key_id_of(STRANGER.public_key())
    consent = one.consent(uscc, key=STRANGER, issuer="new-portal")
    assert ask(other, consent).status_code == 403
    one.worker.ledger.append([issuer_draft("new-portal", "new", public_key_text(STRANGER.public_key()), "wang")])
    eventually(lambda: ask(other, consent).status_code == 200)
    one.worker.ledger.append([ended_draft("new-portal", key_id, "wang", "it closed")])
    for shop in (one, other):
        eventually(lambda shop=shop: not shop.worker.consents.live_key("new-portal", key_id))
        refused = ask(shop, consent, request_id="r9")
        assert (refused.status_code, wheres(refused)) == (403, {"consent.key_id.ended"})
    assert ask(other, consent).status_code == 200  # what was answered is answered again


def test_a_refused_consent_in_a_batch_is_named_by_its_position(shop):
    """None of the batch is answered, and the fault says which request it is."""
    batch = [shop.body(0), shop.body(1, consent=shop.consent(shop.codes[0])), shop.body(2)]
    answer = shop.client.post("/v1/quota/batch", json=batch, headers=shop.key("standard"))
    assert (answer.status_code, wheres(answer)) == (403, {"1.consent.uscc"})
    assert shop.worker.ledger.counts("decision") == {}


def test_a_consent_names_a_firm_that_may_exist(shop):
    """A wrong check digit in a receipt is a fault of its form."""
    bad = shop.consent(shop.codes[0]) | {"uscc": fictitious_uscc(1)[:-1] + "0"}
    assert ask(shop, bad).status_code in (400, 422)
