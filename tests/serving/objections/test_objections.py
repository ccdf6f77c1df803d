"""An objection moves only along its rules, is the enterprise's own, and is never handled by who filed it."""

from __future__ import annotations

import pytest

from data.uscc import fictitious_uscc
from serving.auth.access import Caller
from serving.contract.refusals import Refusal
from serving.ledger.ledger import Ledger
from serving.objections.objections import (
    FINAL,
    LONGEST_TEXT,
    RULES,
    Action,
    Objection,
    action_draft,
    check_written,
    filing_draft,
    own_objections,
    read_objection,
    read_objections,
)

pytestmark = pytest.mark.law
FIRM, OTHER = fictitious_uscc(19), fictitious_uscc(20)
ABOUT = {"kind": "indicator", "key": "rd_expense", "zh": "研发费用", "en": "R&D expense", "value_zh": "30 万元",
         "value_en": "CNY 300,000", "agency": "tax", "data_date": "2024-04-30"}  # fmt: skip


def firm(uscc: str = FIRM, holder: str = "li", permissions: tuple[str, ...] = ("apply",)) -> Caller:
    return Caller(uscc, "enterprise", holder, "00000000", frozenset(permissions))


def officer(holder: str = "wang", permissions: tuple[str, ...] = ("objections",)) -> Caller:
    return Caller("zone", "zone_officer", holder, "00000000", frozenset(permissions))


def filed(ledger: Ledger, caller: Caller | None = None) -> Objection:
    ((record, _),) = ledger.append([filing_draft(ledger, caller or firm(), ABOUT, "the amount lacks a project")])
    return read_objection(ledger, record.subject, officer())


def act(ledger: Ledger, one: Objection, name: Action, who: Caller | None = None, text: str = "because") -> Objection:
    whose = who or (firm() if RULES[name].role == "enterprise" else officer())
    draft = action_draft(one, name, whose, text)
    ((record, new),) = ledger.append([draft])
    check_written(draft, record, new=new)
    return read_objection(ledger, one.objection_id, officer())


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        (("begin_review", "uphold"), "upheld"),
        (("begin_review", "reject"), "rejected"),
        (("begin_review", "want_information", "give_information", "reject"), "rejected"),
        (("begin_review", "want_information", "withdraw"), "withdrawn"),
        (("withdraw",), "withdrawn"),
    ],
)
def test_every_path_to_an_end_is_recorded_step_by_step(sqlite_ledger, actions, state):
    one = filed(sqlite_ledger)
    for name in actions:
        assert name in one.next_actions(RULES[name].role)
        one = act(sqlite_ledger, one, name, text=f"text of {name}")
    assert (one.state, one.is_open, state in FINAL) == (state, False, True)
    assert [step["text"] for step in one.steps] == ["the amount lacks a project", *(f"text of {it}" for it in actions)]
    assert one.about == ABOUT  # upheld or not, the value as it was on the day of filing stays in the record
    assert sqlite_ledger.verify().breaks == ()


def test_nothing_follows_an_end_and_nothing_is_decided_without_review(sqlite_ledger):
    one = filed(sqlite_ledger)
    for name in ("uphold", "reject", "want_information", "give_information"):
        with pytest.raises(Refusal) as caught:
            act(sqlite_ledger, one, name)
        assert caught.value.key == "illegal-action"
    one = act(sqlite_ledger, one, "withdraw")
    for name in RULES:
        with pytest.raises(Refusal) as caught:
            act(sqlite_ledger, one, name)
        assert caught.value.key == "illegal-action"
    assert one.next_actions("zone_officer") == one.next_actions("enterprise") == []


@pytest.mark.parametrize("name", ["li", " LI ", "Ｌｉ"])
def test_who_filed_it_does_not_handle_it_however_the_name_is_written(sqlite_ledger, name):
    one = filed(sqlite_ledger, firm(holder="li"))
    with pytest.raises(Refusal) as caught:
        act(sqlite_ledger, one, "begin_review", officer(name))
    assert caught.value.key == "four-eyes"
    assert act(sqlite_ledger, one, "begin_review", officer("wang")).state == "under_review"


def test_who_sent_information_does_not_decide_it(sqlite_ledger):
    one = act(sqlite_ledger, act(sqlite_ledger, filed(sqlite_ledger), "begin_review"), "want_information")
    one = act(sqlite_ledger, one, "give_information", firm(holder="zhao"))
    with pytest.raises(Refusal) as caught:
        act(sqlite_ledger, one, "uphold", officer("zhao"))
    assert caught.value.key == "four-eyes"


def test_an_enterprise_sees_and_touches_only_its_own(sqlite_ledger):
    one = filed(sqlite_ledger)
    assert [it.objection_id for it in own_objections(sqlite_ledger, firm())] == [one.objection_id]
    assert own_objections(sqlite_ledger, firm(OTHER)) == []
    for call in (
        lambda: read_objection(sqlite_ledger, one.objection_id, firm(OTHER)),
        lambda: action_draft(one, "withdraw", firm(OTHER), "mine now"),
        lambda: read_objection(sqlite_ledger, "obj-unknown", officer()),
    ):
        with pytest.raises(Refusal) as caught:
            call()
        assert caught.value.key == "not-found"


@pytest.mark.parametrize(
    ("who", "name"),
    [
        (firm(), "begin_review"),  # an officer's action
        (officer(), "withdraw"),  # the enterprise's
        (officer(permissions=("firms",)), "begin_review"),
        (Caller("bank-a", "bank", "sun", "0", frozenset(("objections", "apply"))), "begin_review"),
        (Caller("op", "operator", "sun", "0", frozenset(("objections", "apply"))), "begin_review"),
    ],
)
def test_another_role_or_a_missing_permission_is_refused(sqlite_ledger, who, name):
    with pytest.raises(Refusal) as caught:
        act(sqlite_ledger, filed(sqlite_ledger), name, who)
    assert caught.value.key == "permission-missing"


def test_only_an_enterprise_with_the_permission_files_and_reads(sqlite_ledger):
    for who in (officer(), firm(permissions=("points",)), Caller("b", "bank", "sun", "0", frozenset(("apply",)))):
        with pytest.raises(Refusal) as caught:
            filing_draft(sqlite_ledger, who, ABOUT, "wrong")
        assert caught.value.key == "permission-missing"
    with pytest.raises(Refusal):
        own_objections(sqlite_ledger, Caller("b", "bank", "sun", "0", frozenset(("objections", "apply"))))


def test_one_open_objection_to_a_subject_and_another_after_its_end(sqlite_ledger):
    draft = filing_draft(sqlite_ledger, firm(), ABOUT, "wrong")
    ((first, new),) = sqlite_ledger.append([draft])
    ((again, second),) = sqlite_ledger.append([draft])  # sent twice at once
    assert (new, second, first.subject) == (True, False, again.subject)
    with pytest.raises(Refusal) as caught:
        filing_draft(sqlite_ledger, firm(), ABOUT, "wrong still")
    assert caught.value.key == "illegal-action"
    other = {**ABOUT, "key": "rd_intensity"}
    sqlite_ledger.append([filing_draft(sqlite_ledger, firm(), other, "wrong too")])
    act(sqlite_ledger, read_objection(sqlite_ledger, first.subject, firm()), "withdraw")
    ((later, fresh),) = sqlite_ledger.append([filing_draft(sqlite_ledger, firm(), ABOUT, "after all")])
    assert fresh
    assert later.subject != first.subject
    assert len(read_objections(sqlite_ledger, FIRM)) == 3


def test_of_two_raced_actions_one_wins_and_the_other_is_refused(sqlite_ledger):
    one = act(sqlite_ledger, filed(sqlite_ledger), "begin_review")
    first, second = (action_draft(one, name, officer(), "r") for name in ("uphold", "reject"))
    sqlite_ledger.append([first])
    ((record, new),) = sqlite_ledger.append([second])
    with pytest.raises(Refusal) as caught:
        check_written(second, record, new=new)
    assert caught.value.key == "illegal-action"
    assert read_objection(sqlite_ledger, one.objection_id, firm()).state == "upheld"


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (LONGEST_TEXT + 1), "a\0b"])
def test_a_text_is_needed_and_has_a_size(sqlite_ledger, text):
    with pytest.raises(Refusal) as caught:
        filing_draft(sqlite_ledger, firm(), ABOUT, text)
    assert caught.value.faults[0].texts[0] == "1 至 500 个字的说明"
    assert read_objections(sqlite_ledger) == []
