"""Equal figures are equal bytes."""

from __future__ import annotations

import pytest

from training.pipeline.artifacts import write_json


@pytest.mark.law
def test_the_order_of_members_changes_no_byte_and_chinese_stays_readable(tmp_path):
    """Sorted keys, a closing newline, folders made as needed."""
    one, other = tmp_path / "a/b/one.json", tmp_path / "other.json"
    write_json(one, {"b": 1, "a": {"d": "积分", "c": 0.1}})
    write_json(other, {"a": {"c": 0.1, "d": "积分"}, "b": 1})
    assert one.read_bytes() == other.read_bytes()
    assert one.read_text(encoding="utf-8") == '{\n  "a": {\n    "c": 0.1,\n    "d": "积分"\n  },\n  "b": 1\n}\n'
