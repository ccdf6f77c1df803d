"""Every act that names an object, by its owner, by another of the same role, and by every other role.

The table is written by hand: an act on a new object is open to nobody before its row is here. Whoever may not act on
the object gets exactly what is answered about an object that never was, and the ledger holds nothing of the attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from serving.console.points_certificate import issued_to
from serving.console.sessions import Sessions
from serving.http.examples import RECEIPT
from tests.serving.console.planted_owners import Owners, absent
from tests.serving.console.planted_people import PEOPLE, new, read, triggers

Values = Callable[[Owners, str], Mapping[str, Any]]


def only(**values: Any) -> Values:
    """Values of which ``{id}`` is the object."""

    def filled(value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {key: filled(one, name) for key, one in value.items()}
        return value.replace("{id}", name) if isinstance(value, str) else value

    return lambda _, name: filled(values, name)


def outcome(prefix: str, where: str) -> Values:
    """The form of what came of a firm: the pair, and the list or event in which it was shown."""

    def values(_: Owners, name: str) -> Mapping[str, Any]:
        uscc, demand, number = name.split("|")
        about = {"query_id": None, "event_id": None} | {where: number}
        return {f"{prefix}-pair": f"{demand}|{uscc}", f"{prefix}-steps": ["met"], f"{prefix}-list": about}

    return values


def plan(owners: Owners, name: str) -> Mapping[str, Any]:
    """Invitations to an event for a demand that is open."""
    return {"plan-event": name, "plan-demands": [owners.held("demand")]}


def pairs(owners: Owners, name: str) -> Mapping[str, Any]:
    """A pair to invite to an event."""
    uscc, demand, _ = owners.held("shown").split("|")
    return {"plan-event": name, "plan-kept": [[demand, uscc]]}


def cutoff(owners: Owners, name: str) -> Mapping[str, Any]:
    """A cut-off of a declaration."""
    return {"declaration-number": name, "declaration-cutoff-kind": "ship", "declaration-cutoff-milestone": "released",
            "declaration-cutoff-at": "2036-01-31 08:00:00", "declaration-cutoff-fee": 0}  # fmt: skip


WHY = {"account-id": "{id}", "account-reason": "a test"}
KEY = {"keys-key": "{id}", "keys-why": "a test"}
DUE = {"bank-application-id": "{id}"}
NODE = {"chain_id": "small", "node_id": "{id}"}
# what begins the act: kind of the object, what is sent, words of the answer.
# does : the act is done, and recorded; reads : it is answered, without a record of the ledger; hidden : as if there
# were no such object; eyes : only somebody else may; none : the object may be read, the act is another role's;
# shut : the role has no such page.
#                                           firm   firm_b  bank   bank_b  officer (2)   analyst (2)   operator (2)
ACTS: dict[str, tuple[str, Values, str, str]] = {
    "applications-withdraw": ("application", only(**{"applications-id": "{id}", "applications-reason": "另有安排"}),
        "申请已撤回",                        "does   hidden  shut   shut    shut   shut   shut   shut   shut   shut"),
    "objections-new-send": ("decision", only(**{"objections-new-text": "数据不符", "objections-new-subject":
        {"kind": "reason", "decision": "{id}", "number": "0"}}),
        "异议已提交",                        "does   hidden  shut   shut    shut   shut   shut   shut   shut   shut"),
    "objections-act begin_review": ("objection", only(), "已记录",
                                            "none   hidden  shut   shut    does   does   shut   shut   shut   shut"),
    "objections-act withdraw": ("objection", only(), "已记录",
                                            "does   hidden  shut   shut    none   none   shut   shut   shut   shut"),
    "consents-revoke": ("consent", only(**{"consents-id": "{id}", "consents-reason": "换了银行"}), "换了银行",
                                            "does   hidden  shut   shut    shut   shut   shut   shut   shut   shut"),
    "owndemand-close": ("demand", only(**{"owndemand-id": "{id}", "owndemand-reason": "已解决"}), "需求已关闭",
                                            "does   hidden  shut   shut    shut   shut   shut   shut   shut   shut"),
    "closing-button": ("demand", only(**{"demand-number": "{id}", "closing-reason": "已解决"}), "需求已关闭",
                                            "shut   shut    shut   shut    does   does   shut   shut   shut   shut"),
    "owndemand-outcome-record": ("listed", outcome("owndemand-outcome", "query_id"), "已登记",
                                            "does   hidden  shut   shut    shut   shut   shut   shut   shut   shut"),
    "demand-record": ("shown", outcome("demand", "query_id"), "已登记",
                                            "shut   shut    shut   shut    does   does   shut   shut   shut   shut"),
    "event-record": ("invited", outcome("event", "event_id"), "已登记：",
                                            "shut   shut    shut   shut    does   does   shut   shut   shut   shut"),
    "plan-make": ("event", plan, "plan-kept",
                                            "shut   shut    shut   shut    does   does   shut   shut   shut   shut"),
    "plan-record": ("event", pairs, "已登记邀请 1 家企业",
                                            "shut   shut    shut   shut    does   does   shut   shut   shut   shut"),
    "certificate-yes": ("uncertified", only(**{"certificate-uscc": "{id}"}), "已开具",
                                            "shut   shut    shut   shut    does   does  shut   shut   shut   shut"),
    "portrait-ask": ("firm", only(**{"portrait-uscc": "{id}"}), "portrait-demands",
                                            "shut   shut    shut   shut    does   does   shut   shut   shut   shut"),
    "suppliers-firm-search": ("firm", only(**{"suppliers-firm": "{id}"}), "suppliers-demands",
                                            "shut   shut    shut   shut    does   does   shut   shut   shut   shut"),
    "correction-record": ("node", only(**{"correction-item": "firm|W000001", "correction-right": "right",
        "correction-reason": "看过现场", "correction-node": NODE}), "已登记",
                                            "shut   shut    shut   shut    does   does   shut   shut   shut   shut"),
    "campaign-record": ("node", only(**{"campaign-firm": "W000001", "campaign-status": "contacted",
        "campaign-role": "investment_office", "campaign-reason": "展会", "campaign-node": NODE}), "已登记",
                                            "shut   shut    shut   shut    does   does   shut   shut   shut   shut"),
    "placements-right": ("waiting", lambda _, name: {"placements-grid": [{"id": name}], "placements-kind": "patent",
        "placements-reason": "看过现场"}, "已确认 1 条",
                                            "shut   shut    shut   shut    does   does   shut   shut   shut   shut"),
    # A cut-off is kept, with who set it, in the store of clearance.
    "declaration-cutoff-send": ("declaration", cutoff, "已登记",
                                            "reads   hidden  shut   shut    reads   reads   shut   shut   shut   shut"),
    "job-poll": ("job", only(**{"job-id": "{id}"}), "试算甲",
                                            "shut   shut    shut   shut    shut   shut   reads  hidden shut   shut"),
    "job-cancel": ("job", only(**{"job-id": "{id}"}), "已取消",
                                            "shut   shut    shut   shut    shut   shut   does   hidden shut   shut"),
    "job-measure": ("ended_job", only(**{"job-id": "{id}", "job-measure": "points", "job-grouping": "growth_stage"}),
        "job-moves",                        "shut   shut    shut   shut    shut   shut   reads  hidden shut   shut"),
    "bank-quota-button": ("application", only(**DUE, **{"bank-quota-debt": 0, "bank-quota-overdue": 0,
        "bank-quota-guarantees": 0}), "done=quota",
                                            "shut   shut    does   hidden  shut   shut   shut   shut   shut   shut"),
    "bank-visit-button": ("application", lambda owners, name: {"bank-application-id": name, "bank-visit-day":
        owners.today, "bank-visit-findings": "两条生产线", "bank-visit-recommended": "yes"}, "record_due_diligence",
                                            "shut   shut    does   hidden  shut   shut   shut   shut   shut   shut"),
    "bank-grant-button": ("visited", only(**DUE, **{"bank-grant-amount": 100, "bank-grant-rate": 4.35,
        "bank-grant-tenor": 12, "bank-grant-reason": "订单充足", "bank-grant-sure": True}), "done=grant",
                                            "shut   shut    does   hidden  shut   shut   shut   shut   shut   shut"),
    "bank-decline-button": ("application", only(**DUE, **{"bank-decline-reason": "订单不足", "bank-decline-sure":
        True}), "done=decline",             "shut   shut    does   hidden  shut   shut   shut   shut   shut   shut"),
    "bank-decision-button": ("decision", only(**{"bank-decision-id": "{id}"}), "/console/decisions/{id}",
                                            "shut   shut    reads  hidden  shut   shut   shut   shut   shut   shut"),
    "bank-override-button": ("decision", lambda owners, name: {"bank-decision-of": name, "bank-override-outcome":
        "declined", "bank-override-amount": 0, "bank-override-end": owners.soon, "bank-override-reason": "停产",
        "bank-override-sure": True}, "done=override",
                                            "shut   shut    does   hidden  shut   shut   shut   shut   shut   shut"),
    "bank-replay-button": ("decision", only(**{"bank-decision-of": "{id}"}), "复现",
                                            "shut   shut    reads  hidden  shut   shut   shut   shut   shut   shut"),
    "account-disable": ("account", only(**WHY), "已停用",
                                            "shut   shut    shut   shut    shut   shut   shut   shut   does   does"),
    "account-enable": ("account", only(**WHY), "可以登录",
                                            "shut   shut    shut   shut    shut   shut   shut   shut   does   does"),
    "account-reset": ("account", only(**WHY), "clerk-",
                                            "shut   shut    shut   shut    shut   shut   shut   shut   does   does"),
    "account-change-role": ("account", only(**WHY, **{"account-new-role": "policy_analyst"}), "clerk-",
                                            "shut   shut    shut   shut    shut   shut   shut   shut   does   does"),
    "binding-bind": ("unbound", only(**{"binding-account": "{id}", "binding-caller": "", "binding-reason": "a test"}),
        "现在代表",                          "shut   shut    shut   shut    does   does   shut   shut   does   does"),
    "keys-rotate": ("key", only(**KEY), "ip_",
                                            "shut   shut    shut   shut    shut   shut   shut   shut   does   does"),
    "keys-end": ("key", only(**KEY), "已终止",
                                            "shut   shut    shut   shut    shut   shut   shut   shut   does   does"),
    "releases-open": ("release", only(**{"releases-open": "{id}"}), "4.17",
                                            "shut   shut    shut   shut    shut   shut   shut   shut   reads  reads"),
    "releases-activate": ("release", lambda owners, name: {"releases-open": name, "releases-day": owners.today,
        "releases-reason": "a test"}, "已启用",
                                            "shut   shut    shut   shut    shut   shut   shut   shut   eyes   does"),
}  # fmt: skip
# Forms of what is not there yet, searches and filters, and what is one's own alone: no object is named. Where the form
# chooses the identifier, a taken one is tried below; banks, patents and runs of training have no owner.
NO_OBJECT = (
    "url", "points-advise", "indications-show", "applying-banks", "applying-send", "consents-bank", "consents-give",
    "consents-zone-give", "bank-inbox-pages", "bank-decisions-pages",
    "owndemand-post", "zonedemand-post", "owndemands-look", "firms-stage", "firms-grid", "firms-clear",
    "certificate-open", "certificate-check", "demands-field", "suppliers-search", "event-announce", "plan-field",
    "gaps-flag", "targets-chain", "placements-kind", "funders-show", "clearance-tick", "clearance-message",
    "clearance-check", "approvals-tick", "approvals-log", "incubator-entry-send", "incubator-report-file",
    "incubator-correction-send", "reform-stage", "reform-bank", "reform-changes", "reform-run", "reform-save",
    "reform-load", "jobs-poll", "runs-start", "bank-grant-amount", "bank-portfolio-button", "accounts-make",
    "keys-issue", "releases-propose", "change-bank", "change-propose", "ledger-verify", "ledger-timer", "ledger-sign",
    '{"key":["ALL"],"type":"reform-field"}',
)  # fmt: skip
PRESSED = '{"action":["ALL"],"type":"objections-act"}'


def tried(owners: Owners, who: str, act: str, name: str) -> Any:
    """The answer to one act on one object."""
    trigger, _, action = act.partition(" ")
    if action:
        return owners.act_on_objection(who, action, name, "按材料核对")
    return owners.call(who, trigger, ACTS[act][1](owners, name))


def test_every_act_that_names_an_object_has_its_row(owners):
    """As registered with Dash: each callback begins with something that is in the table or listed above."""
    known = {PRESSED if " " in act else act for act in ACTS} | set(NO_OBJECT)
    begun = [triggers(one) for one in owners.console.dash_app.callback_map.values() if "callback" in one]
    assert [one for one in begun if not one & known] == []
    assert known - set().union(*begun) == set()


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_done_for_whom_the_table_says_and_for_nobody_else(owners: Owners, act: str):
    """First everybody who may not: the same answer as without an object, and nothing recorded; then who may."""
    kind, _, words, row = ACTS[act]
    wanted, name = dict(zip(PEOPLE, row.split(), strict=True)), owners.made(kind)
    never = absent(kind, name)
    ACTS[act][1](owners, name)  # what the act needs beside its object is made by now
    before = owners.records()
    for who in (one for one in PEOPLE if wanted[one] not in ("does", "reads")):
        got, without = tried(owners, who, act, name), tried(owners, who, act, never)
        assert got.status_code == (403 if wanted[who] == "shut" else 200), (who, got.text)
        if wanted[who] == "hidden":
            assert without.status_code == 200
            assert read(got).replace(name, "ID") == read(without).replace(never, "ID"), who
        elif wanted[who] == "eyes":
            assert "另一" in read(got), read(got)
    assert owners.records() == before
    for who in (one for one in PEOPLE if wanted[one] in ("does", "reads")):
        mine = name or owners.made(kind)
        name = ""  # the next one acts on one of its own
        before = owners.records()
        assert words.replace("{id}", mine) not in tried(owners, who, act, never).text
        assert owners.records() == before
        done = tried(owners, who, act, mine)
        assert done.status_code == 200, done.text
        assert words.replace("{id}", mine) in read(done), read(done)
        assert (owners.records() > before) == (wanted[who] == "does"), who


@pytest.mark.parametrize(
    ("trigger", "prefix", "who"),
    [("owndemand-post", "owndemand", "firm_b"), ("zonedemand-post", "zonedemand", "officer")],
)
def test_an_identifier_that_a_form_sends_takes_over_no_demand(owners: Owners, trigger: str, prefix: str, who: str):
    """The demand stays its owner's, word for word; nothing is recorded and nothing of it is shown."""
    demand = owners.made("demand")
    before, shown = owners.records(), owners.view("firm").api.get(f"/v1/demands/{demand}")
    sent = {f"{prefix}-number": demand, f"{prefix}-problem": "另一个问题，另一家企业。", f"{prefix}-visible_to": "zone",
            f"{prefix}-uscc": owners.shop.codes[2]}  # fmt: skip
    answer = read(owners.call(who, trigger, sent))
    assert "/console/demands/" not in answer
    assert shown["problem"] not in answer
    assert owners.records() == before
    assert owners.view("firm").api.get(f"/v1/demands/{demand}") == shown


def test_a_message_about_anothers_declaration_changes_nothing_for_its_owner(owners: Owners):
    """What an enterprise sends is followed on its own side alone."""
    where = f"/v1/clearance/declarations/{owners.held('declaration')}"

    def seen() -> list[dict[str, Any]]:
        found = [owners.view(who).api.get(where) for who in ("firm", "officer", "officer_b")]
        return [{name: value for name, value in one.items() if name != "known_at"} for one in found]  # the instant

    before = seen()
    stranger = owners.shop.key(owners.shop.codes[3], "enterprise") | {"content-type": "application/xml"}
    answer = owners.shop.client.post("/v1/clearance/messages", content=RECEIPT.encode(), headers=stranger)
    assert answer.status_code == 201, answer.text
    assert seen() == before


def test_a_certificate_opens_to_everybody_with_its_number_and_code_and_to_nobody_with_one_of_them(owners: Owners):
    """The number alone says no more than one that was never issued."""
    number = owners.held("certificate")
    (found,) = [one for one in issued_to(owners.shop.worker.ledger, owners.shop.codes[0]) if one["number"] == number]
    for who in PEOPLE:
        right, wrong, never = (
            read(owners.call(who, "certificate-check", {"certificate-number": one, "certificate-code": code}))
            for one, code in (
                (number, found["code"]), (number, absent("", found["code"])), (absent("", number), found["code"]),
            )
        )  # fmt: skip
        assert owners.shop.codes[0] in right, who
        assert wrong == never, who
        assert owners.shop.codes[0] not in wrong, who


def test_nobody_acts_on_the_own_account_and_who_made_one_does_not_bind_it(owners: Owners):
    """Another person has to; nothing is recorded."""
    made = owners.call("operator", "accounts-make", {
        "accounts-name": f"mine-{new()}", "accounts-role": "zone_officer", "accounts-holder": f"holder {new()}",
        "accounts-reason": "a test",
    })  # fmt: skip
    account = next(one["id"] for one in made.get_json()["response"]["accounts-grid"]["rowData"]
                   if one["name"].startswith("mine-"))  # fmt: skip
    before = owners.records()
    own = owners.stored["operator"].account_id
    for act in ("account-disable", "account-enable", "account-reset", "account-change-role"):
        sent = {"account-id": own, "account-reason": "a test", "account-new-role": "bank"}
        assert "另一" in read(owners.call("operator", act, sent)) or "本人" in read(owners.call("operator", act, sent))
    bound = {"binding-account": account, "binding-caller": "", "binding-reason": "a test"}
    assert "现在代表" not in read(owners.call("operator", "binding-bind", bound))
    assert owners.records() == before
    assert "现在代表" in read(owners.call("officer", "binding-bind", bound))


def test_a_session_is_ended_by_its_owner_alone(owners: Owners):
    """Anybody else is answered as about a session that there is not, an operator too."""
    ledger = owners.shop.worker.ledger
    token = Sessions(ledger).begin(owners.stored["firm"].account_id, "another browser")
    session_id = Sessions(ledger).find(token).session.session_id
    for who in PEOPLE[1:]:
        theirs, none = (owners.browsers[who].post(f"/account/sessions/{one}/end")
                        for one in (session_id, absent("", session_id)))  # fmt: skip
        assert (theirs.status_code, theirs.text) == (none.status_code, none.text) == (404, none.text), who
    assert Sessions(ledger).find(token) is not None
    assert owners.browsers["firm"].post(f"/account/sessions/{session_id}/end").status_code == 303
    assert Sessions(ledger).find(token) is None
