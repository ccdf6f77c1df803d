"""Codes of standards are facts: a few rows are checked against the published text."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from data.chain.standards import gb4754_classes, ipc_subclasses, strategic_paths
from data.codebook import read_rows, reference_path

pytestmark = pytest.mark.contract


def test_classes_of_gb4754():
    classes = gb4754_classes()
    assert len(classes) == 1382
    assert all(re.fullmatch(r"\d{4}", code) and name for code, name in classes.items())
    assert classes["3915"] == "信息安全设备制造"
    assert classes["6450"] == "互联网数据服务"
    assert classes["6550"] == "信息处理和存储支持服务"
    assert "3990" in classes
    assert "391" not in classes


def test_subclasses_of_the_ipc():
    subclasses = ipc_subclasses()
    assert all(re.fullmatch(r"[A-H]\d{2}[A-Z]", code) and title for code, title in subclasses.items())
    assert {"G08B", "H04N", "G06V", "A61B", "G16H", "C12N", "H04W", "G16Y", "H01L", "C01G"} <= set(subclasses)
    assert "Z99Z" not in subclasses


def test_titles_that_the_chinese_table_lacks_say_where_they_are_from():
    """Six subclasses: every metal of the English title of C01F is in the Chinese one, and the rest agree in number."""
    rows = read_rows(reference_path("ipc_title_sources.csv"))
    found, titles = {row["code"]: row["title_en"] for row in rows}, ipc_subclasses()
    assert set(found) == {"C01C", "C01D", "C01F", "C01G", "E03B", "H01L"}
    assert {row["code"] for row in rows if row["title_zh_is"] == "translated"} == {"C01F", "E03B", "H01L"}
    assert all(all(row.values()) for row in rows)
    metals = (
        "BERYLLIUM",
        "MAGNESIUM",
        "ALUMINIUM",
        "CALCIUM",
        "STRONTIUM",
        "BARIUM",
        "RADIUM",
        "THORIUM",
        "RARE-EARTH",
    )
    for english, chinese in zip(metals, ("铍", "镁", "铝", "钙", "锶", "钡", "镭", "钍", "稀土"), strict=True):
        assert english in found["C01F"]
        assert chinese in titles["C01F"]
    for english, chinese in zip(("OBTAINING", "COLLECTING", "DISTRIBUTING"), ("取水", "集水", "配水"), strict=True):
        assert english in found["E03B"]
        assert chinese in titles["E03B"]
    assert "H10" in found["H01L"]
    assert "H10" in titles["H01L"]
    assert "NOT COVERED BY SUBCLASSES C01D OR C01F" in found["C01G"]
    assert "不包含在C01D或C01F小类中" in titles["C01G"]


def test_strategic_paths_are_of_known_classes():
    """The two potential links of life and health are one path of the classification, each in part."""
    found = strategic_paths()
    assert set(found) <= set(gb4754_classes())
    assert sum(len(paths) for paths in found.values()) == 939
    assert len({one.path for paths in found.values() for one in paths}) == 305
    services = ("生物产业", "生物医学工程产业", "生物医学工程信息技术服务")
    assert [one.partial for code in ("6450", "6550") for one in found[code] if one.path == services] == [True, True]


def test_every_file_of_codes_has_its_source():
    for row in read_rows(reference_path("standards.csv")):
        assert reference_path(row["file"]).is_file()
        assert row["issuer"]
        assert row["title"]
        assert dt.date.fromisoformat(row["as_of"])
