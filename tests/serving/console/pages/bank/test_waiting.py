"""What waits for a bank's people beside its applications."""

from __future__ import annotations

from types import SimpleNamespace

from serving.console.pages.bank import overriding, waiting


def test_a_second_person_is_waited_for_and_drift_is_said(people, monkeypatch):
    """The first person's approval of a decline waits for everybody but that person; an alarm counts one."""
    declined = people.of_outcome("declined")
    audit_id = people.quota(people.apply(declined)[0])["audit_id"]
    end = str(people.today.replace(year=people.today.year + 1, day=1))
    overriding.override(people.view("李一"), audit_id, "approved", 50, end, "已核实")
    drift = SimpleNamespace(as_dict=lambda: {"banks": {"standard": {"alarm": True}}})
    monkeypatch.setattr(waiting.book, "drift_of", lambda view: (drift.as_dict(), drift.as_dict()["banks"]["standard"]))
    own, other, another = (
        waiting.of_decisions(people.view(*who)) for who in (("李一",), ("王二",), ("王二", "growth"))
    )
    assert [one.count for one in own] == [1]  # the alarm alone
    assert [(one.count, one.href) for one in other] == [(1, f"/console/decisions/{audit_id}"), (1, "/console/book")]
    assert audit_id in other[0].text
    assert [one.href for one in another] == ["/console/book"]
