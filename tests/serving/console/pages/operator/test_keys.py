"""Keys on the page: shown once, never an operator's, each act a record."""

from __future__ import annotations

import pytest

from serving.console.pages.operator import keys
from serving.contract.refusals import Refusal
from tests.serving.console.pages.operator.conftest import words

pytestmark = pytest.mark.contract


def test_a_key_is_issued_rotated_and_ended(operator, shop):
    view = operator("li")
    shown, rows, live, _ = keys.issue(view, 1, "bank", " standard ", "bank system", 30, "new system")
    key = words(shown).split("\n")[1]
    assert shop.worker.keys.ledger.url
    shop.worker.keys.refresh()
    assert shop.worker.keys.caller_of(f"Bearer {key}").name == "standard"
    key_id = key.split("_")[1]
    assert key not in str(rows)
    assert key_id in [one["value"] for one in live]
    fresh = words(keys.rotate(view, 1, key_id, "once a quarter")[0]).split("\n")[1]
    assert fresh.split("_")[1] != key_id
    done, rows, live, _ = keys.end(view, 1, key_id, "system was switched off")
    assert key_id in words(done)
    assert next(row["state"] for row in rows if row["id"] == key_id) == "已到期"
    assert key_id not in [one["value"] for one in live]
    assert "bank system" in str(keys.layout(view))


@pytest.mark.parametrize(
    ("role", "chosen", "stored"),
    [("bank", "标准示例银行（standard）", "standard"), ("zone_officer", "园区", "zone")],
)  # fmt: skip
def test_whom_a_key_acts_for_is_chosen_by_name(operator, shop, role, chosen, stored):
    """The bank's id and the zone's name are what is stored; the list shows the name."""
    view = operator("li")
    assert chosen in str(keys.layout(view))
    shown, rows, _, _ = keys.issue(view, 1, role, chosen, f"{role} system", 30, "new system")
    shop.worker.keys.refresh()
    key = words(shown).split("\n")[1]
    assert shop.worker.keys.caller_of(f"Bearer {key}").name == stored
    assert chosen in [row["caller"] for row in rows]


def test_a_form_left_empty_is_refused_in_words(operator):
    with pytest.raises(Refusal) as caught:
        keys.issue(operator(), 1, None, None, None, "", None)
    assert {fault.where for fault in caught.value.faults} == {"role", "caller", "holder", "days", "reason"}
    with pytest.raises(Refusal):
        keys.end(operator(), 1, None, "why not")
