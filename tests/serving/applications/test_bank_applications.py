"""Orders move only along their rules, and two people are needed for a release."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from data.texts.sentences import label
from data.uscc import fictitious_uscc
from serving.applications.bank_applications import (
    FINAL,
    RULES,
    STATES,
    Action,
    action_draft,
    application_drafts,
    overdue_drafts,
    read_bank_application,
    read_bank_applications,
)
from serving.auth.access import RESERVED_HOLDERS, Caller
from serving.consents.giving import new_consent
from serving.contract.refusals import Refusal
from serving.ledger.ledger import Draft, Ledger, Record
from serving.releases.releases import activation, bootstrap, in_force, proposal, release_id

pytestmark = pytest.mark.law
FIRM, KEY = fictitious_uscc(19), Ed25519PrivateKey.from_private_bytes(bytes(32))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LEGAL = [
    ("decline",),
    ("withdraw",),
    ("record_due_diligence", "grant"),
    ("record_due_diligence", "record_due_diligence", "decline"),
    ("record_due_diligence", "withdraw"),
]


def who(holder: str, caller: str = "zone") -> Caller:
    """An operator."""
    return Caller(caller, "operator", holder, "00000000", frozenset(("release",)))


def activated(ledger: Ledger, subject: str, holder: str, day: date) -> Draft:
    """The draft of an activation that changes something."""
    found = activation(ledger, subject, who(holder), day, "r")
    assert isinstance(found, Draft)
    return found


def sent(ledger: Ledger) -> str:
    """An application to two banks; the first one's order."""
    end = NOW + timedelta(days=30)
    consents = {
        bank: new_consent("c", FIRM, bank, ("points",), ("zheke",), "li", NOW, end, KEY)
        for bank in ("bank-a", "bank-b")
    }
    request = {"amount": 1, "banks": list(consents)}
    drafts = application_drafts(FIRM, "r1", request, consents, {"total": 80.0}, end)
    return ledger.append(drafts)[1][0].subject


def action(ledger: Ledger, bank_application_id: str, name: Action) -> None:
    """Take one action."""
    bank_application = read_bank_application(ledger, bank_application_id)
    ledger.append([action_draft(bank_application, name, bank_application.bank_id, {"reason": "r"}, NOW)])


@pytest.mark.parametrize("actions", LEGAL)
def test_legal_actions_reach_their_state(sqlite_ledger: Ledger, actions: tuple[Action, ...]) -> None:
    """Each action of a legal path is recorded and seen."""
    bank_application_id = sent(sqlite_ledger)
    for name in actions:
        action(sqlite_ledger, bank_application_id, name)
    bank_application = read_bank_application(sqlite_ledger, bank_application_id)
    assert bank_application.state == RULES[actions[-1]].leads_to
    assert len(bank_application.actions) == len(actions) + 1


def test_every_action_from_every_other_state_is_refused(sqlite_ledger: Ledger) -> None:
    """Nothing happens after an end, and no grant without due diligence."""
    bank_application_id = sent(sqlite_ledger)
    with pytest.raises(Refusal) as caught:
        action(sqlite_ledger, bank_application_id, "grant")
    assert caught.value.key == "illegal-action"
    action(sqlite_ledger, bank_application_id, "decline")
    for name in RULES:
        with pytest.raises(Refusal):
            action(sqlite_ledger, bank_application_id, name)


def test_a_refused_action_names_the_states_that_allow_it_in_both_languages(sqlite_ledger: Ledger) -> None:
    """No code word in Chinese: what may be done and the states have names."""
    bank_application_id = sent(sqlite_ledger)
    with pytest.raises(Refusal) as caught:
        action(sqlite_ledger, bank_application_id, "grant")
    assert caught.value.faults[0].texts == (
        "以下状态才可批复：尽职调查中",
        "granting only in one of these states: under due diligence",
    )
    for name in RULES:
        assert label(f"application.action.{name}")
    action(sqlite_ledger, bank_application_id, "decline")
    for name in RULES:
        with pytest.raises(Refusal) as caught:
            action(sqlite_ledger, bank_application_id, name)
        zh, en = caught.value.faults[0].texts
        assert not any(letter.isascii() and letter.isalpha() for letter in zh)
        assert "_" not in en
    assert [label(f"application.state.{state}")[0] for state in STATES][2:4] == ["已批复", "已拒绝"]


def test_of_two_raced_actions_one_wins(sqlite_ledger: Ledger) -> None:
    """Both are made from the same state; the second finds its number taken."""
    bank_application = read_bank_application(sqlite_ledger, sent(sqlite_ledger))
    ((_, first),) = sqlite_ledger.append([action_draft(bank_application, "decline", "bank-a", {}, NOW)])
    ((record, second),) = sqlite_ledger.append([action_draft(bank_application, "withdraw", FIRM, {}, NOW)])
    assert (first, second) == (True, False)
    assert record.content["action"] == "decline"


def test_overdue_bank_applications_expire_and_take_no_other_step(sqlite_ledger: Ledger) -> None:
    """Past its date a bank application can only expire, and the sweep lets it."""
    bank_application_id = sent(sqlite_ledger)
    late = NOW + timedelta(days=31)
    with pytest.raises(Refusal):
        action_draft(read_bank_application(sqlite_ledger, bank_application_id), "withdraw", FIRM, {}, late)
    sqlite_ledger.append(overdue_drafts(sqlite_ledger, late))
    assert {bank_application.state for bank_application in read_bank_applications(sqlite_ledger)} == {"expired"}
    assert overdue_drafts(sqlite_ledger, late) == []
    assert "expired" in FINAL


def test_a_bank_lists_only_its_own_orders(sqlite_ledger: Ledger) -> None:
    """One application makes one bank application for each bank, and each sees one."""
    sent(sqlite_ledger)
    assert [
        bank_application.bank_id for bank_application in read_bank_applications(sqlite_ledger, bank_id="bank-b")
    ] == ["bank-b"]
    assert len(read_bank_applications(sqlite_ledger, uscc=FIRM)) == 2


def test_the_proposer_cannot_activate(sqlite_ledger: Ledger) -> None:
    """Four eyes: the same holder is a 403, another one is not; nothing unproposed can be activated."""
    subject = release_id("policy", "*", "p2")
    with pytest.raises(Refusal) as missing:
        activation(sqlite_ledger, subject, who("wang"), date(2026, 1, 1), "r")
    assert missing.value.key == "not-found"
    sqlite_ledger.append([proposal("policy", "*", "p2", {"cap": 1}, who("li"), "r")])
    with pytest.raises(Refusal) as caught:
        activation(sqlite_ledger, subject, who("li"), date(2026, 1, 1), "r")
    assert caught.value.key == "four-eyes"
    sqlite_ledger.append([activated(sqlite_ledger, subject, "wang", date(2026, 1, 1))])
    found = in_force(sqlite_ledger, "policy", "bank-a", date(2026, 5, 1))
    assert found is not None
    assert (found.version, found.proposed_by, found.activated_by) == ("p2", "li", "wang")
    assert not found.bootstrap


@pytest.mark.parametrize("name", ["li", " LI ", "Li", "ｌｉ"])
def test_one_person_is_one_person_however_the_name_is_written(sqlite_ledger: Ledger, name: str) -> None:
    """Case, spaces, full-width letters and another caller do not make a second person."""
    sqlite_ledger.append([proposal("policy", "*", "p2", {}, who("li"), "r")])
    with pytest.raises(Refusal) as caught:
        activation(sqlite_ledger, release_id("policy", "*", "p2"), who(name, "another-zone"), date(2026, 1, 1), "r")
    assert caught.value.key == "four-eyes"


@pytest.mark.parametrize("name", RESERVED_HOLDERS)
def test_no_holders_name_lets_one_person_do_both(sqlite_ledger: Ledger, name: str) -> None:
    """A name of the program's own proposes nothing and activates nothing, whoever proposed."""
    with pytest.raises(Refusal) as caught:
        proposal("policy", "*", "p1", {}, who(name), "r")
    assert caught.value.key == "four-eyes"
    sqlite_ledger.append([proposal("policy", "*", "p2", {}, who("li"), "r")])
    with pytest.raises(Refusal) as caught:
        activation(sqlite_ledger, release_id("policy", "*", "p2"), who(name.upper()), date(2026, 1, 1), "r")
    assert caught.value.key == "four-eyes"


def test_the_first_releases_say_that_nobody_reviewed_them(sqlite_ledger: Ledger) -> None:
    """Records and answers of the first releases of an empty ledger carry the mark, and no later one can."""
    day = date(2026, 1, 1)
    sqlite_ledger.append(bootstrap(sqlite_ledger, "policy", "*", "p1", {}, day))
    found = in_force(sqlite_ledger, "policy", "bank-a", day)
    assert found is not None
    assert (found.bootstrap, found.activated_by) == (True, "set-up")
    assert {record.content["reason"] for record in sqlite_ledger.scan()} == {"first release, not reviewed"}
    assert all(record.content["bootstrap"] for record in sqlite_ledger.scan())


def test_a_then_b_then_a_on_one_day_ends_with_a(sqlite_ledger: Ledger) -> None:
    """Each activation that changes what is in force is a record; one that changes nothing is none."""
    day, a, b = date(2026, 1, 5), release_id("policy", "*", "a"), release_id("policy", "*", "b")
    for version in "ab":
        sqlite_ledger.append([proposal("policy", "*", version, {"v": version}, who("li"), "r")])
    seen = []
    for subject in (a, b, a):
        sqlite_ledger.append([activated(sqlite_ledger, subject, "wang", day)])
        found = in_force(sqlite_ledger, "policy", "bank-a", day)
        assert found is not None
        seen.append(found.version)
    assert seen == ["a", "b", "a"]
    before = activation(sqlite_ledger, a, who("wang"), day, "again")
    assert isinstance(before, Record)
    assert before.seq == sqlite_ledger.tip()
    sqlite_ledger.append([activated(sqlite_ledger, b, "wang", date(2026, 2, 1))])
    assert isinstance(activation(sqlite_ledger, a, who("wang"), date(2026, 1, 20), "r"), Record)
    assert isinstance(activation(sqlite_ledger, a, who("wang"), date(2026, 2, 1), "r"), Draft)


def test_of_two_raced_activations_one_wins(sqlite_ledger: Ledger) -> None:
    """Both are made from the same state; the second finds its number taken."""
    for version in "ab":
        sqlite_ledger.append([proposal("policy", "*", version, {}, who("li"), "r")])
    drafts = [activated(sqlite_ledger, release_id("policy", "*", v), "wang", date(2026, 1, 5)) for v in "ab"]
    receipts = [sqlite_ledger.append([draft])[0] for draft in drafts]
    assert [fresh for _, fresh in receipts] == [True, False]
    assert receipts[1][0].fingerprint != drafts[1].fingerprint


def test_in_force_answers_for_every_day(sqlite_ledger: Ledger) -> None:
    """Before the first date nothing; then the latest; a bank's own release goes before everybody's."""
    for version, owner, day in (("p1", "*", 1), ("p2", "*", 10), ("own", "bank-a", 5)):
        sqlite_ledger.append([proposal("policy", owner, version, {}, who("li"), "r")])
        subject = release_id("policy", owner, version)
        sqlite_ledger.append([activated(sqlite_ledger, subject, "wang", date(2026, 1, day))])

    def version_on(bank: str, day: date) -> str | None:
        found = in_force(sqlite_ledger, "policy", bank, day)
        return found.version if found else None

    assert version_on("bank-b", date(2025, 12, 31)) is None
    assert [version_on("bank-b", date(2026, 1, day)) for day in (1, 9, 10)] == ["p1", "p1", "p2"]
    assert [version_on("bank-a", date(2026, 1, day)) for day in (4, 5, 20)] == ["p1", "own", "own"]
