"""The ledger's page: verified while one watches, a break is shown, a checkpoint is signed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from dash.exceptions import PreventUpdate

from serving.console.pages.operator import ledger
from serving.ledger.checkpoint import FOLDER, KEY_FILE, Signer
from tests.serving.console.pages.operator.conftest import waits, words

pytestmark = pytest.mark.contract


def run(view):
    """Press the button and wait for the end."""
    stopped, checked = ledger.begin(view, 1)
    assert not stopped
    for tick in range(50):
        stopped, checked, shown = ledger.check(view, tick, checked)
        if stopped:
            return words(shown)
    raise AssertionError("no end")


def test_a_whole_ledger_is_said_to_be_whole_and_the_act_is_recorded(operator, shop, monkeypatch):
    """In parts of three records, each with its progress."""
    monkeypatch.setattr("serving.console.ledger_check.PART", 3)
    view, before = operator("li"), shop.worker.ledger.tip()
    assert f"{before} 条记录全部与写入时一致" in run(view)
    record = shop.worker.ledger.find(kind="console_act")[-1]
    assert (record.content["act"], record.content["records"], record.content["holder"]) == (
        "ledger_verified",
        before,
        "li",
    )
    with pytest.raises(PreventUpdate):
        ledger.check(view, 1, None)


def test_a_checkpoint_is_signed_once_for_a_record_and_overdue_ones_wait(operator, console, tmp_path, monkeypatch):
    monkeypatch.delenv(KEY_FILE, raising=False)
    assert "没有设置签名密钥" in words(ledger.layout(operator()))
    assert waits(console, operator())["检查点过期或无法读取"] == 0
    Signer.make("test").save(tmp_path / "key")
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "key"))
    monkeypatch.setenv(FOLDER, str(tmp_path / "notes"))
    assert waits(console, operator())["检查点过期或无法读取"] == 1
    assert "检查点已签" in words(ledger.sign(operator(), 1))
    assert waits(console, operator())["检查点过期或无法读取"] == 0


def test_a_changed_record_is_shown_by_its_number(operator, shop):
    """Last in this file: the ledger is broken from here on."""
    with shop.worker.ledger.engine.execution_options(writes=True).begin() as connection:
        connection.execute(sa.text("DROP TRIGGER records_no_update"))
        connection.execute(sa.text("UPDATE records SET owner = 'somebody' WHERE seq = 2"))
    shown = run(operator("li"))
    assert "台账与写入时不一致" in shown
    assert "第 2 条记录处不一致" in shown
