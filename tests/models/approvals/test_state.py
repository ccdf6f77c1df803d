"""States as JSON, and what an extension says."""

import json

from models.approvals.fold import fold
from models.approvals.state import Extension, is_basis
from tests.models.approvals.events import event, resumed, suspended


def test_a_state_is_written_with_days_and_instants():
    events = [event("accepted", "02", deadline="2026-03-20"), suspended("03"), resumed("04"), event("step", "05", "")]
    found = json.loads(json.dumps(fold(events).as_dict(), ensure_ascii=False))
    assert (found["accepted_at"], found["promised_due_on"]) == ("2026-03-02T01:00:00+00:00", "2026-03-20")
    assert found["suspensions"][0]["to_at"] == "2026-03-04T01:00:00+00:00"
    assert [row["whole_day"] for row in found["history"]] == [False, False, False, True]


def test_an_extension_is_by_the_head_and_with_notice_or_it_is_said():
    given = event("extended", "02", by="head", informed="1", reason="复杂")
    assert Extension.of(given) == Extension(given.at, True, True, "复杂", given.digest)
    assert not Extension.of(event("extended", by="clerk", informed="yes")).by_head
    assert not Extension.of(event("extended", by="head", informed="0")).informed


def test_a_basis_has_letters_and_says_something():
    assert all(is_basis(text) for text in ("第四十五条", "第45条", "Art. 45", "无锡市条例"))
    assert not any(is_basis(text) for text in ("", " ", "-", "——", "/", "45", "无", "无。", "N/A", "None", "暂无"))
