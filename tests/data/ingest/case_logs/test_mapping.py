"""What an office's words mean is a file, and a wrong one is refused with every fault."""

from __future__ import annotations

import pytest

from data.ingest.case_logs.mapping import CaseMapping, MappingError, read_mapping

pytestmark = pytest.mark.contract
YAML = "activities:\n  受理: accepted\n  yes: step\ncolumns:\n  事项编码: item\n"
CSV = "what,name,means\nactivity,受理,accepted\nactivity,yes,step\ncolumn,事项编码,item\n"


def written(tmp_path, text, name="mapping.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_yaml_and_csv_say_the_same(tmp_path):
    """Names stay as written: yes is no truth value."""
    expected = CaseMapping({"受理": "accepted", "yes": "step"}, {"事项编码": "item"})
    assert read_mapping(written(tmp_path, YAML)) == expected
    assert read_mapping(written(tmp_path, CSV, "mapping.csv")) == expected
    assert read_mapping(written(tmp_path, "activities: {}\n", "empty.yaml")) == CaseMapping()


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("activities:\n  a: acepted\n  b: done\n", ["'a' is 'acepted', allowed: applied,", "'b' is 'done'"]),
        ("activities:\n  a: step\n  a: accepted\n", ["activities: 'a' occurs twice"]),
        ("columns:\n  x: colour\n", ["'x' is 'colour', allowed: case_number"]),
        ("kinds:\n  a: step\n", ["section 'kinds' is unknown, allowed: activities, columns"]),
        ("activities:\n  a: [step]\n", ["'activities' is no list of name: meaning"]),
        ("- a\n", ["holds no sections"]),
        ("a: {", ["is no YAML"]),
    ],
)
def test_faults_are_listed(tmp_path, text, faults):
    """Every one, with what is allowed."""
    with pytest.raises(MappingError) as found:
        read_mapping(written(tmp_path, text))
    assert all(fault in str(found.value) for fault in faults)


def test_a_csv_with_other_columns_or_words_is_refused(tmp_path):
    """So is a file that is absent, too large or in another encoding."""
    with pytest.raises(MappingError, match="allowed: what, name, means"):
        read_mapping(written(tmp_path, "a,b\n1,2\n", "m.csv"))
    with pytest.raises(MappingError, match="line 2: what is 'row', allowed: activity, column"):
        read_mapping(written(tmp_path, "what,name,means\nrow,a,step\n", "m.csv"))
    with pytest.raises(MappingError, match="is no file"):
        read_mapping(tmp_path / "none.yaml")
    (tmp_path / "m.yaml").write_bytes("activities:\n  受理: accepted\n".encode("gbk"))
    with pytest.raises(MappingError, match="is no UTF-8"):
        read_mapping(tmp_path / "m.yaml")
    (tmp_path / "m.yaml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(MappingError, match="at most 1000000"):
        read_mapping(tmp_path / "m.yaml")
