"""The bank's book: its own decisions over time, overrides, drift, stale data, and the exports."""

from __future__ import annotations

import csv
import io

import pytest
from werkzeug.exceptions import NotFound

from serving.console.pages.bank import book
from tests.serving.console.components import of_id
from tests.serving.console.pages.enterprise.conftest import words


def test_the_page_and_the_exports_hold_the_banks_own(people):
    """One decision of this bank, none of the other; the CSV has its amount; a bank without any is led to the inbox."""
    mine, theirs = people.apply(0, "standard", "growth")
    answer = people.quota(mine)
    people.quota(theirs)
    view = people.view()
    shown = words(book.layout(view))
    assert "涉及 1 家企业" in shown
    assert "已计入的企业数" in shown  # the drift watch has seen the decision
    rows = list(csv.reader(io.StringIO(book.export(view, "csv").data.decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == [answer["audit_id"]]
    assert float(rows[1][rows[0].index("测算额度（万元）")]) == answer["quota"]["amount_wan"]
    assert book.export(view, "xlsx").data[:2] == b"PK"
    with pytest.raises(NotFound):
        book.export(view, "exe")
    assert "本行还没有决策" in words(book.layout(people.view(bank="prudent")))


def test_an_alarm_says_what_follows(monkeypatch):
    """Calculations go to a person while it lasts; too few firms show no index."""
    stream = {"enterprises": 40, "mean_rank": 0.81, "usual_rank": 0.5, "psi": None, "alarm": True}
    watched = {"false_alarm_rate": 0.01, "tolerance_rank": 0.05}
    monkeypatch.setattr(book, "drift_of", lambda _: (watched, stream))
    from tests.serving.console.pages.bank.test_words import view

    shown = words(book.drift_part(view()))
    for expected in ("客群已漂移", "一律转人工审核", "81.0%", "企业数不足"):
        assert expected in shown


def test_the_share_of_overridden_decisions():
    """One of two decisions was overridden."""
    from types import SimpleNamespace

    from tests.serving.console.pages.bank.test_words import view

    decided = [SimpleNamespace(outcome="declined", amount_wan=0.0, uscc=code) for code in ("a", "b")]
    assert "50" in words(book.cards(view(), decided, 1, ()))
    assert "100" not in words(book.cards(view(), decided, 1, ()))


def test_the_day_of_an_override_is_the_one_in_beijing(people):
    """Half past five in the evening by UTC is the next day there."""
    made = {"audit_id": "dec-1", "recorded_at": "2026-11-27T17:30:00.000000+00:00", "by": "li", "outcome": "declined",
            "amount_cny": 0, "pending": False, "active": True, "confirmed_by": None, "reason": "r"}  # fmt: skip
    shown = of_id(book.overrides_part(people.view(), [made]), "bank-overrides-grid")
    assert [row["at"] for row in shown.rowData] == ["2026-11-28"]
